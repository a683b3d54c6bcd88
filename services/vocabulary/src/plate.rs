//! Plate numbers (GA 36-2018): what may stand on the plate of a new car, and nothing else.

mod class;
mod error;
mod key;
mod serial;
mod special;
pub(crate) mod symbol;

use std::fmt;

pub use class::{Form, PlateClass};
pub use error::PlateError;
pub use key::{BadKey, PlateKey};
pub use serial::{Energy, Serial};
pub use special::SpecialUse;

use crate::issuing::IssuingCode;
use crate::province::Province;
use crate::text::{characters, from_str, position};

/// A plate number: an issuing code and a serial, such as 粤GA1234.
///
/// The number alone does not tell a small car's blue plate from a large car's yellow one: both have
/// the ordinary form, and the [`PlateClass`] stands beside it wherever that matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlateNumber {
    code: IssuingCode,
    serial: Serial,
}

impl PlateNumber {
    /// Puts a number together.
    pub fn new(code: IssuingCode, serial: Serial) -> Self {
        Self { code, serial }
    }

    /// Reads `粤GA1234`, `粤G·A1234` or `粤g a1234`, of ordinary or new-energy form.
    ///
    /// Positions in errors count from the province's character; blanks and the dot do not count.
    pub fn parse(text: &str) -> Result<Self, PlateError> {
        Self::read(text, None)
    }

    /// Reads a number that must have the form of a class.
    pub fn parse_as(class: PlateClass, text: &str) -> Result<Self, PlateError> {
        Self::read(text, Some(class.form()))
    }

    fn read(text: &str, form: Option<Form>) -> Result<Self, PlateError> {
        let mut code = ['\0'; 2];
        let mut serial = ['\0'; Serial::LONGEST];
        let (mut found, mut dotted) = (0, false);
        for c in characters(text) {
            if let Some(special) = SpecialUse::of(c) {
                return Err(PlateError::Special(special));
            }
            if found == 2 && !dotted && is_dot(c) {
                dotted = true;
                continue;
            }
            if let Some(place) = code.iter_mut().chain(&mut serial).nth(found) {
                *place = c;
            }
            found += 1;
        }
        let [ideograph, letter] = code;
        let province = Province::by_ideograph(ideograph).ok_or(PlateError::UnknownProvince)?;
        let code = IssuingCode::new(province.id, letter)?;
        let length = found - 2;
        let serial = serial
            .get(..length)
            .ok_or(PlateError::Length { found: length })?;
        Ok(Self {
            code,
            serial: Serial::read(serial, form, 2)?,
        })
    }

    /// What stands before the serial.
    pub fn code(&self) -> IssuingCode {
        self.code
    }

    /// The serial.
    pub fn serial(&self) -> Serial {
        self.serial
    }

    /// The form of the serial, which classes share.
    pub fn form(&self) -> Form {
        self.serial.form()
    }

    /// The number with the dot that is printed on the plate: 粤G·A1234.
    pub fn dotted(&self) -> String {
        format!("{}·{}", self.code, self.serial)
    }

    /// Whether a digit 4 stands in the serial: what 不包含4 filters by.
    pub fn contains_digit_four(&self) -> bool {
        self.serial.contains_digit_four()
    }

    /// How often the commonest digit stands in the serial, adjacent or not. 0 to 6.
    pub fn max_digit_repeat(&self) -> u8 {
        self.serial.max_digit_repeat()
    }

    /// Whether every digit of the serial is 0. Such numbers are not issued.
    pub fn all_digits_zero(&self) -> bool {
        self.serial.all_digits_zero()
    }

    /// How many letters stand in the serial.
    pub fn letters(&self) -> u8 {
        self.serial.letters()
    }

    /// The position of a serial's index within the whole number.
    pub(crate) fn position_of(offset: usize, index: usize) -> u8 {
        position(offset + index)
    }
}

/// The dots that people and input methods put where the plate has one.
fn is_dot(c: char) -> bool {
    matches!(c, '·' | '•' | '・' | '‧' | '∙' | '.')
}

impl fmt::Display for PlateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.code, self.serial)
    }
}

impl fmt::Debug for PlateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

from_str!(PlateNumber, PlateError);
crate::text::serde_text!(PlateNumber, "a plate number such as \"粤GA1234\"");
