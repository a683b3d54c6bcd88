//! Rules about which numbers cannot be composed, only drawn.

use xuanhao_vocabulary::mask::{CharSet, SerialGroup};
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

/// The digits in what a group of serials shares.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Digits {
    /// How often each stands there.
    counts: [u8; 10],
    /// How often the commonest does.
    most: u8,
    others_than_zero: bool,
}

impl Digits {
    pub(crate) fn of(group: &SerialGroup) -> Self {
        let mut digits = Self::default();
        for digit in group.head().iter().filter(|byte| byte.is_ascii_digit()) {
            let count = &mut digits.counts[usize::from(digit - b'0')];
            *count += 1;
            digits.most = digits.most.max(*count);
            digits.others_than_zero |= *digit != b'0';
        }
        digits
    }

    pub(crate) fn has_four(&self) -> bool {
        self.counts[4] > 0
    }
}

impl ComposeRule {
    /// With which last characters it keeps serials of these digits out. Withholding by name is
    /// [`Self::by_name`]'s.
    pub(crate) fn denied_last(&self, digits: &Digits) -> CharSet {
        match self {
            Self::EqualDigits { at_least } if digits.most >= *at_least => CharSet::ALL,
            Self::EqualDigits { at_least } => {
                let often = |(_, count): &(char, u8)| count + 1 >= *at_least;
                let often = ('0'..='9').zip(digits.counts).filter(often);
                often.fold(CharSet::EMPTY, |set, (digit, _)| set | CharSet::of(digit))
            }
            Self::AllZero if digits.others_than_zero => CharSet::EMPTY,
            Self::AllZero if digits.most == 0 => CharSet::of('0'),
            Self::AllZero => CharSet::LETTERS | CharSet::of('0'),
            Self::Withheld { .. } => CharSet::EMPTY,
        }
    }

    /// The serials that it withholds by name, of an issuing code.
    pub(crate) fn by_name(&self, of: IssuingCode) -> Option<&PlateMask> {
        match self {
            Self::Withheld { code, mask } => (*code == of).then_some(mask),
            Self::EqualDigits { .. } | Self::AllZero => None,
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
