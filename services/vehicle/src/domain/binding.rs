//! What a holder may bind to the account (R-ACC-07): a registered vehicle or a driving licence.

use xuanhao_chassis::ids::{Id, Kind};

/// Marks the id of a binding.
#[derive(Debug)]
pub enum Binding {}

impl Kind for Binding {
    const NAME: &'static str = "Binding";
}

/// The id of a binding.
pub type BindingId = Id<Binding>;

/// The last six characters of an engine number: letters, digits and dashes.
#[derive(Clone, PartialEq, Eq)]
pub struct EngineTail(String);

impl EngineTail {
    /// Reads them; blanks and case do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (text.len() == 6 && text.bytes().all(plain)).then(|| Self(text.to_ascii_uppercase()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The file number 档案编号 of a driving licence: 12 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct FileNumber(String);

impl FileNumber {
    /// Reads a number; blanks do not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (text.len() == 12 && digits).then_some(Self(text))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first and the last four, for people.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..4], &self.0[8..])
    }
}

impl std::fmt::Debug for EngineTail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EngineTail(…)")
    }
}

impl std::fmt::Debug for FileNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileNumber(…)")
    }
}

/// The registration levels, weakest first, in identity's words.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Registered online.
    Online,
    /// 面签.
    FaceToFace,
    /// 实人认证.
    RealPerson,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-ACC-07: what is bound has a form, and is not printed.
    #[test]
    fn numbers_have_a_form() {
        assert_eq!(EngineTail::parse(" a1-2b3 ").unwrap().as_str(), "A1-2B3");
        for wrong in ["", "12345", "1234567", "12345*", "发动机号"] {
            assert_eq!(EngineTail::parse(wrong), None, "{wrong}");
        }
        let number = FileNumber::parse("440800 123456").unwrap();
        assert_eq!(number.masked(), "4408****3456");
        assert!(!format!("{number:?}").contains("4408"));
        for wrong in ["", "44080012345", "4408001234567", "44080012345X"] {
            assert_eq!(FileNumber::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn levels_are_ordered() {
        assert!(Level::Online < Level::FaceToFace && Level::FaceToFace < Level::RealPerson);
    }
}
