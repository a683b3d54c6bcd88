//! An application's whole set in few bytes, for ever:
//!
//! ```text
//! set   = part*                  nothing held: no bytes
//! part  = head until run* 0
//! head  = 1 the column | 2 the column whose candidate went into the basket | 3 the basket
//! until = varint                 microseconds after the row's instant
//! run   = varint high serial*    how many numbers, the upper half of their keys, the lower halves
//! ```
//!
//! Varints are protobuf's, halves four bytes with the highest first. The numbers of a run have one
//! class and one issuing code, so a draw of ten takes 51 bytes.

use jiff::Timestamp;
use prost::encoding::{decode_varint, encode_varint};
use xuanhao_vocabulary::PlateKey;

use super::{Malformed, instant, key};
use crate::domain::hold::{Basket, Column, HoldSet};

const COLUMN: u8 = 1;
const CHOSEN_COLUMN: u8 = 2;
const BASKET: u8 = 3;

/// Appends the set of a row of that instant.
pub(super) fn write(set: &HoldSet, at: Timestamp, bytes: &mut Vec<u8>) {
    if let Some(column) = &set.column {
        bytes.push(if column.chosen { CHOSEN_COLUMN } else { COLUMN });
        write_part(&column.plates, column.until, at, bytes);
    }
    if let Some(basket) = &set.basket {
        bytes.push(BASKET);
        write_part(&basket.plates, basket.until, at, bytes);
    }
}

fn write_part(plates: &[PlateKey], until: Timestamp, at: Timestamp, bytes: &mut Vec<u8>) {
    let after = until.as_microsecond() - at.as_microsecond();
    encode_varint(after.cast_unsigned(), bytes);
    for run in plates.chunk_by(|one, next| one.get() >> 32 == next.get() >> 32) {
        encode_varint(run.len() as u64, bytes);
        let [high @ .., _, _, _, _] = run[0].get().to_be_bytes();
        bytes.extend(high);
        for plate in run {
            let [_, _, _, _, serial @ ..] = plate.get().to_be_bytes();
            bytes.extend(serial);
        }
    }
    bytes.push(0);
}

/// The set of a row of that instant.
pub(super) fn read(mut bytes: &[u8], at: Timestamp) -> Result<HoldSet, Malformed> {
    let mut set = HoldSet::default();
    while let Some((head, rest)) = bytes.split_first() {
        bytes = rest;
        let until = instant(
            at.as_microsecond()
                .wrapping_add(varint(&mut bytes)?.cast_signed()),
        )?;
        let plates = read_plates(&mut bytes)?;
        match *head {
            COLUMN | CHOSEN_COLUMN if set.column.is_none() => {
                let chosen = *head == CHOSEN_COLUMN;
                set.column = Some(Column {
                    plates,
                    until,
                    chosen,
                });
            }
            BASKET if set.basket.is_none() => set.basket = Some(Basket { plates, until }),
            _ => return Err(Malformed("set")),
        }
    }
    Ok(set)
}

fn read_plates(bytes: &mut &[u8]) -> Result<Vec<PlateKey>, Malformed> {
    let mut plates = Vec::new();
    loop {
        let length = usize::try_from(varint(bytes)?).map_err(|_| Malformed("set"))?;
        if length == 0 {
            return Ok(plates);
        }
        let (high, rest) = bytes.split_first_chunk::<4>().ok_or(Malformed("set"))?;
        let end = length.checked_mul(4).ok_or(Malformed("set"))?;
        let (serials, rest) = rest.split_at_checked(end).ok_or(Malformed("set"))?;
        let high = i64::from(i32::from_be_bytes(*high)) << 32;
        plates.reserve_exact(length);
        for serial in serials.chunks_exact(4) {
            let serial = serial.try_into().map_err(|_| Malformed("set"))?;
            plates.push(key(high | i64::from(u32::from_be_bytes(serial)))?);
        }
        *bytes = rest;
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    decode_varint(bytes).map_err(|_| Malformed("set"))
}
