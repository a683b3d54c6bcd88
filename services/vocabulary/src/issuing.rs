//! The issuing code: what stands before the serial on a plate, such as 粤G.

use std::fmt;

use crate::plate::{PlateError, symbol};
use crate::province::{Province, ProvinceId};
use crate::text::{characters, from_str};

/// A province's character and the letter of the issuing authority, such as 粤G for Zhanjiang.
///
/// Which codes exist, and which office owns each, is data: see [`crate::office`]. A code that is not
/// in that table yet still parses, because provinces keep adding second letters. 粤Z never does: it
/// is kept for vehicles from Hong Kong and Macao (GA 36).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuingCode {
    province: ProvinceId,
    letter: u8,
}

impl IssuingCode {
    /// Puts a code together. `letter` may be of either case.
    pub fn new(province: ProvinceId, letter: char) -> Result<Self, PlateError> {
        let byte = match letter.to_ascii_uppercase() {
            letter @ ('I' | 'O') => {
                return Err(PlateError::LetterIO {
                    position: 2,
                    letter,
                });
            }
            letter => u8::try_from(letter)
                .ok()
                .filter(|byte| symbol::is_letter(*byte)),
        };
        let letter = byte.ok_or(PlateError::IssuingLetter)?;
        if letter == b'Z' && province.province().ideograph == '粤' {
            return Err(PlateError::CrossBorder);
        }
        Ok(Self { province, letter })
    }

    /// Puts together what is known to be a code.
    pub(crate) fn known(province: ProvinceId, letter: u8) -> Self {
        Self { province, letter }
    }

    /// Reads `粤G`; blanks and case do not matter.
    pub fn parse(text: &str) -> Result<Self, PlateError> {
        let mut characters = characters(text);
        let province = characters.next().and_then(Province::by_ideograph);
        let province = province.ok_or(PlateError::UnknownProvince)?;
        let letter = characters.next().ok_or(PlateError::IssuingLetter)?;
        if characters.next().is_some() {
            return Err(PlateError::IssuingLetter);
        }
        Self::new(province.id, letter)
    }

    /// The province that the character stands for.
    pub fn province(self) -> ProvinceId {
        self.province
    }

    /// The letter of the issuing authority.
    pub fn letter(self) -> char {
        char::from(self.letter)
    }
}

impl fmt::Display for IssuingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.province.province().ideograph, self.letter())
    }
}

impl fmt::Debug for IssuingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

from_str!(IssuingCode, PlateError);
crate::text::serde_text!(IssuingCode, "an issuing code such as \"粤G\"");
