//! What is wrong with a vehicle identification number, and what is only odd.

use crate::Finding;

/// Why a vehicle identification number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VinError {
    /// Not 17 characters.
    #[error("a vehicle identification number has 17 characters, not {found}")]
    Length {
        /// The characters it has, blanks not counted.
        found: usize,
    },
    /// The letter I, O or Q. Not read as 1 or 0: the user must look again.
    #[error("position {position} is {letter}, and the letters I, O and Q are never used")]
    Letter {
        /// Where it stands.
        position: u8,
        /// The letter.
        letter: char,
    },
    /// Neither digit nor letter.
    #[error("position {position} must be a digit or a capital letter")]
    Character {
        /// Where it stands.
        position: u8,
    },
    /// The same character 17 times, which the formula of the check digit lets pass.
    #[error("all 17 characters are the same")]
    AllEqual,
    /// One of the last four is no digit.
    #[error("position {position} must be a digit, as the last four are")]
    SerialDigit {
        /// Where it stands.
        position: u8,
    },
    /// A vehicle made in China with U, Z or 0 for its model year.
    #[error("position 10 must be a model year, which is never U, Z or 0")]
    ModelYear,
    /// A vehicle made in China with the wrong check digit.
    #[error("position 9 must be {expected}")]
    CheckDigit {
        /// What the formula yields.
        expected: char,
    },
}

impl Finding for VinError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "VIN_LENGTH",
            Self::Letter { .. } => "VIN_LETTER",
            Self::Character { .. } => "VIN_CHARACTER",
            Self::AllEqual => "VIN_ALL_EQUAL",
            Self::SerialDigit { .. } => "VIN_SERIAL_DIGIT",
            Self::ModelYear => "VIN_MODEL_YEAR",
            Self::CheckDigit { .. } => "VIN_CHECK_DIGIT",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::Letter { position, .. }
            | Self::Character { position }
            | Self::SerialDigit { position } => Some(*position),
            Self::ModelYear => Some(10),
            Self::CheckDigit { .. } => Some(9),
            Self::Length { .. } | Self::AllEqual => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("车辆识别代号应为17位，现有{found}位"),
            Self::Letter { position, letter } => {
                format!("第{position}位是{letter}，车辆识别代号不使用字母I、O和Q")
            }
            Self::Character { position } => format!("第{position}位应为数字或大写字母"),
            Self::AllEqual => "17位字符完全相同".to_owned(),
            Self::SerialDigit { position } => format!("第{position}位应为数字，末四位均为数字"),
            Self::ModelYear => "第10位应为车型年份，不使用U、Z和0".to_owned(),
            Self::CheckDigit { expected } => format!("第9位应为{expected}"),
        }
    }
}

/// What is odd about a vehicle identification number: ask for a second confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VinWarning {
    /// An imported vehicle whose position 9 is no check digit of the formula (R-INF-03).
    #[error(
        "position 9 would be {expected} by the formula, which makers outside China need not use"
    )]
    CheckDigit {
        /// What the formula yields.
        expected: char,
    },
    /// An imported vehicle with U, Z or 0 for its model year.
    #[error("position 10 is no model year")]
    ModelYear,
    /// The model year is far from the year on the invoice.
    #[error("position 10 says model year {model_year}, and the invoice is of {invoice_year}")]
    ModelYearFar {
        /// The nearest year that position 10 can mean.
        model_year: i16,
        /// The year on the invoice.
        invoice_year: i16,
    },
}

impl Finding for VinWarning {
    fn code(&self) -> &'static str {
        match self {
            Self::CheckDigit { .. } => "VIN_IMPORT_CHECK_DIGIT",
            Self::ModelYear => "VIN_IMPORT_MODEL_YEAR",
            Self::ModelYearFar { .. } => "VIN_MODEL_YEAR_FAR",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::CheckDigit { .. } => Some(9),
            Self::ModelYear | Self::ModelYearFar { .. } => Some(10),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::CheckDigit { expected } => {
                format!("按公式第9位应为{expected}，进口车可不采用该公式，请再次核对")
            }
            Self::ModelYear => "第10位不是车型年份，请再次核对".to_owned(),
            Self::ModelYearFar {
                model_year,
                invoice_year,
            } => {
                format!(
                    "第10位表示车型年份{model_year}年，与发票年份{invoice_year}年不符，请再次核对"
                )
            }
        }
    }
}
