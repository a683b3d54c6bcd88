//! Unified social credit codes 统一社会信用代码 (GB 32100) with the organisation codes within them
//! (GB 11714).

use std::fmt;

use crate::Finding;
use crate::text::{
    Masked, Shape, ascii, characters, deserialize_personal, from_str, non_digit, places, position,
    serialize_text,
};

/// A unified social credit code of an organisation.
///
/// An organisation's code is public, but that of a one-person business is as good as a name, so it
/// prints masked in `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode([u8; CreditCode::LENGTH]);

/// Digits and letters without I, O, S, V and Z, which look like others.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// By position, for the check character: powers of 3 modulo 31.
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// By position, for the check character of the organisation code.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

impl CreditCode {
    /// The characters of a code.
    pub const LENGTH: usize = 18;

    /// Reads a code; blanks and case do not matter.
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let places: [u8; Self::LENGTH] = places(characters(text)).map_err(|shape| match shape {
            Shape::Length { found } => CreditCodeError::Length { found },
            Shape::Character { position } => CreditCodeError::Character { position },
        })?;
        if let Some(index) = places.iter().position(|byte| !ALPHABET.contains(byte)) {
            return Err(CreditCodeError::Character {
                position: position(index),
            });
        }
        // The authorities of GB 32100 and its later notices: 1 to 9, A of the army, N of
        // agriculture, Y for others.
        if !matches!(places[0], b'1'..=b'9' | b'A' | b'N' | b'Y') {
            return Err(CreditCodeError::Authority);
        }
        if let Some(position) = non_digit(&places[1..8]) {
            return Err(CreditCodeError::Digit {
                position: position + 1,
            });
        }
        let expected = organisation_check(&places);
        if places[16] != expected {
            return Err(CreditCodeError::OrganisationCheck {
                expected: char::from(expected),
            });
        }
        let expected = check(&places);
        if places[17] != expected {
            return Err(CreditCodeError::CheckCharacter {
                expected: char::from(expected),
            });
        }
        Ok(Self(places))
    }

    /// The code's text.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// The organisation code 组织机构代码 within it: positions 9 to 17.
    pub fn organisation_code(&self) -> &str {
        ascii(&self.0[8..17])
    }

    /// The first four and last three characters.
    pub fn masked(&self) -> Masked<'_> {
        Masked::new(self.as_str(), 4, 3)
    }
}

fn check(places: &[u8; CreditCode::LENGTH]) -> u8 {
    let index = |byte| {
        ALPHABET
            .iter()
            .position(|c| c == byte)
            .map_or(0, |index| index as u32)
    };
    let sum: u32 = places
        .iter()
        .zip(WEIGHTS)
        .map(|(byte, weight)| index(byte) * weight)
        .sum();
    // The outer remainder matters: a sum divisible by 31 has the check character 0.
    ALPHABET[((31 - sum % 31) % 31) as usize]
}

fn organisation_check(places: &[u8; CreditCode::LENGTH]) -> u8 {
    let value = |byte: u8| {
        if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A' + 10
        }
    };
    let weighed = places[8..16].iter().zip(ORGANISATION_WEIGHTS);
    let sum: u32 = weighed
        .map(|(byte, weight)| u32::from(value(*byte)) * weight)
        .sum();
    b"0123456789X"[((11 - sum % 11) % 11) as usize]
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreditCode({})", self.masked())
    }
}

from_str!(CreditCode, CreditCodeError);
serialize_text!(CreditCode);
deserialize_personal!(CreditCode, "a unified social credit code");

/// Why a unified social credit code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters.
    #[error("a unified social credit code has 18 characters, not {found}")]
    Length {
        /// The characters it has, blanks not counted.
        found: usize,
    },
    /// A character outside the 31 that are used.
    #[error("position {position} must be a digit or a capital letter other than I, O, S, V and Z")]
    Character {
        /// Where it stands.
        position: u8,
    },
    /// No registering authority has this character.
    #[error("position 1 is no registering authority")]
    Authority,
    /// A letter in the type or the region.
    #[error("position {position} must be a digit, as positions 2 to 8 are")]
    Digit {
        /// Where it stands.
        position: u8,
    },
    /// The organisation code's own check character is wrong.
    #[error("position 17 must be {expected}")]
    OrganisationCheck {
        /// What the formula yields.
        expected: char,
    },
    /// The check character is wrong.
    #[error("position 18 must be {expected}")]
    CheckCharacter {
        /// What the formula yields.
        expected: char,
    },
}

impl Finding for CreditCodeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "CREDIT_CODE_LENGTH",
            Self::Character { .. } => "CREDIT_CODE_CHARACTER",
            Self::Authority => "CREDIT_CODE_AUTHORITY",
            Self::Digit { .. } => "CREDIT_CODE_DIGIT",
            Self::OrganisationCheck { .. } => "CREDIT_CODE_ORGANISATION_CHECK",
            Self::CheckCharacter { .. } => "CREDIT_CODE_CHECK_CHARACTER",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::Character { position } | Self::Digit { position } => Some(*position),
            Self::Authority => Some(1),
            Self::OrganisationCheck { .. } => Some(17),
            Self::CheckCharacter { .. } => Some(18),
            Self::Length { .. } => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("统一社会信用代码应为18位，现有{found}位"),
            Self::Character { position } => {
                format!("第{position}位应为数字或I、O、S、V、Z以外的大写字母")
            }
            Self::Authority => "第1位不是登记管理部门代码".to_owned(),
            Self::Digit { position } => format!("第{position}位应为数字，第2至8位均为数字"),
            Self::OrganisationCheck { expected } => format!("第17位应为{expected}"),
            Self::CheckCharacter { expected } => format!("第18位应为{expected}"),
        }
    }
}
