//! Whose an account is, and whether it may transact.

use std::fmt;

use jiff::civil::Date;

use super::NameError;

/// A person or an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// A natural person.
    Person,
    /// 单位用户: an organisation acting through its agent. It comes into being face to face only
    /// (R-ACC-09).
    Organisation,
}

impl HolderKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Organisation]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Since when an organisation's agent may not act for it any more, if so on `today`: the power of
/// attorney counts to the end of its last civil day (R-ACC-09). Persons act for themselves.
pub fn authorisation_ended(authorised_until: Option<Date>, today: Date) -> Option<Date> {
    authorised_until.filter(|last| *last < today)
}

/// An organisation's name: 2–100 characters, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct OrganisationName(String);

impl OrganisationName {
    /// Reads a name; blanks around it do not matter.
    ///
    /// # Errors
    /// When it is too short, too long or holds what no name holds.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        match text.chars().count() {
            0..2 => return Err(NameError("too_short")),
            101.. => return Err(NameError("too_long")),
            _ => {}
        }
        if text
            .chars()
            .any(|c| c.is_control() || "<>{}\\\"".contains(c))
        {
            return Err(NameError("wrong_format"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// That of a one-person business is as good as a person's name.
impl fmt::Debug for OrganisationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrganisationName(…)")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// R-ACC-09: a power of attorney counts to the end of its last day; persons need none.
    #[test]
    fn an_authorisation_counts_to_the_end_of_its_last_day() {
        let last = date(2026, 12, 31);
        assert_eq!(authorisation_ended(Some(last), last), None);
        assert_eq!(
            authorisation_ended(Some(last), date(2027, 1, 1)),
            Some(last)
        );
        assert_eq!(authorisation_ended(None, date(2027, 1, 1)), None);
    }

    #[test]
    fn what_is_no_name_of_an_organisation_is_refused() {
        let rule = |text: &str| OrganisationName::parse(text).unwrap_err().0;
        assert_eq!(rule(" 司 "), "too_short");
        assert_eq!(rule(&"长".repeat(101)), "too_long");
        assert_eq!(rule("<b>公司"), "wrong_format");
        assert_eq!(
            OrganisationName::parse(" 湛江第2运输公司 ")
                .unwrap()
                .expose(),
            "湛江第2运输公司"
        );
    }
}
