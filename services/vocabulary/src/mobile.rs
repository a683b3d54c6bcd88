//! Mobile numbers that can receive an SMS.

use std::fmt;

use crate::Finding;
use crate::text::{Masked, ascii, characters, deserialize_personal, from_str, position};

/// A mainland Chinese mobile number that can receive an SMS.
///
/// Since numbers can be ported, the prefix tells no operator; it still tells a virtual operator's
/// number ([`Mobile::is_virtual`]). Personal data: it prints masked, does not serialise, and is read
/// with [`Mobile::expose`] or [`Mobile::e164`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile([u8; 14]);

/// The digits of a number without its country code.
const LENGTH: usize = 11;

/// The digits of a number that belongs to a thing.
const THING_LENGTH: usize = 13;

impl Mobile {
    /// Reads a number with or without `+86` or `86`; blanks do not matter.
    pub fn parse(text: &str) -> Result<Self, MobileError> {
        let mut digits = [0; THING_LENGTH];
        let mut found = 0;
        for (index, c) in without_country(text).enumerate() {
            let digit = u8::try_from(c).ok().filter(u8::is_ascii_digit);
            let digit = digit.ok_or(MobileError::Character {
                position: position(index),
            })?;
            if let Some(place) = digits.get_mut(index) {
                *place = digit;
            }
            found = index + 1;
        }
        if found == THING_LENGTH && matches!(&digits[..3], b"140" | b"144" | b"146" | b"148") {
            return Err(MobileError::Thing);
        }
        if found != LENGTH {
            return Err(MobileError::Length { found });
        }
        let digits = &digits[..LENGTH];
        if digits[0] != b'1' {
            return Err(MobileError::First);
        }
        if !receives_sms(digits) {
            return Err(MobileError::Prefix);
        }
        let mut number = *b"+8600000000000";
        number[3..].copy_from_slice(digits);
        Ok(Self(number))
    }

    /// The eleven digits. Every use is a place where personal data leaves its wrapping.
    pub fn expose(&self) -> &str {
        ascii(&self.0[3..])
    }

    /// The international form `+86…` (E.164). As exposed as [`Mobile::expose`].
    pub fn e164(&self) -> &str {
        ascii(&self.0)
    }

    /// The first three and last four digits, as people in China know it: `138****8000`.
    pub fn masked(&self) -> Masked<'_> {
        Masked::new(ascii(&self.0[3..]), 3, 4)
    }

    /// Whether a virtual operator handed the number out. Policy `phone.allow_mvno` may refuse such.
    pub fn is_virtual(&self) -> bool {
        matches!(&self.0[3..6], b"162" | b"165" | b"167" | b"170" | b"171")
    }
}

/// The characters after the country code, if there is one. No number begins with 8 itself.
fn without_country(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut characters = characters(text).peekable();
    let plus = characters.next_if_eq(&'+').is_some();
    let eight = characters.next_if_eq(&'8').is_some();
    let six = eight && characters.next_if_eq(&'6').is_some();
    // What was taken off in vain goes back on, so that the refusal counts it.
    let plus = (plus && !six).then_some('+');
    plus.into_iter()
        .chain((eight && !six).then_some('8'))
        .chain(characters)
}

/// Whether the prefix was given to telephones (numbering plan as of 2022).
fn receives_sms(digits: &[u8]) -> bool {
    let [_, second, third, fourth, fifth, ..] = *digits else {
        return false;
    };
    match (second, third) {
        (b'3' | b'8', _) => true,
        (b'4', third) => matches!(third, b'5' | b'7' | b'9'),
        (b'5', third) => third != b'4',
        (b'6', third) => matches!(third, b'2' | b'5' | b'6' | b'7'),
        // Of 174 a part belongs to satellite telephones.
        (b'7', b'4') => matches!((fourth, fifth), (b'0' | b'9', _) | (b'1', b'0'..=b'2')),
        (b'7', _) => true,
        (b'9', third) => third != b'4',
        _ => false,
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mobile({})", self.masked())
    }
}

from_str!(Mobile, MobileError);
deserialize_personal!(Mobile, "a mobile number");

/// Why a mobile number was refused. None of the sentences tells a part of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    /// Not 11 digits.
    #[error("a mobile number has 11 digits, not {found}")]
    Length {
        /// The digits it has, country code and blanks not counted.
        found: usize,
    },
    /// No digit.
    #[error("position {position} must be a digit")]
    Character {
        /// Where it stands, after the country code.
        position: u8,
    },
    /// Does not begin with 1.
    #[error("position 1 must be 1")]
    First,
    /// A prefix that no telephone has.
    #[error("positions 1 to 5 are no prefix of mobile telephones")]
    Prefix,
    /// A number of 13 digits that belongs to a thing.
    #[error("numbers of 13 digits belong to things and cannot receive codes")]
    Thing,
}

impl Finding for MobileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "MOBILE_LENGTH",
            Self::Character { .. } => "MOBILE_CHARACTER",
            Self::First => "MOBILE_FIRST",
            Self::Prefix => "MOBILE_PREFIX",
            Self::Thing => "MOBILE_THING",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::Character { position } => Some(*position),
            Self::First | Self::Prefix => Some(1),
            Self::Length { .. } | Self::Thing => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("手机号码应为11位，现有{found}位"),
            Self::Character { position } => format!("第{position}位应为数字"),
            Self::First => "第1位应为1".to_owned(),
            Self::Prefix => "第1至5位不是手机号段".to_owned(),
            Self::Thing => "13位物联网号码不能接收验证码".to_owned(),
        }
    }
}
