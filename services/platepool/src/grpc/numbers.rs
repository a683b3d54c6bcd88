//! Lists of numbers that operators send.

use std::collections::BTreeSet;

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{Office, PlateClass, PlateKey, PlateNumber};

use super::read;
use crate::config::LARGEST_CHUNK;

const MOST_WITHHELD: usize = 1_000;

/// Numbers in use already, as they were sent.
pub(super) fn used(texts: &[String]) -> Result<Vec<PlateNumber>, Refusal> {
    if texts.is_empty() {
        return Err(Refusal::required("plates"));
    }
    if texts.len() > LARGEST_CHUNK {
        return Err(Refusal::invalid("plates", "too_long"));
    }
    let read = |(index, text): (usize, &String)| {
        PlateNumber::parse(text).map_err(|_| {
            let invalid = Refusal::new(Reason::ImportRowInvalid).param("row", index + 1);
            invalid.on_field(format!("plates[{index}]"))
        })
    };
    texts.iter().enumerate().map(read).collect()
}

/// Numbers of the office's own codes, each once.
pub(super) fn withheld(
    office: &Office,
    class: PlateClass,
    texts: &[String],
) -> Result<Vec<PlateKey>, Refusal> {
    if texts.is_empty() {
        return Err(Refusal::required("plates"));
    }
    if texts.len() > MOST_WITHHELD {
        return Err(Refusal::invalid("plates", "too_long"));
    }
    let mut plates = BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        let field = format!("plates[{index}]");
        let plate = read::plate(&field, class, text)?;
        if !office.codes.contains(&plate.unpack().1.code()) {
            return Err(Refusal::new(Reason::PlateNotReleased).on_field(field));
        }
        if !plates.insert(plate) {
            let again = Refusal::new(Reason::WishDuplicate).param("index", index + 1);
            return Err(again.on_field(field));
        }
    }
    Ok(plates.into_iter().collect())
}
