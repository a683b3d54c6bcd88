//! The rules of accounts, credentials, documents, enrolments and challenges: pure functions of values and instants.

pub mod address;
pub mod captcha;
pub mod challenge;
pub mod document;
pub mod enrolment;
pub mod holder;
pub mod ids;
pub mod level;
pub mod limits;
pub mod login_name;
pub mod password;
pub mod session;
pub mod staff;

use std::fmt;

/// A person's name as printed on the identity card: 2–50 characters, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName(String);

/// Why a text is no name; the rule's word in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a name: {0}")]
pub struct NameError(pub &'static str);

impl FullName {
    /// Reads a name; blanks around it do not matter.
    ///
    /// # Errors
    /// When it is too short, too long or holds what no name holds.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        match text.chars().count() {
            0..2 => return Err(NameError("too_short")),
            51.. => return Err(NameError("too_long")),
            _ => {}
        }
        if text
            .chars()
            .any(|c| c.is_control() || c.is_ascii_digit() || "<>{}\\\"".contains(c))
        {
            return Err(NameError("wrong_format"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name itself. Every use is a place where personal data leaves its wrapping.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first character, the rest hidden: `张**`.
    pub fn masked(&self) -> String {
        let mut characters = self.0.chars();
        let first = characters.next().into_iter();
        first.chain(characters.map(|_| '*')).collect()
    }
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FullName({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_masked_but_for_its_first_character() {
        let name = FullName::parse(" 欧阳娜娜 ").unwrap();
        assert_eq!(name.expose(), "欧阳娜娜");
        assert_eq!(name.masked(), "欧***");
        assert_eq!(format!("{name:?}"), "FullName(欧***)");
        assert_eq!(FullName::parse("买买提·艾力").unwrap().masked(), "买*****");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let rule = |text: &str| FullName::parse(text).unwrap_err().0;
        assert_eq!(rule("张"), "too_short");
        assert_eq!(rule(&"长".repeat(51)), "too_long");
        for text in ["张3", "张\u{0}三", "<b>张"] {
            assert_eq!(rule(text), "wrong_format", "{text:?}");
        }
    }
}
