//! Which numbers an office has, and which of them are in use.

use anyhow::{Context as _, Result, bail};
use xuanhao_vocabulary::{IssuingCode, PlateMask, PlateNumber};

use super::SeededOffice;

/// Numbers to be released.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// The issuing code, such as `粤G`.
    pub code: &'static str,
    /// The plates' class.
    pub class: &'static str,
    /// The mask of their serials.
    pub mask: &'static str,
}

impl Segment {
    pub(super) const fn small(code: &'static str, mask: &'static str) -> Self {
        let class = "small";
        Self { code, class, mask }
    }

    pub(super) const fn new_energy(code: &'static str, mask: &'static str) -> Self {
        let class = "nev_small";
        Self { code, class, mask }
    }

    /// As `xuanctl` takes it.
    pub(super) fn word(&self) -> String {
        format!("{}:{}:{}", self.code, self.class, self.mask)
    }

    /// The number of a rank in the mask.
    ///
    /// # Errors
    /// When the mask has no such rank.
    pub fn number(&self, rank: u64) -> Result<PlateNumber> {
        let mask = PlateMask::parse(self.mask)?;
        let serial = mask.unrank(rank).context("a rank within the mask")?;
        Ok(PlateNumber::new(IssuingCode::parse(self.code)?, serial))
    }

    /// How many numbers it has.
    ///
    /// # Errors
    /// When its mask is malformed.
    pub fn count(&self) -> Result<u64> {
        Ok(PlateMask::parse(self.mask)?.count())
    }
}

/// The numbers of an office's first segment that are in use when it begins: evenly spread, so that
/// the neighbour of each is free.
///
/// # Errors
/// When a mask is malformed.
pub fn used_numbers(seeded: &SeededOffice) -> Result<Vec<PlateNumber>> {
    let segment = &seeded.segments[0];
    let step = segment.count()? / seeded.used;
    (0..seeded.used)
        .map(|index| segment.number(index * step))
        .collect()
}

/// Numbers of the office's first segment that are free when it begins and open to wishes: three equal
/// digits are for draws alone.
///
/// # Errors
/// When a mask is malformed, or there are not so many.
pub fn free_numbers(seeded: &SeededOffice, count: usize) -> Result<Vec<PlateNumber>> {
    let segment = &seeded.segments[0];
    let all = segment.count()?;
    let step = all / seeded.used;
    let mut found = Vec::with_capacity(count);
    for rank in (0..all).filter(|rank| rank % step != 0) {
        let number = segment.number(rank)?;
        if number.max_digit_repeat() < 3 {
            found.push(number);
        }
        if found.len() == count {
            return Ok(found);
        }
    }
    bail!(
        "{} has fewer than {count} numbers open to wishes",
        seeded.office
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::seed::OFFICES;

    #[test]
    fn used_numbers_are_as_many_as_said_and_have_free_neighbours() {
        for office in &OFFICES {
            let used = used_numbers(office).unwrap();
            let distinct: BTreeSet<String> = used.iter().map(ToString::to_string).collect();
            assert_eq!(distinct.len() as u64, office.used);
            let free = free_numbers(office, 500).unwrap();
            assert_eq!(free.len(), 500);
            assert!(
                free.iter()
                    .all(|number| !distinct.contains(&number.to_string()))
            );
        }
    }

    /// R-POOL-02: Tangshan's first batch is about 50,000 numbers.
    #[test]
    fn tangshan_begins_with_48_000_numbers() {
        let tangshan = OFFICES.iter().find(|office| office.office == "he-tangshan");
        assert_eq!(tangshan.unwrap().segments[0].count().unwrap(), 48_000);
    }
}
