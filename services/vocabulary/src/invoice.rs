//! Invoice numbers of vehicle sales 机动车销售统一发票, on paper and fully digital.
//!
//! Neither kind has a check digit. Whether an invoice is real, and whose, is asked of the tax bureau
//! elsewhere.

mod error;

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::Date;

pub use error::InvoiceError;

use crate::text::{
    Masked, Shape, ascii, characters, deserialize_personal, from_str, non_digit, number, places,
    serialize_text,
};

/// The number of an invoice for a vehicle.
///
/// Its text is `CODE:NUMBER` on paper and the 20 digits of a digital one. It prints masked in
/// `Debug`: who knows it can pass for the buyer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InvoiceNumber {
    /// Printed on paper.
    Paper(PaperInvoice),
    /// Fully digital 数电票.
    Digital(DigitalInvoice),
}

/// A 12-digit code and an 8-digit number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaperInvoice {
    /// Code, colon, number.
    text: [u8; 21],
}

/// A 20-digit number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigitalInvoice([u8; 20]);

/// What an invoice number says the invoice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceKind {
    /// The sale of a motor vehicle (type 03).
    MotorVehicle,
    /// The sale of a used one (type 15).
    UsedVehicle,
    /// A digital invoice: the number does not tell what was sold.
    Digital,
}

/// Regions that stand in digital numbers: bit r for region r.
static REGIONS: LazyLock<u128> = LazyLock::new(|| {
    let lines = include_str!("../data/invoice_regions.tsv").lines();
    let codes = lines.filter_map(|line| line.split('\t').next()?.parse::<u8>().ok());
    codes
        .filter(|code| *code < 100)
        .fold(0, |set, code| set | 1 << code)
});

impl InvoiceNumber {
    /// Reads `CODE:NUMBER` or 20 digits; blanks do not matter.
    ///
    /// Whether the year lies in the future depends on the day: see [`InvoiceNumber::check_year`].
    pub fn parse(text: &str) -> Result<Self, InvoiceError> {
        let mut parts = text.split([':', '：']);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(code), Some(number), None) => Self::paper(code, number),
            (Some(number), None, None) => Self::digital(number),
            _ => Err(InvoiceError::Form),
        }
    }

    /// Reads the code and the number of a paper invoice.
    pub fn paper(code: &str, number: &str) -> Result<Self, InvoiceError> {
        let code: [u8; 12] = places(characters(code)).map_err(|shape| match shape {
            Shape::Length { found } => InvoiceError::CodeLength { found },
            Shape::Character { position } => InvoiceError::CodeDigit { position },
        })?;
        if let Some(position) = non_digit(&code) {
            return Err(InvoiceError::CodeDigit { position });
        }
        let number: [u8; 8] = places(characters(number)).map_err(|shape| match shape {
            Shape::Length { found } => InvoiceError::NumberLength { found },
            Shape::Character { position } => InvoiceError::NumberDigit { position },
        })?;
        if let Some(position) = non_digit(&number) {
            return Err(InvoiceError::NumberDigit { position });
        }
        check_code(&code)?;
        let mut text = *b"000000000000:00000000";
        text[..12].copy_from_slice(&code);
        text[13..].copy_from_slice(&number);
        Ok(Self::Paper(PaperInvoice { text }))
    }

    /// Reads the number of a digital invoice.
    pub fn digital(number: &str) -> Result<Self, InvoiceError> {
        let digits: [u8; 20] = places(characters(number)).map_err(|shape| match shape {
            Shape::Length { found } => InvoiceError::DigitalLength { found },
            Shape::Character { position } => InvoiceError::DigitalDigit { position },
        })?;
        if let Some(position) = non_digit(&digits) {
            return Err(InvoiceError::DigitalDigit { position });
        }
        if *REGIONS >> crate::text::number(&digits[2..4]) & 1 == 0 {
            return Err(InvoiceError::Region);
        }
        Ok(Self::Digital(DigitalInvoice(digits)))
    }

    /// What it says it is for.
    pub fn kind(&self) -> InvoiceKind {
        match self {
            Self::Paper(paper) if paper.text[0] == b'0' => InvoiceKind::UsedVehicle,
            Self::Paper(_) => InvoiceKind::MotorVehicle,
            Self::Digital(_) => InvoiceKind::Digital,
        }
    }

    /// The year in the number: of the printing on paper, of the invoice itself when digital.
    pub fn year(&self) -> i16 {
        let digits = match self {
            Self::Paper(paper) => &paper.text[5..7],
            Self::Digital(digital) => &digital.0[..2],
        };
        2000 + i16::try_from(number(digits)).unwrap_or(0)
    }

    /// Refuses a year after that of `today`.
    pub fn check_year(&self, today: Date) -> Result<(), InvoiceError> {
        let year = self.year();
        if year <= today.year() {
            return Ok(());
        }
        let position = if matches!(self, Self::Paper(_)) { 6 } else { 1 };
        Err(InvoiceError::YearInFuture { position, year })
    }

    /// Its text: `CODE:NUMBER`, or 20 digits.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Paper(paper) => ascii(&paper.text),
            Self::Digital(digital) => ascii(&digital.0),
        }
    }

    /// The first four and last four characters.
    pub fn masked(&self) -> Masked<'_> {
        Masked::new(self.as_str(), 4, 4)
    }
}

impl PaperInvoice {
    /// The 12 digits of the code.
    pub fn code(&self) -> &str {
        ascii(&self.text[..12])
    }

    /// The 8 digits of the number.
    pub fn number(&self) -> &str {
        ascii(&self.text[13..])
    }
}

/// The tax bureau's rule: type 03 does not begin with 0 and has 2 (commerce) for its trade; type 15
/// begins with 0 and ends in 17. All other codes are of invoices for other things.
fn check_code(code: &[u8; 12]) -> Result<(), InvoiceError> {
    match (code[0], &code[10..]) {
        (b'0', b"17") => Ok(()),
        (b'0', _) => Err(InvoiceError::CodeFirst),
        _ if code[7] != b'2' => Err(InvoiceError::CodeTrade),
        _ => Ok(()),
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvoiceNumber({})", self.masked())
    }
}

impl fmt::Debug for PaperInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&InvoiceNumber::Paper(*self), f)
    }
}

impl fmt::Debug for DigitalInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&InvoiceNumber::Digital(*self), f)
    }
}

from_str!(InvoiceNumber, InvoiceError);
serialize_text!(InvoiceNumber);
deserialize_personal!(InvoiceNumber, "an invoice number");
