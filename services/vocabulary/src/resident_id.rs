//! Resident identity numbers 居民身份号码 (GB 11643).

use std::fmt;

use jiff::civil::Date;

use crate::Finding;
use crate::province::Province;
use crate::text::{
    Masked, Shape, ascii, characters, deserialize_personal, from_str, non_digit, number, places,
};

/// A resident identity number, or one of the permits with numbers of the same build.
///
/// Personal data: it prints masked, does not serialise, and is read with [`ResidentId::expose`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId([u8; ResidentId::LENGTH]);

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResidentKind {
    /// A resident's identity card 居民身份证.
    Resident,
    /// A residence permit for people of Hong Kong, Macao or Taiwan 港澳台居民居住证.
    HongKongMacaoTaiwan,
    /// A foreigner's permanent residence card 外国人永久居留身份证.
    Foreign,
}

/// By position, for the check character (ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Taiwan in the table of regions (GB/T 2260): it issues no plates, so no [`Province`] has it.
const TAIWAN: u32 = 71;

impl ResidentId {
    /// The characters of a number.
    pub const LENGTH: usize = 18;

    /// Reads a number; blanks do not matter, and a small x counts as X.
    ///
    /// Whether the date of birth lies in the future depends on the day: see
    /// [`ResidentId::check_birth`].
    pub fn parse(text: &str) -> Result<Self, ResidentIdError> {
        let places: [u8; Self::LENGTH] = places(characters(text)).map_err(|shape| match shape {
            Shape::Length { found: 15 } => ResidentIdError::FifteenDigits,
            Shape::Length { found } => ResidentIdError::Length { found },
            Shape::Character { position } => ResidentIdError::Character { position },
        })?;
        if let Some(position) = non_digit(&places[..17]) {
            return Err(ResidentIdError::Character { position });
        }
        if !matches!(places[17], b'0'..=b'9' | b'X') {
            return Err(ResidentIdError::Character { position: 18 });
        }
        kind_of(&places).ok_or(ResidentIdError::Region)?;
        date_of(&places).ok_or(ResidentIdError::BirthDate)?;
        let weighed = places
            .iter()
            .zip(WEIGHTS)
            .map(|(byte, weight)| u32::from(byte - b'0') * weight);
        if places[17] != b"10X98765432"[(weighed.sum::<u32>() % 11) as usize] {
            return Err(ResidentIdError::CheckCharacter);
        }
        Ok(Self(places))
    }

    /// The number itself. Every use is a place where personal data leaves its wrapping.
    pub fn expose(&self) -> &str {
        ascii(&self.0)
    }

    /// The first two and last two characters, for screens.
    pub fn masked(&self) -> Masked<'_> {
        Masked::new(ascii(&self.0), 2, 2)
    }

    /// Whose number it is.
    pub fn kind(&self) -> ResidentKind {
        kind_of(&self.0).expect("parsed numbers have a known region")
    }

    /// The date of birth.
    pub fn birth_date(&self) -> Date {
        date_of(&self.0).expect("parsed numbers have a real date of birth")
    }

    /// Refuses a date of birth after `today`.
    pub fn check_birth(&self, today: Date) -> Result<(), ResidentIdError> {
        if self.birth_date() > today {
            Err(ResidentIdError::BornInFuture)
        } else {
            Ok(())
        }
    }

    /// The age in full years on a day; 0 before birth. Who was born on 29 February is a year older
    /// on 1 March of other years.
    pub fn age_on(&self, day: Date) -> u16 {
        let birth = self.birth_date();
        let before = (day.month(), day.day()) < (birth.month(), birth.day());
        u16::try_from(day.year() - birth.year() - i16::from(before)).unwrap_or(0)
    }
}

/// By the region. Old regions stay valid for those born there, so only its province is checked.
fn kind_of(places: &[u8; ResidentId::LENGTH]) -> Option<ResidentKind> {
    let province = |digits| {
        u8::try_from(number(digits))
            .ok()
            .and_then(Province::by_region)
    };
    match &places[..6] {
        b"810000" | b"820000" | b"830000" => Some(ResidentKind::HongKongMacaoTaiwan),
        // 9, the province that took the first application, three digits of nationality.
        [b'9', region @ ..] => province(&region[..2]).map(|_| ResidentKind::Foreign),
        region if number(&region[..2]) == TAIWAN => Some(ResidentKind::Resident),
        region => province(&region[..2]).map(|_| ResidentKind::Resident),
    }
}

fn date_of(places: &[u8; ResidentId::LENGTH]) -> Option<Date> {
    let year = i16::try_from(number(&places[6..10])).ok()?;
    let month = i8::try_from(number(&places[10..12])).ok()?;
    Date::new(year, month, i8::try_from(number(&places[12..14])).ok()?).ok()
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.masked())
    }
}

from_str!(ResidentId, ResidentIdError);
deserialize_personal!(ResidentId, "a resident identity number");

/// Why a resident identity number was refused. None of the sentences tells a part of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// Not 18 characters.
    #[error("a resident identity number has 18 characters, not {found}")]
    Length {
        /// The characters it has, blanks not counted.
        found: usize,
    },
    /// An old number of 15 digits, out of use since 2013.
    #[error("numbers of 15 digits are out of use; enter the 18 characters of the present card")]
    FifteenDigits,
    /// No digit, or at the end neither digit nor X.
    #[error("position {position} must be a digit, or X at position 18")]
    Character {
        /// Where it stands.
        position: u8,
    },
    /// The region is that of no province and no permit.
    #[error("positions 1 to 6 are no region")]
    Region,
    /// No such day.
    #[error("positions 7 to 14 are no date")]
    BirthDate,
    /// The date of birth lies in the future.
    #[error("positions 7 to 14 are a date in the future")]
    BornInFuture,
    /// The check character is wrong.
    #[error("position 18 does not match the others")]
    CheckCharacter,
}

impl Finding for ResidentIdError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "RESIDENT_ID_LENGTH",
            Self::FifteenDigits => "RESIDENT_ID_FIFTEEN_DIGITS",
            Self::Character { .. } => "RESIDENT_ID_CHARACTER",
            Self::Region => "RESIDENT_ID_REGION",
            Self::BirthDate => "RESIDENT_ID_BIRTH_DATE",
            Self::BornInFuture => "RESIDENT_ID_BORN_IN_FUTURE",
            Self::CheckCharacter => "RESIDENT_ID_CHECK_CHARACTER",
        }
    }

    fn position(&self) -> Option<u8> {
        match self {
            Self::Character { position } => Some(*position),
            Self::Region => Some(1),
            Self::BirthDate | Self::BornInFuture => Some(7),
            Self::CheckCharacter => Some(18),
            Self::Length { .. } | Self::FifteenDigits => None,
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::Length { found } => format!("居民身份号码应为18位，现有{found}位"),
            Self::FifteenDigits => "15位旧号码已停用，请输入现行证件的18位号码".to_owned(),
            Self::Character { position: 18 } => "第18位应为数字或X".to_owned(),
            Self::Character { position } => format!("第{position}位应为数字"),
            Self::Region => "第1至6位不是有效的地区代码".to_owned(),
            Self::BirthDate => "第7至14位不是有效的日期".to_owned(),
            Self::BornInFuture => "第7至14位的出生日期晚于今天".to_owned(),
            Self::CheckCharacter => "第18位校验码与前17位不符".to_owned(),
        }
    }
}
