//! The pool's tables. What is read and written here is the domain's words; SQL goes no further.

pub(crate) mod allocation;
pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod chunk;
pub(crate) mod day_key;
mod encoding;
pub(crate) mod figures;
#[cfg(test)]
mod fixture;
pub(crate) mod history;
pub(crate) mod lease;
pub(crate) mod log;
pub(crate) mod opening;
pub(crate) mod partition;
pub(crate) mod pool_rules;
pub(crate) mod rebuild;
pub(crate) mod returning;
pub(crate) mod segment;
pub(crate) mod snapshot;
pub(crate) mod statement;
pub(crate) mod withholding;

pub(crate) use encoding::{
    channel, channel_word, command_bytes, command_from, kind, outcome, outcome_bytes, outcome_from,
    set_bytes, set_from,
};

use jiff::Timestamp;
use xuanhao_chassis::db;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateKey, PlateMask};

/// An instant that was stored.
fn instant(stored: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    stored.map(jiff_sqlx::Timestamp::to_jiff)
}

fn plate(stored: i64) -> Result<PlateKey, db::Error> {
    PlateKey::try_from(stored).map_err(|source| db::Error::corrupt("number", source))
}

fn class(stored: &str) -> Result<PlateClass, db::Error> {
    PlateClass::by_code(stored).ok_or_else(|| db::Error::corrupt("plate class", "it is unknown"))
}

fn code(stored: &str) -> Result<IssuingCode, db::Error> {
    IssuingCode::parse(stored).map_err(|source| db::Error::corrupt("issuing code", source))
}

fn mask(stored: &str) -> Result<PlateMask, db::Error> {
    PlateMask::parse(stored).map_err(|source| db::Error::corrupt("mask", source))
}

/// Counts that stood in the domain as unsigned. They are far below the limit.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn unsigned(stored: i64) -> u64 {
    stored.max(0).unsigned_abs()
}

/// The keys of all numbers of an issuing code and a class lie between these: the layout of
/// [`PlateKey`] is for ever.
pub(crate) fn range(class: PlateClass, code: IssuingCode) -> (i64, i64) {
    const SERIAL_BITS: u32 = 32;
    // Any serial of the class's form will do.
    let serial = match class.serial_length() {
        6 if class == PlateClass::NevSmall => "D00000",
        6 => "00000D",
        _ => "00000",
    };
    let serial = xuanhao_vocabulary::Serial::parse_as(class.form(), serial)
        .expect("the serials above have the forms of their classes");
    let number = xuanhao_vocabulary::PlateNumber::new(code, serial);
    let key = PlateKey::pack(class, number).expect("the serial has the form of the class");
    let low = key.get() >> SERIAL_BITS << SERIAL_BITS;
    (low, low | ((1 << SERIAL_BITS) - 1))
}

#[cfg(test)]
mod tests {
    use xuanhao_vocabulary::PlateNumber;

    use super::*;

    /// A rebuild reads the numbers of an office by the ranges of its codes: none may lie outside.
    #[test]
    fn the_range_of_a_code_holds_its_numbers_and_no_others() {
        let own = [
            (PlateClass::Small, ["粤G00000", "粤GZZ999"]),
            (PlateClass::Large, ["粤G00000", "粤GZZ999"]),
            (PlateClass::NevSmall, ["粤GA00000", "粤GKZ9999"]),
            (PlateClass::NevLarge, ["粤G00000A", "粤G99999K"]),
        ];
        let zhanjiang = IssuingCode::parse("粤G").unwrap();
        for (class, numbers) in own {
            let (low, high) = range(class, zhanjiang);
            for number in numbers {
                let number = PlateNumber::parse_as(class, number).unwrap();
                let key = PlateKey::pack(class, number).unwrap().get();
                assert!((low..=high).contains(&key), "{number}");
            }
            for neighbour in ["粤F", "粤H", "冀G"] {
                let (other_low, other_high) = range(class, IssuingCode::parse(neighbour).unwrap());
                assert!(other_high < low || high < other_low, "{neighbour}");
            }
        }
        assert!(range(PlateClass::Large, zhanjiang).1 < range(PlateClass::Small, zhanjiang).0);
    }
}
