//! The number a plate is stored under.

use serde::{Deserialize, Serialize};

use super::symbol::{ALPHABET, index};
use super::{PlateClass, PlateError, PlateNumber, Serial};
use crate::Finding;
use crate::issuing::IssuingCode;
use crate::province::Province;

/// A plate of a class as one number: what the pools keep in their `bigint` arrays.
///
/// The layout is for ever. From the high byte down: 0, the code of the plate type (1, 2, 51, 52),
/// the province's region code (GB/T 2260, such as 44), the issuing letter in ASCII, and in the low
/// four bytes the serial read as a number of base 34. It depends on no table of ours and no
/// database, and keys of one class and issuing code sort as their serials do.
///
/// ```
/// use xuanhao_vocabulary::{PlateClass, PlateKey, PlateNumber};
///
/// let plate = PlateNumber::parse("粤GA1234").unwrap();
/// let key = PlateKey::pack(PlateClass::Small, plate).unwrap();
/// assert_eq!(key.unpack(), (PlateClass::Small, plate));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[repr(transparent)]
pub struct PlateKey(i64);

const BASE: u32 = 34;

impl PlateKey {
    /// The key of a plate. Refused if the number does not have the form of the class.
    pub fn pack(class: PlateClass, number: PlateNumber) -> Result<Self, PlateError> {
        let serial = number.serial();
        if serial.form() != class.form() {
            serial.fits(class.form())?;
        }
        let code = number.code();
        let letter = u32::from(code.letter());
        let province = code.province().province().region;
        let prefix = class_byte(class) << 48 | i64::from(province) << 40 | i64::from(letter) << 32;
        let value = serial.bytes().iter().fold(0, |value, byte| {
            value * BASE + index(*byte).map_or(0, u32::from)
        });
        Ok(Self(prefix | i64::from(value)))
    }

    /// The class and the plate number.
    pub fn unpack(self) -> (PlateClass, PlateNumber) {
        let class = self.class();
        let province = Province::by_region(self.byte(40)).expect(MADE);
        let code = IssuingCode::known(province.id, self.byte(32));
        let serial = serial(self.0, class).0;
        (class, PlateNumber::new(code, serial))
    }

    /// The class.
    pub fn class(self) -> PlateClass {
        class_of(self.0).expect(MADE)
    }

    /// The class, the issuing code and the first two characters of the serial as one number, for
    /// finding plates that begin alike.
    pub fn beginning(self) -> u64 {
        let rest = match self.class().serial_length() {
            5 => BASE.pow(3),
            _ => BASE.pow(4),
        };
        let serial = (self.0 & 0xFFFF_FFFF) as u32;
        self.place_of_issue() + u64::from(serial / rest)
    }

    /// What [`Self::beginning`] counts from: the class and the issuing code.
    pub fn place_of_issue(self) -> u64 {
        (self.0 & !0xFFFF_FFFF).unsigned_abs()
    }

    fn byte(self, shift: u32) -> u8 {
        (self.0 >> shift & 0xFF) as u8
    }

    /// The number itself, as stored.
    pub fn get(self) -> i64 {
        self.0
    }
}

fn class_byte(class: PlateClass) -> i64 {
    match class {
        PlateClass::Small => 2,
        PlateClass::Large => 1,
        PlateClass::NevSmall => 52,
        PlateClass::NevLarge => 51,
    }
}

/// Why a key can be taken apart without looking at it twice.
const MADE: &str = "a key is made by pack or checked by try_from";

fn class_of(key: i64) -> Option<PlateClass> {
    PlateClass::ALL
        .into_iter()
        .find(|class| class_byte(*class) == key >> 48)
}

/// The serial of a key, and what is left of its number.
fn serial(key: i64, class: PlateClass) -> (Serial, u32) {
    let mut rest = (key & 0xFFFF_FFFF) as u32;
    let mut places = [0; Serial::LONGEST];
    let places = &mut places[..usize::from(class.serial_length())];
    for place in places.iter_mut().rev() {
        *place = ALPHABET[(rest % BASE) as usize];
        rest /= BASE;
    }
    (Serial::from_places(places), rest)
}

/// Takes a key apart that may be none.
fn decode(key: i64) -> Option<(PlateClass, PlateNumber)> {
    let class = class_of(key)?;
    let province = Province::by_region((key >> 40 & 0xFF) as u8)?;
    let code = IssuingCode::new(province.id, char::from((key >> 32 & 0xFF) as u8)).ok()?;
    let (serial, rest) = serial(key, class);
    serial.fits(class.form()).ok().filter(|()| rest == 0)?;
    let number = PlateNumber::new(code, serial);
    // A letter of the other case decodes too; only the one spelling that packs back is a key.
    (PlateKey::pack(class, number).ok()? == PlateKey(key)).then_some((class, number))
}

impl TryFrom<i64> for PlateKey {
    type Error = BadKey;

    fn try_from(key: i64) -> Result<Self, BadKey> {
        decode(key).map(|_| Self(key)).ok_or(BadKey)
    }
}

impl From<PlateKey> for i64 {
    fn from(key: PlateKey) -> Self {
        key.0
    }
}

/// The number is the key of no plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this number is the key of no plate")]
pub struct BadKey;

impl Finding for BadKey {
    fn code(&self) -> &'static str {
        "PLATE_KEY"
    }

    fn chinese(&self) -> String {
        "该数不是任何号牌的键".to_owned()
    }
}
