//! Rules about which numbers cannot be composed, only drawn.

use xuanhao_vocabulary::{IssuingCode, PlateMask, PlateNumber};

/// What keeps a number out of self-composing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeRule {
    /// One digit stands in it at least so often, adjacent or not: 3 keeps 666 and 80808 out.
    EqualDigits {
        /// From how often on, 1 to 6.
        at_least: u8,
    },
    /// All its digits are zero, such as 00000 and A0000: such serials are not issued.
    AllZero,
    /// It is withheld by name: an issuing code's numbers of a mask.
    Withheld {
        /// The issuing code.
        code: IssuingCode,
        /// The serials.
        mask: PlateMask,
    },
}

impl ComposeRule {
    /// Whether it keeps this number out.
    pub fn denies(&self, number: &PlateNumber) -> bool {
        match self {
            Self::EqualDigits { at_least } => number.max_digit_repeat() >= *at_least,
            Self::AllZero => number.serial().all_digits_zero(),
            Self::Withheld { code, mask } => {
                *code == number.code() && mask.contains(&number.serial())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PlateNumber {
        PlateNumber::parse(text).unwrap()
    }

    #[test]
    fn equal_digits_need_not_stand_together() {
        let rule = ComposeRule::EqualDigits { at_least: 3 };
        assert!(rule.denies(&number("粤G66612")));
        assert!(rule.denies(&number("粤G80808")));
        assert!(!rule.denies(&number("粤G66123")));
    }

    #[test]
    fn all_digits_are_zero_with_letters_or_without() {
        assert!(ComposeRule::AllZero.denies(&number("粤G00000")));
        assert!(ComposeRule::AllZero.denies(&number("粤GA00B0")));
        assert!(!ComposeRule::AllZero.denies(&number("粤G00001")));
    }

    #[test]
    fn a_withheld_mask_is_of_one_issuing_code() {
        let code = number("粤G00001").code();
        let rule = ComposeRule::Withheld {
            code,
            mask: PlateMask::parse("A00DD").unwrap(),
        };
        assert!(rule.denies(&number("粤GA0012")));
        assert!(!rule.denies(&number("粤GA0112")));
        assert!(!rule.denies(&number("粤KA0012")));
    }
}
