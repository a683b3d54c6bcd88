//! What a password must be.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use super::login_name::LoginName;

/// The fewest characters of a password.
pub const SHORTEST: usize = 10;
/// The most characters: beyond it nothing is gained but work.
pub const LONGEST: usize = 128;

/// A password of fewer different characters is guessed by hand.
const FEWEST_DIFFERENT: usize = 4;

/// Passwords that long enough lists of leaked ones begin with, in small letters.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("common_passwords.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
});

/// A password as somebody typed it. Never printed.
#[derive(Clone)]
pub struct Password(String);

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Outside 10–128 characters.
    #[error("a password has {SHORTEST} to {LONGEST} characters")]
    Length,
    /// Hardly more than one character, repeated.
    #[error("too few different characters")]
    Monotonous,
    /// One of those everybody tries first.
    #[error("one of the most common passwords")]
    Common,
    /// Contains the login name.
    #[error("contains the login name")]
    ContainsLoginName,
}

impl Password {
    /// A password to be compared; any text may be one.
    pub fn typed(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A password to be set for `login_name`.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn chosen(text: &str, login_name: &LoginName) -> Result<Self, Weakness> {
        if !(SHORTEST..=LONGEST).contains(&text.chars().count()) {
            return Err(Weakness::Length);
        }
        let small = text.to_lowercase();
        if small.chars().collect::<HashSet<_>>().len() < FEWEST_DIFFERENT {
            return Err(Weakness::Monotonous);
        }
        if small.contains(login_name.key()) {
            return Err(Weakness::ContainsLoginName);
        }
        // A common password does not become a good one by a mark or a digit at its end.
        let stem = small.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
        if COMMON.contains(small.as_str()) || COMMON.contains(stem) {
            return Err(Weakness::Common);
        }
        Ok(Self(text.to_owned()))
    }

    /// The bytes to hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it is too long to be anybody's password, so that hashing it is wasted.
    pub fn is_absurd(&self) -> bool {
        self.0.chars().count() > LONGEST
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness(text: &str) -> Option<Weakness> {
        let login_name = LoginName::parse("zhang_san").unwrap();
        Password::chosen(text, &login_name).err()
    }

    #[test]
    fn a_weak_password_is_refused_with_its_weakness() {
        assert_eq!(weakness("kurz"), Some(Weakness::Length));
        assert_eq!(weakness(&"长".repeat(129)), Some(Weakness::Length));
        assert_eq!(weakness("aabbaabbaabb"), Some(Weakness::Monotonous));
        assert_eq!(
            weakness("My-Zhang_San-1"),
            Some(Weakness::ContainsLoginName)
        );
        for common in [
            "1234567890",
            "Password123",
            "PASSWORD123!",
            "woaini1314520",
            "qwertyuiop1",
        ] {
            assert_eq!(weakness(common), Some(Weakness::Common), "{common}");
        }
    }

    #[test]
    fn a_sentence_is_a_good_password() {
        for good in [
            "correct horse battery",
            "茉莉花开了又谢了真好看",
            "x7-Kd!mQz2",
        ] {
            assert_eq!(weakness(good), None, "{good}");
        }
    }

    #[test]
    fn the_list_is_in_small_letters() {
        assert!(COMMON.len() >= 100);
        assert!(
            COMMON
                .iter()
                .all(|line| *line == line.to_lowercase() && !line.is_empty())
        );
    }

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(
            format!("{:?}", Password::typed("hunter2hunter2")),
            "Password(…)"
        );
    }
}
