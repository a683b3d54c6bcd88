//! Vehicle identification numbers 车辆识别代号 (GB 16735, GB 16737, ISO 3779).

mod error;

use std::fmt;

pub use error::{VinError, VinWarning};

use crate::text::{
    Masked, Shape, ascii, characters, deserialize_personal, from_str, places, position,
    serialize_text,
};

/// A vehicle identification number that breaks no rule a maker is bound to.
///
/// Vehicles made in China (first letter L or H) must carry the right check digit (GB 16735). Others
/// need not: what is odd about them is told by [`Vin::warnings`] and asks for a second confirmation
/// and an import certificate (R-INF-03). Nothing is ever corrected: I is not read as 1, nor O as 0.
///
/// The check digit misses the exchange of two characters of equal value, such as A and J, so show
/// the number in groups ([`Vin::grouped`]) for a second look even when it passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vin([u8; Vin::LENGTH]);

/// By position; the check digit itself weighs nothing.
const WEIGHTS: [u32; Vin::LENGTH] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// The letters and digits of model years from 1980 on; they come round every 30 years.
const YEARS: &[u8; 30] = b"ABCDEFGHJKLMNPRSTVWXY123456789";

/// Where the check digit stands, from 0.
const CHECK: usize = 8;

/// Where the model year stands, from 0.
const YEAR: usize = 9;

impl Vin {
    /// The characters of a number.
    pub const LENGTH: usize = 17;

    /// Reads a number; blanks and case do not matter.
    pub fn parse(text: &str) -> Result<Self, VinError> {
        let vin = Self::read(characters(text))?;
        if vin.0.iter().all(|byte| *byte == vin.0[0]) {
            return Err(VinError::AllEqual);
        }
        if let Some(index) = (13..17).find(|index| !vin.0[*index].is_ascii_digit()) {
            return Err(VinError::SerialDigit {
                position: position(index),
            });
        }
        if vin.is_domestic() {
            vin.year_index().ok_or(VinError::ModelYear)?;
            if vin.0[CHECK] != vin.check_byte() {
                return Err(VinError::CheckDigit {
                    expected: vin.check_digit(),
                });
            }
        }
        Ok(vin)
    }

    /// Reads a number whatever stands at position 9, and puts the right check digit there.
    ///
    /// For making up numbers in tests and demonstrations. Never for what a citizen typed.
    pub fn with_check_digit(text: &str) -> Result<Self, VinError> {
        let any = |(index, c)| if index == CHECK { '0' } else { c };
        let mut vin = Self::read(characters(text).enumerate().map(any))?;
        vin.0[CHECK] = vin.check_byte();
        Self::parse(vin.as_str())
    }

    /// Checks the length and the alphabet.
    fn read(characters: impl Iterator<Item = char>) -> Result<Self, VinError> {
        let places = places(characters).map_err(|shape| match shape {
            Shape::Length { found } => VinError::Length { found },
            Shape::Character { position } => VinError::Character { position },
        })?;
        for (index, byte) in places.iter().enumerate() {
            let position = position(index);
            match byte {
                b'I' | b'O' | b'Q' => {
                    return Err(VinError::Letter {
                        position,
                        letter: char::from(*byte),
                    });
                }
                byte if byte.is_ascii_digit() || byte.is_ascii_uppercase() => {}
                _ => return Err(VinError::Character { position }),
            }
        }
        Ok(Self(places))
    }

    /// The number's text.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// The maker: positions 1 to 3 (world manufacturer identifier).
    pub fn wmi(&self) -> &str {
        ascii(&self.0[..3])
    }

    /// The kind of vehicle: positions 4 to 9, check digit included (vehicle descriptor section).
    pub fn vds(&self) -> &str {
        ascii(&self.0[3..9])
    }

    /// The single vehicle: positions 10 to 17 (vehicle indicator section).
    pub fn vis(&self) -> &str {
        ascii(&self.0[9..])
    }

    /// Whether the maker is Chinese: codes that begin with L, or with H (GB 16737).
    pub fn is_domestic(&self) -> bool {
        matches!(self.0[0], b'L' | b'H')
    }

    /// Whether the maker builds fewer than 1,000 vehicles a year: the third character is 9, and
    /// positions 12 to 14 belong to the maker's code.
    pub fn is_small_maker(&self) -> bool {
        self.0[2] == b'9'
    }

    /// What position 9 must be by the formula: a digit or X.
    pub fn check_digit(&self) -> char {
        char::from(self.check_byte())
    }

    fn check_byte(&self) -> u8 {
        let weighed = self
            .0
            .iter()
            .zip(WEIGHTS)
            .map(|(byte, weight)| value(*byte) * weight);
        b"0123456789X"[(weighed.sum::<u32>() % 11) as usize]
    }

    fn year_index(&self) -> Option<i32> {
        YEARS
            .iter()
            .position(|year| *year == self.0[YEAR])
            .and_then(|index| i32::try_from(index).ok())
    }

    /// The model year that position 10 writes, of the 30-year cycle the one nearest to `near`.
    ///
    /// Makers outside China and North America may use the position for something else.
    pub fn model_year(&self, near: i16) -> Option<i16> {
        let first = 1980 + self.year_index()?;
        let cycles = (i32::from(near) - first + 15).div_euclid(30);
        i16::try_from(first + 30 * cycles).ok()
    }

    /// What is odd about the number without making it wrong.
    ///
    /// `invoice_year` is the year of the purchase proof of a *new* car, where there is one: the
    /// model year should be from two years before it to one year after.
    pub fn warnings(&self, invoice_year: Option<i16>) -> impl Iterator<Item = VinWarning> {
        let check = (self.0[CHECK] != self.check_byte()).then(|| VinWarning::CheckDigit {
            expected: self.check_digit(),
        });
        let year = match (self.year_index(), invoice_year) {
            (None, _) => Some(VinWarning::ModelYear),
            (Some(_), None) => None,
            (Some(_), Some(invoice_year)) => self.odd_year(invoice_year),
        };
        [check, year].into_iter().flatten()
    }

    fn odd_year(&self, invoice_year: i16) -> Option<VinWarning> {
        let model_year = self.model_year(invoice_year)?;
        let ahead = i32::from(model_year) - i32::from(invoice_year);
        (!(-2..=1).contains(&ahead)).then_some(VinWarning::ModelYearFar {
            model_year,
            invoice_year,
        })
    }

    /// The number in groups of 3, 6 and 8 for reading it again: `LSG PC52U6 AF102554`.
    pub fn grouped(&self) -> String {
        format!("{} {} {}", self.wmi(), self.vds(), self.vis())
    }

    /// The maker and the last four, for logs.
    pub fn masked(&self) -> Masked<'_> {
        Masked::new(self.as_str(), 3, 4)
    }
}

/// The value of a character in the check digit's sum.
fn value(byte: u8) -> u32 {
    u32::from(match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'R' => byte - b'J' + 1,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => 0,
    })
}

impl fmt::Display for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vin({})", self.masked())
    }
}

from_str!(Vin, VinError);
serialize_text!(Vin);
deserialize_personal!(Vin, "a vehicle identification number");
