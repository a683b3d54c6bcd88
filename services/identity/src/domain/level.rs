//! How far the platform knows a person (R-ACC-04).
//!
//! The level stands in every principal, so that each service decides by its own policy who may query
//! and who may transact (R-ACC-03); identity lets every level sign in.

/// A registration level; higher levels may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 互联网注册: registered online, mobile number proved (R-ACC-01).
    Online,
    /// 面签: enrolled face to face by an officer (R-ACC-02, R-ACC-05).
    FaceToFace,
    /// 实人认证: real-person authentication passed.
    RealPerson,
}

impl Level {
    /// The word in the database and in principals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::FaceToFace => "face_to_face",
            Self::RealPerson => "real_person",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Online, Self::FaceToFace, Self::RealPerson]
            .into_iter()
            .find(|level| level.as_str() == word)
    }
}

impl Level {
    /// The level after an officer saw the person: it never falls (R-ACC-05).
    pub fn enrolled(self) -> Self {
        self.max(Self::FaceToFace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-ACC-04, R-ACC-05: enrolling raises a level and never lowers one.
    #[test]
    fn enrolling_raises_and_never_lowers() {
        assert_eq!(Level::Online.enrolled(), Level::FaceToFace);
        assert_eq!(Level::FaceToFace.enrolled(), Level::FaceToFace);
        assert_eq!(Level::RealPerson.enrolled(), Level::RealPerson);
    }
}
