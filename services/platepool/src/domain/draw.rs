//! Draws as a keyed function that nobody can steer and everybody can check afterwards (E9, E10).
//!
//! ```text
//! draw key  = HMAC-SHA-256(day key, public value)
//! rank of k = HMAC-SHA-256(draw key, office ‖ application ‖ op_no ‖ k)  mod  n
//! ```
//!
//! `office` is its id's UTF-8 bytes after their length as u16; `application` is the 16 bytes of its
//! UUID; `op_no` is a u64 and `k`, counted from 1, a u32. All numbers are big-endian, and so is the
//! 256-bit digest before it is taken modulo `n`: the numbers free under the filter once picks
//! 1 to k−1 are out, counted through the segments in the order of their ids and, within a segment,
//! in the order of its mask. A draw of a new-energy class that names the vehicle's energy group counts
//! the free numbers of that group only.
//!
//! The bias of the modulo is below n / 2²⁵⁶.

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, offset};
use sha2::{Digest, Sha256};
use xuanhao_vocabulary::OfficeId;

use super::error::Error;
use super::ids::ApplicationId;

/// Asia/Shanghai has had this one offset since 1991, before any instant the engine meets.
const SHANGHAI: Offset = offset(8);

/// How many days stay open at once: clocks near midnight, and replays of the days before.
const DAYS_KEPT: usize = 4;

/// The day a row belongs to, by Asia/Shanghai.
pub fn day_of(decided_at: Timestamp) -> Date {
    SHANGHAI.to_datetime(decided_at).date()
}

/// The secret half of a day's draws. Sealed at rest, revealed after the day.
#[derive(Clone, PartialEq, Eq)]
pub struct DayKey(pub [u8; 32]);

impl DayKey {
    /// What is published before the public value is fixed: the key's SHA-256.
    pub fn commitment(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DayKey(..)")
    }
}

/// A day on which drawing is open: its key, and the public value that was fixed after the key's
/// commitment was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day, by Asia/Shanghai.
    pub date: Date,
    /// The secret half.
    pub key: DayKey,
    /// The public half, byte for byte as published.
    pub public_value: Vec<u8>,
}

/// The days on which drawing is open.
#[derive(Debug, Clone, Default)]
pub struct Days {
    open: BTreeMap<Date, (Day, DrawKey)>,
}

impl Days {
    /// Opens a day. Refused if the day is open under another key or value: the first draw may have
    /// happened.
    pub fn open(&mut self, day: Day) -> Result<(), Error> {
        if let Some((known, _)) = self.open.get(&day.date) {
            return if *known == day {
                Ok(())
            } else {
                Err(Error::DayFixed { day: day.date })
            };
        }
        let key = DrawKey::derive(&day.key, &day.public_value);
        self.open.insert(day.date, (day, key));
        while self.open.len() > DAYS_KEPT {
            self.open.pop_first();
        }
        Ok(())
    }

    /// The key for a row of this instant.
    pub fn draw_key(&self, decided_at: Timestamp) -> Result<&DrawKey, Error> {
        let day = day_of(decided_at);
        self.open
            .get(&day)
            .map(|(_, key)| key)
            .ok_or(Error::DrawingNotOpen { day })
    }
}

/// What a day's draws are made with.
#[derive(Clone)]
pub struct DrawKey {
    mac: Hmac<Sha256>,
}

impl DrawKey {
    /// Binds the secret key to the public value.
    pub fn derive(key: &DayKey, public_value: &[u8]) -> Self {
        let bound = hmac(&key.0)
            .chain_update(public_value)
            .finalize()
            .into_bytes();
        Self { mac: hmac(&bound) }
    }

    /// The picks of one draw.
    pub fn picks(&self, office: &OfficeId, application: ApplicationId, op_no: u64) -> Picks {
        let text = office.as_str().as_bytes();
        let length = u16::try_from(text.len()).expect("office ids are short");
        let mac = self.mac.clone();
        let mac = mac.chain_update(length.to_be_bytes()).chain_update(text);
        let mac = mac
            .chain_update(application.0.as_bytes())
            .chain_update(op_no.to_be_bytes());
        Picks { mac, k: 0 }
    }
}

impl fmt::Debug for DrawKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DrawKey(..)")
    }
}

/// The ranks of one draw, one pick after the other.
#[derive(Clone)]
pub struct Picks {
    mac: Hmac<Sha256>,
    k: u32,
}

impl Picks {
    /// The rank of the next pick among `free` numbers, of which there must be one.
    pub fn next_rank(&mut self, free: u64) -> u64 {
        self.k += 1;
        let digest = self
            .mac
            .clone()
            .chain_update(self.k.to_be_bytes())
            .finalize()
            .into_bytes();
        modulo(&digest.into(), free)
    }
}

impl fmt::Debug for Picks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picks {{ k: {} }}", self.k)
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// A big-endian number of 256 bits modulo `n`.
fn modulo(digits: &[u8; 32], n: u64) -> u64 {
    let (digits, _) = digits.as_chunks::<4>();
    let digits = digits.iter().map(|digit| u32::from_be_bytes(*digit));
    if n <= u64::from(u32::MAX) {
        return digits.fold(0, |rest, digit| (rest << 32 | u64::from(digit)) % n);
    }
    let n = u128::from(n);
    let rest = digits.fold(0, |rest, digit| (rest << 32 | u128::from(digit)) % n);
    u64::try_from(rest).expect("a remainder is below its divisor")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;

    fn bytes(value: &Value) -> Vec<u8> {
        hex::decode(value.as_str().unwrap()).unwrap()
    }

    fn array(value: &Value) -> [u8; 32] {
        bytes(value).try_into().unwrap()
    }

    /// E9, E10: the published vectors, which were computed independently.
    #[test]
    fn the_vectors_come_out() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../testdata/draw_vectors.json")).unwrap();
        let draws = vectors["draws"].as_array().unwrap();
        assert_eq!(draws.len(), 5);
        for draw in draws {
            let key = DayKey(array(&draw["day_key"]));
            assert_eq!(key.commitment(), array(&draw["commitment"]));
            let public_value = bytes(&draw["public_value"]);
            let bound = hmac(&key.0)
                .chain_update(&public_value)
                .finalize()
                .into_bytes();
            assert_eq!(bound[..], array(&draw["draw_key"]));
            let office = OfficeId::parse(draw["office"].as_str().unwrap()).unwrap();
            let application = draw["application"].as_str().unwrap();
            let application = ApplicationId(Uuid::parse_str(application).unwrap());
            let op_no = draw["op_no"].as_u64().unwrap();
            let mut picks = DrawKey::derive(&key, &public_value).picks(&office, application, op_no);
            for (index, pick) in draw["picks"].as_array().unwrap().iter().enumerate() {
                assert_eq!(pick["k"].as_u64().unwrap(), index as u64 + 1);
                let rank = picks.next_rank(pick["free"].as_u64().unwrap());
                assert_eq!(rank, pick["rank"].as_u64().unwrap(), "{draw}");
            }
        }
    }

    #[test]
    fn a_remainder_of_256_bits() {
        assert_eq!(modulo(&[0xFF; 32], 1), 0);
        assert_eq!(
            modulo(&[0xFF; 32], u64::MAX),
            0,
            "2²⁵⁶ − 1 is a multiple of 2⁶⁴ − 1"
        );
        let mut one_more = [0; 32];
        one_more[0] = 1;
        // 2²⁴⁸ mod 10: powers of two end in 2, 4, 8, 6, and 248 is a multiple of 4.
        assert_eq!(modulo(&one_more, 10), 6);
        let n = u64::from(u32::MAX) + 1;
        assert_eq!(modulo(&[0xAB; 32], n), 0xABAB_ABAB, "the last 32 bits");
        assert_eq!(modulo(&[0xFF; 32], n - 1), 0, "a multiple of 2³² − 1 too");
    }

    /// E10: the day is that of Asia/Shanghai, whatever the machine's zone.
    #[test]
    fn the_day_turns_at_midnight_in_shanghai() {
        let day = |text: &str| day_of(text.parse().unwrap()).to_string();
        assert_eq!(day("2026-02-01T15:59:59.999999Z"), "2026-02-01");
        assert_eq!(day("2026-02-01T16:00:00Z"), "2026-02-02");
        assert_eq!(day("2028-02-29T00:00:00Z"), "2028-02-29");
    }

    #[test]
    fn keys_do_not_print() {
        let key = DayKey([0xAB; 32]);
        let printed = format!("{key:?} {:?}", DrawKey::derive(&key, b"value"));
        assert_eq!(printed, "DayKey(..) DrawKey(..)");
    }

    #[test]
    fn few_days_are_kept_open() {
        let mut days = Days::default();
        for day in 1..=20 {
            let (date, key) = (jiff::civil::date(2026, 2, day), DayKey([0; 32]));
            days.open(Day {
                date,
                key,
                public_value: Vec::new(),
            })
            .unwrap();
        }
        assert!(
            days.draw_key("2026-02-20T00:00:00Z".parse().unwrap())
                .is_ok()
        );
        assert!(
            days.draw_key("2026-02-10T00:00:00Z".parse().unwrap())
                .is_err()
        );
    }
}
