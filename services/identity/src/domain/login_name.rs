//! Login names.

use std::fmt;

/// The fewest characters of a login name.
pub const SHORTEST: usize = 4;
/// The most characters of a login name.
pub const LONGEST: usize = 32;

/// A login name: 4–32 ASCII letters, digits and `_`, beginning with a letter (R-ACC-01).
///
/// Two names that differ by case only are the same name.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginName {
    shown: String,
    key: String,
}

/// The text cannot be a login name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a login name has {SHORTEST} to {LONGEST} letters, digits and underscores and begins with a letter"
)]
pub struct Malformed;

impl LoginName {
    /// Reads a name exactly; blanks are refused.
    ///
    /// # Errors
    /// When the rule of the type is broken.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !begins_well || !is_plain || !(SHORTEST..=LONGEST).contains(&text.len()) {
            return Err(Malformed);
        }
        Ok(Self {
            shown: text.to_owned(),
            key: text.to_ascii_lowercase(),
        })
    }

    /// As its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// What names are compared by.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// A login name may be a mobile number or a name in disguise, so it stays out of logs.
impl fmt::Debug for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginName(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// R-ACC-01: people sign in with a user name of their own.
    #[test]
    fn names_follow_the_rule_and_meet_whatever_their_case() {
        let name = LoginName::parse("Zhang_San").unwrap();
        assert_eq!((name.as_str(), name.key()), ("Zhang_San", "zhang_san"));
        for text in [
            "abc",
            "1abc",
            "_abc",
            "ab c",
            "张三张三",
            "a-bcd",
            "",
            &"a".repeat(33),
        ] {
            assert_eq!(LoginName::parse(text), Err(Malformed), "{text:?}");
        }
        assert!(LoginName::parse(&"a".repeat(32)).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_either_refused_or_kept(text in "\\PC{0,40}") {
            if let Ok(name) = LoginName::parse(&text) {
                prop_assert_eq!(name.as_str(), text);
            }
        }

        #[test]
        fn every_well_formed_name_is_taken(text in "[A-Za-z][A-Za-z0-9_]{3,31}") {
            prop_assert!(LoginName::parse(&text).is_ok());
        }
    }
}
