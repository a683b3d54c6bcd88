//! Enrolment face to face (面签): where, and what is handed out.

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_vocabulary::ProvinceId;
use zeroize::Zeroizing;

use super::limits::after;

/// R-ACC-06: login name and password reach the person within two hours or not at all (T10).
pub const LONGEST_CREDENTIALS: SignedDuration = SignedDuration::from_hours(2);

/// Digits of a generated login name.
const NAME_DIGITS: usize = 9;
/// Characters of an initial password: 70 bits.
const PASSWORD_LENGTH: usize = 12;

/// What cannot be taken for one another on a small screen.
const PASSWORD_CHARACTERS: &[char] = &[
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v',
    'w', 'x', 'y', 'z', 'A', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R',
    'T', 'U', 'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Where people are enrolled (R-ACC-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServicePointKind {
    /// A window of a vehicle office (车管所).
    OfficeWindow,
    /// A traffic-police brigade (交警大队).
    PoliceBrigade,
}

impl ServicePointKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OfficeWindow => "office_window",
            Self::PoliceBrigade => "police_brigade",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::OfficeWindow, Self::PoliceBrigade]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Until when credentials handed out at `now` are of use (R-ACC-06): as configured, two hours at most.
pub fn credentials_until(now: Timestamp, configured: SignedDuration) -> Timestamp {
    after(now, configured.min(LONGEST_CREDENTIALS))
}

/// Whether an initial password is still of use.
pub fn initial_password_holds(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_none_or(|until| now < until)
}

/// A login name for who has chosen none: the province and digits, easy to copy from a message.
pub fn login_name(province: ProvinceId, random: &SecureRandom) -> String {
    format!("{}{}", province.as_str(), random.digits(NAME_DIGITS))
}

/// A password for the first sign-in.
pub fn initial_password(random: &SecureRandom) -> Zeroizing<String> {
    let characters = (0..PASSWORD_LENGTH).filter_map(|_| random.pick(PASSWORD_CHARACTERS));
    Zeroizing::new(characters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::login_name::LoginName;
    use crate::domain::password::Password;

    /// R-ACC-06: no configuration makes credentials that live longer than two hours.
    #[test]
    fn credentials_live_two_hours_at_most() {
        let now: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
        let until = |mins| credentials_until(now, SignedDuration::from_mins(mins));
        assert_eq!(until(30), after(now, SignedDuration::from_mins(30)));
        assert_eq!(until(600), after(now, LONGEST_CREDENTIALS));
        assert!(initial_password_holds(Some(until(30)), now));
        assert!(!initial_password_holds(Some(until(30)), until(30)));
        assert!(initial_password_holds(None, now));
    }

    /// R-ACC-06: what is handed out can be signed in with, and is never the same twice.
    #[test]
    fn what_is_handed_out_is_a_name_and_a_password() {
        let random = SecureRandom::seeded(7);
        let province = ProvinceId::parse("gd").unwrap();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let name = login_name(province, &random);
            let name = LoginName::parse(&name).unwrap();
            let password = initial_password(&random);
            assert_eq!(password.chars().count(), PASSWORD_LENGTH);
            Password::chosen(&password, &name).unwrap();
            assert!(seen.insert(password.to_string()));
        }
    }
}
