//! Who bought the vehicle: must be the account's holder (R-ACC-08).

use xuanhao_vocabulary::{CreditCode, ResidentId};

/// A person or an organisation, by number. Prints masked and is never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buyer {
    /// A person 居民身份号码.
    Resident(ResidentId),
    /// An organisation 统一社会信用代码.
    Organisation(CreditCode),
}

impl Buyer {
    /// Reads either number; `None` if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let resident = ResidentId::parse(text).map(Self::Resident);
        resident
            .or_else(|_| CreditCode::parse(text).map(Self::Organisation))
            .ok()
    }

    /// The number itself, for the tax bureau.
    pub fn expose(&self) -> &str {
        match self {
            Self::Resident(id) => id.expose(),
            Self::Organisation(code) => code.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-ACC-08: individuals and organisations buy; neither number is printed.
    #[test]
    fn both_numbers_are_read_and_neither_is_printed() {
        for number in ["11010519491231002X", "91350100M000100Y43"] {
            let buyer = Buyer::parse(&number.to_lowercase()).unwrap();
            assert_eq!(buyer.expose(), number);
            assert!(!format!("{buyer:?}").contains(&number[4..14]));
        }
        for wrong in ["110105194912310021", "91350100M000100Y4A", ""] {
            assert_eq!(Buyer::parse(wrong), None, "{wrong}");
        }
    }
}
