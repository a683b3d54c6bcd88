//! Why a voucher cannot be drawn.

use std::fmt;

/// A voucher that cannot be drawn as it must be, and is therefore not drawn at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The font cannot draw a character. A box in place of it would change somebody's name.
    #[error("{field}: the voucher's font has no glyph for U+{:04X}", u32::from(*.character))]
    MissingGlyph {
        /// Where the character stands.
        field: Field,
        /// The character.
        character: char,
    },
    /// A field that must be printed is empty or blank.
    #[error("{field}: nothing to print")]
    Blank {
        /// The field.
        field: Field,
    },
    /// The text does not fit the place it has on the page.
    #[error("{field}: the text does not fit its place on the voucher")]
    TooLong {
        /// The field.
        field: Field,
    },
    /// The serial has not the form of the class, so no plate of that class can carry it.
    #[error("{field}: the serial has not the form of its plate class")]
    PlateForm {
        /// Always [`Field::Plate`].
        field: Field,
    },
    /// The signed text is too long for a code that a telephone reads from paper.
    #[error("{field}: {length} bytes are too many for the code, {limit} fit")]
    CodeTooLong {
        /// Always [`Field::Signed`].
        field: Field,
        /// Bytes found.
        length: usize,
        /// Bytes that fit.
        limit: usize,
    },
    /// The document breaks a rule of the archive format.
    #[error("the voucher cannot be written as PDF")]
    Document(#[source] Box<krilla::error::KrillaError>),
}

/// A part of a voucher that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The vehicle office's name.
    OfficeName,
    /// The plate's number and class.
    Plate,
    /// The owner's name.
    FullName,
    /// The owner's masked resident id.
    ResidentId,
    /// The vehicle's description.
    Vehicle,
    /// The text of the code.
    Signed,
    /// The voucher's own words.
    Words,
}

impl Field {
    /// The field's name, as in the struct.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OfficeName => "office_name",
            Self::Plate => "plate",
            Self::FullName => "full_name",
            Self::ResidentId => "resident_id",
            Self::Vehicle => "vehicle",
            Self::Signed => "signed",
            Self::Words => "words",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
