//! The number a voucher is known by among people: read over a telephone, typed at a counter.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::Finding;
use crate::text::{fold, from_str, position};

/// The symbols, none of which is mistaken for another: no I or O, no 0 or 1.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Bits that one symbol carries.
const SYMBOL_BITS: u32 = 5;

/// A voucher's number: eleven symbols and a check character, such as `7K3F-9QXM-2HTA`.
///
/// The symbols are elements of the field of 32, and the check character makes the sum of all twelve,
/// each weighed by its own power of a primitive element, zero. Every single wrong symbol is found,
/// every exchange of two symbols wherever they stand, and every doubled pair that became another.
///
/// The eleven symbols carry 55 bits. Whoever issues numbers takes random ones, so a number tells
/// neither date nor office and cannot be guessed from another. A store keeps numbers under a unique
/// key; that two of a million numbers meet has a chance of one in seventy thousand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoucherNumber(u64);

impl VoucherNumber {
    /// Symbols of a number, the check character included.
    pub const LENGTH: usize = 12;

    /// The bits a number carries, in the low end of a `u64`.
    pub const BITS: u32 = SYMBOL_BITS * (Self::LENGTH as u32 - 1);

    /// The number of the low 55 bits; higher ones are left out.
    pub fn from_bits(bits: u64) -> Self {
        Self(bits & ((1 << Self::BITS) - 1))
    }

    /// The 55 bits.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Reads a number. Blanks, dashes, case and full-width forms do not matter.
    ///
    /// Nothing is corrected: an O is not read as some other symbol, it is refused.
    pub fn parse(text: &str) -> Result<Self, VoucherNumberError> {
        let mut symbols = [0; Self::LENGTH];
        let mut found = 0;
        for c in text.chars().map(fold).filter(|c| !is_separator(*c)) {
            let symbol = ALPHABET.iter().position(|letter| char::from(*letter) == c);
            let symbol = symbol.and_then(|index| u8::try_from(index).ok());
            if let Some(place) = symbols.get_mut(found) {
                *place = symbol.ok_or(VoucherNumberError::Character {
                    position: position(found),
                })?;
            }
            found += 1;
        }
        if found != Self::LENGTH {
            return Err(VoucherNumberError::Length { found });
        }
        if weighed_sum(&symbols) != 0 {
            return Err(VoucherNumberError::Check);
        }
        let [data @ .., _check] = symbols;
        Ok(Self(data.iter().fold(0, |bits, symbol| {
            bits << SYMBOL_BITS | u64::from(*symbol)
        })))
    }

    /// The twelve symbols without separators: what machines exchange.
    pub fn compact(self) -> String {
        self.symbols()
            .iter()
            .map(|symbol| char::from(ALPHABET[usize::from(*symbol)]))
            .collect()
    }

    fn symbols(self) -> [u8; Self::LENGTH] {
        let mut symbols = [0; Self::LENGTH];
        let mut bits = self.0;
        for place in symbols[..Self::LENGTH - 1].iter_mut().rev() {
            *place = (bits & 31) as u8;
            bits >>= SYMBOL_BITS;
        }
        // The last weight is 1, so the missing element is the sum itself: in this field a + a = 0.
        symbols[Self::LENGTH - 1] = weighed_sum(&symbols);
        symbols
    }
}

/// The sum over all symbols of symbol times weight; from the right the weights are 1, 2, 2², ….
fn weighed_sum(symbols: &[u8]) -> u8 {
    // Horner's rule: doubling what stands to the left weighs each symbol by its place.
    symbols.iter().fold(0, |sum, symbol| double(sum) ^ symbol)
}

/// Times x in the field of 32, x⁵ = x² + 1; x is primitive: its first 31 powers differ.
fn double(element: u8) -> u8 {
    let shifted = element << 1;
    if shifted & 0b10_0000 == 0 {
        shifted
    } else {
        shifted ^ 0b10_0101
    }
}

/// Blanks and the dashes that keyboards and copied text put between groups.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{200B}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// In three groups of four: `7K3F-9QXM-2HTA`.
impl fmt::Display for VoucherNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compact = self.compact();
        write!(f, "{}-{}-{}", &compact[..4], &compact[4..8], &compact[8..])
    }
}

impl fmt::Debug for VoucherNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

from_str!(VoucherNumber, VoucherNumberError);
crate::text::deserialize_with!(
    deserialize_str,
    VoucherNumber,
    "a voucher number such as \"7K3F9QXM2HTA\""
);

/// As its compact text.
impl Serialize for VoucherNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.compact())
    }
}

/// Why a text is no voucher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoucherNumberError {
    /// Too short or too long.
    #[error("a voucher number has 12 characters, found {found}")]
    Length {
        /// Characters found, separators not counted.
        found: usize,
    },
    /// A character that no number has, such as O or 1.
    #[error("position {position} holds a character that no voucher number has")]
    Character {
        /// Counted from 1, separators not counted.
        position: u8,
    },
    /// Every character may stand in a number, but not these together: one was misread.
    #[error("the check character does not match: a character is wrong or two are exchanged")]
    Check,
}

impl Finding for VoucherNumberError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "VOUCHER_NUMBER_LENGTH",
            Self::Character { .. } => "VOUCHER_NUMBER_CHARACTER",
            Self::Check => "VOUCHER_NUMBER_CHECK_CHARACTER",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::Character { position } => Some(*position),
            Self::Length { .. } | Self::Check => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("预选号凭证编号应为12位，现有{found}位"),
            Self::Character { position } => {
                format!("第{position}位不是预选号凭证编号使用的字符")
            }
            Self::Check => "校验位不符：有字符读错或两个字符颠倒".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VECTORS: &str = include_str!("../../testdata/voucher_numbers.tsv");

    #[test]
    fn vectors_read_and_write() {
        let mut seen = 0;
        for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
            let (bits, text) = line.split_once('\t').unwrap();
            let number = VoucherNumber::from_bits(u64::from_str_radix(bits, 16).unwrap());
            assert_eq!(number.to_string(), text);
            assert_eq!(VoucherNumber::parse(text), Ok(number));
            seen += 1;
        }
        assert!(seen >= 5);
    }

    #[test]
    fn people_write_it_as_they_like() {
        let number = VoucherNumber::from_bits(0x1234_5678_9abc);
        let text = number.to_string();
        let wide: String = number.compact().chars().map(widen).collect();
        for written in [
            text.to_lowercase(),
            text.replace('-', " – "),
            format!(" {wide}\n"),
        ] {
            assert_eq!(VoucherNumber::parse(&written), Ok(number), "{written:?}");
        }
    }

    fn widen(c: char) -> char {
        char::from_u32(u32::from(c) + 0xFEE0).unwrap()
    }

    #[test]
    fn look_alikes_are_refused_by_position() {
        let text = VoucherNumber::from_bits(7).to_string();
        for foreign in ['0', 'O', '1', 'I', '中', '*'] {
            let mut changed: Vec<char> = text.chars().collect();
            changed[6] = foreign;
            let changed: String = changed.into_iter().collect();
            assert_eq!(
                VoucherNumber::parse(&changed),
                Err(VoucherNumberError::Character { position: 6 })
            );
        }
        assert_eq!(
            VoucherNumber::parse(&text[1..]),
            Err(VoucherNumberError::Length { found: 11 })
        );
        assert_eq!(
            VoucherNumber::parse(&format!("{text}2")),
            Err(VoucherNumberError::Length { found: 13 })
        );
        assert_eq!(
            VoucherNumber::parse(""),
            Err(VoucherNumberError::Length { found: 0 })
        );
    }

    #[test]
    fn json_is_the_compact_text() {
        let number = VoucherNumber::from_bits(42);
        let json = serde_json::to_string(&number).unwrap();
        assert_eq!(json, format!("\"{}\"", number.compact()));
        assert_eq!(
            serde_json::from_str::<VoucherNumber>(&json).unwrap(),
            number
        );
        assert!(serde_json::from_str::<VoucherNumber>("\"222222222223\"").is_err());
    }

    fn symbol() -> impl Strategy<Value = u8> {
        prop::sample::select(ALPHABET.to_vec())
    }

    proptest! {
        #[test]
        fn every_number_survives_its_text(bits: u64) {
            let number = VoucherNumber::from_bits(bits);
            prop_assert_eq!(VoucherNumber::parse(&number.to_string()), Ok(number));
            prop_assert_eq!(VoucherNumber::parse(&number.compact()), Ok(number));
        }

        #[test]
        fn a_wrong_symbol_is_found(bits: u64, at in 0..VoucherNumber::LENGTH, other in symbol()) {
            let mut text = VoucherNumber::from_bits(bits).compact().into_bytes();
            prop_assume!(text[at] != other);
            text[at] = other;
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(VoucherNumber::parse(&text), Err(VoucherNumberError::Check));
        }

        #[test]
        fn an_exchange_of_any_two_is_found(
            bits: u64, a in 0..VoucherNumber::LENGTH, b in 0..VoucherNumber::LENGTH,
        ) {
            let mut text = VoucherNumber::from_bits(bits).compact().into_bytes();
            prop_assume!(text[a] != text[b]);
            text.swap(a, b);
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(VoucherNumber::parse(&text), Err(VoucherNumberError::Check));
        }

        #[test]
        fn a_pair_that_became_another_is_found(
            bits: u64, at in 0..VoucherNumber::LENGTH - 1, one in symbol(), other in symbol(),
        ) {
            prop_assume!(one != other);
            let mut text = VoucherNumber::from_bits(bits).compact().into_bytes();
            let checked = |text: &[u8]| {
                let values = text.iter().map(|c| ALPHABET.iter().position(|l| l == c).unwrap() as u8);
                weighed_sum(&values.collect::<Vec<_>>())
            };
            text[at..at + 2].fill(one);
            let before = checked(&text);
            text[at..at + 2].fill(other);
            prop_assert_ne!(before, checked(&text));
        }
    }
}
