//! How far the platform knows a person (R-ACC-04).

/// A registration level; higher levels may do more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 互联网注册: registered online, mobile number proved (R-ACC-01).
    Online,
    /// 面签: enrolled face to face by an officer (R-ACC-02).
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
