//! Why a text is no plate number that a pool could hold.

use super::{Form, SpecialUse};
use crate::Finding;

/// Why a plate number, a serial or an issuing code was refused.
///
/// Positions of a serial count from 1; within a whole plate number they count from the province's
/// character, so the serial begins at 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlateError {
    /// A character of plates that are not issued to new cars.
    #[error("{mark} marks plates of {0}, which are not in any pool", mark = .0.ideograph())]
    Special(SpecialUse),
    /// 粤Z.
    #[error("粤Z is kept for vehicles from Hong Kong and Macao")]
    CrossBorder,
    /// The first character is none of the 31 provinces.
    #[error("position 1 must be the character of a province, such as 粤")]
    UnknownProvince,
    /// The second character is no letter, or is missing.
    #[error("position 2 must be the letter of the issuing authority")]
    IssuingLetter,
    /// The letter I or O, which look like 1 and 0.
    #[error("position {position} is {letter}, and plates never have the letters I and O")]
    LetterIO {
        /// Where it stands.
        position: u8,
        /// `I` or `O`.
        letter: char,
    },
    /// Neither digit nor letter.
    #[error("position {position} must be a digit or a capital letter")]
    Character {
        /// Where it stands.
        position: u8,
    },
    /// A serial of neither 5 nor 6 characters.
    #[error("a serial has 5 characters, or 6 on new-energy plates, not {found}")]
    Length {
        /// The characters after the issuing code.
        found: usize,
    },
    /// A serial of the other length than the wanted form has.
    #[error("a serial of {form} form has {} characters, not {found}", form.serial_length())]
    FormLength {
        /// The form that was asked for.
        form: Form,
        /// The characters after the issuing code.
        found: usize,
    },
    /// More than two letters in an ordinary serial.
    #[error("position {position} is a third letter, and ordinary serials have at most two")]
    TooManyLetters {
        /// Where the third letter stands.
        position: u8,
    },
    /// No energy letter where a new-energy plate has one.
    #[error("position {position} must be one of the energy letters ABCDE or FGHJK")]
    EnergyLetter {
        /// Where it must stand.
        position: u8,
    },
    /// No digit where a new-energy plate has one.
    #[error("position {position} must be a digit on a plate of {form} form")]
    Digit {
        /// Where it must stand.
        position: u8,
        /// The form that asks for it.
        form: Form,
    },
}

impl Finding for PlateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Special(special) => special.code(),
            Self::CrossBorder => "PLATE_CROSS_BORDER",
            Self::UnknownProvince => "PLATE_PROVINCE",
            Self::IssuingLetter => "PLATE_ISSUING_LETTER",
            Self::LetterIO { .. } => "PLATE_LETTER_IO",
            Self::Character { .. } => "PLATE_CHARACTER",
            Self::Length { .. } => "PLATE_LENGTH",
            Self::FormLength { .. } => "PLATE_FORM_LENGTH",
            Self::TooManyLetters { .. } => "PLATE_TOO_MANY_LETTERS",
            Self::EnergyLetter { .. } => "PLATE_ENERGY_LETTER",
            Self::Digit { .. } => "PLATE_DIGIT",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::UnknownProvince => Some(1),
            Self::IssuingLetter | Self::CrossBorder => Some(2),
            Self::LetterIO { position, .. }
            | Self::Character { position }
            | Self::TooManyLetters { position }
            | Self::EnergyLetter { position }
            | Self::Digit { position, .. } => Some(*position),
            Self::Special(_) | Self::Length { .. } | Self::FormLength { .. } => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Special(special) => {
                format!(
                    "“{}”字号牌用于{}，不在号池内",
                    special.ideograph(),
                    special.chinese()
                )
            }
            Self::CrossBorder => "粤Z专用于港澳入出境车".to_owned(),
            Self::UnknownProvince => "第1位应为省级简称，例如粤".to_owned(),
            Self::IssuingLetter => "第2位应为发牌机关字母".to_owned(),
            Self::LetterIO { position, letter } => {
                format!("第{position}位是{letter}，号牌不使用字母I和O")
            }
            Self::Character { position } => format!("第{position}位应为数字或大写字母"),
            Self::Length { found } => format!("序号应为5位，新能源号牌为6位，现有{found}位"),
            Self::FormLength { form, found } => {
                format!(
                    "{}的序号应为{}位，现有{found}位",
                    form.chinese(),
                    form.serial_length()
                )
            }
            Self::TooManyLetters { position } => {
                format!("第{position}位是第三个字母，普通号牌序号最多两个字母")
            }
            Self::EnergyLetter { position } => {
                format!("第{position}位应为新能源字母ABCDE或FGHJK之一")
            }
            Self::Digit { position, form } => format!("{}第{position}位应为数字", form.chinese()),
        }
    }
}
