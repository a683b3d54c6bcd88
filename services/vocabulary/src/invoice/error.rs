//! Why a text is no invoice number of a vehicle sale.

use crate::Finding;

/// Why an invoice number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvoiceError {
    /// More than one colon.
    #[error("an invoice is written CODE:NUMBER on paper, or as 20 digits")]
    Form,
    /// The code of a paper invoice has not 12 digits.
    #[error("the code of a paper invoice has 12 digits, not {found}")]
    CodeLength {
        /// The characters it has, blanks not counted.
        found: usize,
    },
    /// A character of the code is no digit.
    #[error("position {position} of the code must be a digit")]
    CodeDigit {
        /// Where it stands in the code.
        position: u8,
    },
    /// The number of a paper invoice has not 8 digits.
    #[error("the number of a paper invoice has 8 digits, not {found}")]
    NumberLength {
        /// The characters it has, blanks not counted.
        found: usize,
    },
    /// A character of the number is no digit.
    #[error("position {position} of the number must be a digit")]
    NumberDigit {
        /// Where it stands in the number.
        position: u8,
    },
    /// A code that begins with 0 and is not that of a used vehicle's invoice.
    #[error("position 1 of the code must not be 0 on a motor-vehicle sales invoice")]
    CodeFirst,
    /// A code whose 8th digit is not 2.
    #[error("position 8 of the code must be 2 on a motor-vehicle sales invoice")]
    CodeTrade,
    /// The number of a digital invoice has not 20 digits.
    #[error(
        "the number of a digital invoice has 20 digits, not {found}; write paper ones CODE:NUMBER"
    )]
    DigitalLength {
        /// The characters it has, blanks not counted.
        found: usize,
    },
    /// A character of a digital invoice's number is no digit.
    #[error("position {position} must be a digit")]
    DigitalDigit {
        /// Where it stands.
        position: u8,
    },
    /// No tax bureau has this region.
    #[error("positions 3 and 4 are no region")]
    Region,
    /// The year in the number has not come yet.
    #[error("the year {year} in the number lies in the future")]
    YearInFuture {
        /// Where the year's two digits begin.
        position: u8,
        /// The year.
        year: i16,
    },
}

impl Finding for InvoiceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form => "INVOICE_FORM",
            Self::CodeLength { .. } => "INVOICE_CODE_LENGTH",
            Self::CodeDigit { .. } => "INVOICE_CODE_DIGIT",
            Self::NumberLength { .. } => "INVOICE_NUMBER_LENGTH",
            Self::NumberDigit { .. } => "INVOICE_NUMBER_DIGIT",
            Self::CodeFirst => "INVOICE_CODE_FIRST",
            Self::CodeTrade => "INVOICE_CODE_TRADE",
            Self::DigitalLength { .. } => "INVOICE_DIGITAL_LENGTH",
            Self::DigitalDigit { .. } => "INVOICE_DIGITAL_DIGIT",
            Self::Region => "INVOICE_REGION",
            Self::YearInFuture { .. } => "INVOICE_YEAR_IN_FUTURE",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::CodeDigit { position }
            | Self::NumberDigit { position }
            | Self::DigitalDigit { position }
            | Self::YearInFuture { position, .. } => Some(*position),
            Self::CodeFirst => Some(1),
            Self::CodeTrade => Some(8),
            Self::Region => Some(3),
            Self::Form
            | Self::CodeLength { .. }
            | Self::NumberLength { .. }
            | Self::DigitalLength { .. } => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Form => "纸质发票写作“代码:号码”，数电票为20位号码".to_owned(),
            Self::CodeLength { found } => format!("纸质发票代码应为12位，现有{found}位"),
            Self::CodeDigit { position } => format!("发票代码第{position}位应为数字"),
            Self::NumberLength { found } => format!("纸质发票号码应为8位，现有{found}位"),
            Self::NumberDigit { position } => format!("发票号码第{position}位应为数字"),
            Self::CodeFirst => "机动车销售统一发票代码第1位不能是0".to_owned(),
            Self::CodeTrade => "机动车销售统一发票代码第8位应为2".to_owned(),
            Self::DigitalLength { found } => {
                format!("数电票号码应为20位，现有{found}位；纸质发票写作“代码:号码”")
            }
            Self::DigitalDigit { position } => format!("第{position}位应为数字"),
            Self::Region => "第3至4位不是有效的地区代码".to_owned(),
            Self::YearInFuture { year, .. } => format!("号码中的年份{year}晚于今年"),
        }
    }
}
