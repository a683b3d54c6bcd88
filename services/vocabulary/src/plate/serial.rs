//! The serial: what follows the issuing code on a plate.

use std::fmt;

use super::symbol::{self, CharSet};
use super::{Form, PlateError, PlateNumber};
use crate::text::{ascii, characters, from_str};

/// A serial of one of the three forms, such as `A1234` or `D12345`.
///
/// Serials sort as their texts do: digits before letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial {
    // An ordinary serial leaves the last place zero, so the derived order is that of the text.
    places: [u8; Serial::LONGEST],
    length: u8,
}

/// What drives a car with a new-energy plate, as its letter tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Energy {
    /// Letters A to E: battery-electric.
    Battery,
    /// Letters F to K: plug-in hybrid, range-extended, fuel cell.
    NotPurelyBattery,
}

impl Serial {
    /// The longest serial, in characters.
    pub const LONGEST: usize = 6;

    /// Reads a serial of any form.
    pub fn parse(text: &str) -> Result<Self, PlateError> {
        Self::read_text(text, None)
    }

    /// Reads a serial of one form.
    pub fn parse_as(form: Form, text: &str) -> Result<Self, PlateError> {
        Self::read_text(text, Some(form))
    }

    fn read_text(text: &str, form: Option<Form>) -> Result<Self, PlateError> {
        let mut places = ['\0'; Self::LONGEST];
        let mut found = 0;
        for c in characters(text) {
            if let Some(place) = places.get_mut(found) {
                *place = c;
            }
            found += 1;
        }
        let serial = places.get(..found).ok_or(PlateError::Length { found })?;
        Self::read(serial, form, 0)
    }

    /// Reads folded characters that stand `offset` places into a plate number.
    pub(super) fn read(
        characters: &[char],
        form: Option<Form>,
        offset: usize,
    ) -> Result<Self, PlateError> {
        let found = characters.len();
        match form {
            Some(form) if found != usize::from(form.serial_length()) => {
                return Err(PlateError::FormLength { form, found });
            }
            None if !matches!(found, 5 | 6) => return Err(PlateError::Length { found }),
            _ => {}
        }
        let mut places = [0; Self::LONGEST];
        for (index, (place, c)) in places.iter_mut().zip(characters).enumerate() {
            let position = PlateNumber::position_of(offset, index);
            *place = match *c {
                letter @ ('I' | 'O') => return Err(PlateError::LetterIO { position, letter }),
                c => u8::try_from(c)
                    .ok()
                    .filter(|byte| symbol::index(*byte).is_some())
                    .ok_or(PlateError::Character { position })?,
            };
        }
        let serial = Self::from_places(&places[..found]);
        serial.check(form.unwrap_or(serial.form()), offset)?;
        Ok(serial)
    }

    /// Puts together what is known to be a serial.
    pub(crate) fn from_places(bytes: &[u8]) -> Self {
        let mut places = [0; Self::LONGEST];
        places[..bytes.len()].copy_from_slice(bytes);
        Self {
            places,
            length: if bytes.len() == 5 { 5 } else { 6 },
        }
    }

    fn check(&self, form: Form, offset: usize) -> Result<(), PlateError> {
        let position = |index| PlateNumber::position_of(offset, index);
        let mut letters = self
            .bytes()
            .iter()
            .enumerate()
            .filter(|(_, byte)| symbol::is_letter(**byte));
        if form == Form::Ordinary {
            let third = letters.nth(2).map(|(index, _)| position(index));
            return third.map_or(Ok(()), |position| {
                Err(PlateError::TooManyLetters { position })
            });
        }
        let (energy, digits) = if form == Form::NevSmall {
            (0, 2..6)
        } else {
            (5, 0..5)
        };
        for (index, byte) in self.bytes().iter().enumerate() {
            if index == energy && !CharSet::ENERGY.contains(char::from(*byte)) {
                return Err(PlateError::EnergyLetter {
                    position: position(index),
                });
            }
            if digits.contains(&index) && !byte.is_ascii_digit() {
                return Err(PlateError::Digit {
                    position: position(index),
                    form,
                });
            }
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.places[..usize::from(self.length)]
    }

    /// The serial's text.
    pub fn as_str(&self) -> &str {
        ascii(self.bytes())
    }

    /// The form it has.
    pub fn form(&self) -> Form {
        match (self.length, self.places[0]) {
            (5, _) => Form::Ordinary,
            (_, first) if first.is_ascii_digit() => Form::NevLarge,
            _ => Form::NevSmall,
        }
    }

    /// Whether it has a form, or else what does not fit.
    pub fn fits(&self, form: Form) -> Result<(), PlateError> {
        let found = self.bytes().len();
        if found != usize::from(form.serial_length()) {
            return Err(PlateError::FormLength { form, found });
        }
        self.check(form, 0)
    }

    /// What drives the car, on new-energy plates.
    pub fn energy(&self) -> Option<Energy> {
        let letter = match self.form() {
            Form::Ordinary => return None,
            Form::NevSmall => self.places[0],
            Form::NevLarge => self.places[5],
        };
        Some(if letter <= b'E' {
            Energy::Battery
        } else {
            Energy::NotPurelyBattery
        })
    }

    /// Whether a digit 4 stands in it.
    pub fn contains_digit_four(&self) -> bool {
        self.bytes().contains(&b'4')
    }

    /// How often its commonest digit stands in it, adjacent or not.
    pub fn max_digit_repeat(&self) -> u8 {
        let mut counts = [0; 10];
        for digit in self.digits() {
            counts[usize::from(digit - b'0')] += 1;
        }
        counts.into_iter().max().unwrap_or(0)
    }

    /// Whether every digit in it is 0.
    pub fn all_digits_zero(&self) -> bool {
        self.digits().all(|digit| digit == b'0')
    }

    /// How many letters stand in it.
    pub fn letters(&self) -> u8 {
        self.bytes()
            .iter()
            .map(|byte| u8::from(symbol::is_letter(*byte)))
            .sum()
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.bytes().iter().copied().filter(u8::is_ascii_digit)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

from_str!(Serial, PlateError);
crate::text::serde_text!(Serial, "a serial such as \"A1234\"");
