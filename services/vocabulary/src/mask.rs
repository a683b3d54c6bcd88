//! Masks: what an operator types to name the serials of a segment.
//!
//! ```text
//! mask     = place+ [ "-" "{" serial { "," serial } "}" ]      5 or 6 positions in all
//! place    = "D" | "L" | "[" character+ "]" | character | run
//! run      = digits ".." digits                                as many positions as digits
//! ```
//!
//! `D` is any digit and `L` any of the 24 letters; the letters D and L themselves are written `[D]`
//! and `[L]`. A run counts: `0001..9999` is four positions that read as a number from 1 to 9999.
//! The serials in braces are taken out. Blanks do not matter, except between a digit and a run.
//!
//! ```
//! use xuanhao_vocabulary::PlateMask;
//!
//! let mask = PlateMask::parse("0001..9999 [WX]").unwrap();
//! assert_eq!(mask.count(), 19_998);
//! assert_eq!(mask.unrank(0).unwrap().as_str(), "0001W");
//! ```
//!
//! A mask only holds serials of one form (GA 36): ordinary masks may have letters at two positions
//! at most, and masks of six positions are of one of the new-energy forms.

mod error;
mod group;
mod parse;
mod part;
mod walk;

use std::fmt;

pub use error::MaskError;
pub use group::SerialGroup;
use part::Part;

pub use crate::plate::symbol::CharSet;
use crate::plate::{Form, PlateClass, Serial};
use crate::text::from_str;

/// The serials of a segment, as an operator writes them. Never empty.
///
/// Masks are compared by their canonical spelling: those without minus-lists are equal exactly when
/// they hold the same serials.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PlateMask {
    form: Form,
    parts: Box<[Part]>,
    /// Ranks, among all serials of `parts`, of those taken out; ascending.
    minus: Box<[u32]>,
}

impl PlateMask {
    /// The form of all its serials.
    pub fn form(&self) -> Form {
        self.form
    }

    /// How many positions it has: 5 or 6.
    pub fn positions(&self) -> u8 {
        self.form.serial_length()
    }

    /// Checks that every serial fits the plates of a class.
    pub fn check_class(&self, class: PlateClass) -> Result<(), MaskError> {
        if self.form == class.form() {
            return Ok(());
        }
        if self.positions() != class.serial_length() {
            return Err(MaskError::ClassLength {
                class,
                found: self.positions(),
            });
        }
        // The two new-energy forms differ from the first position on: a letter or a digit.
        Err(MaskError::ClassPosition { class, position: 1 })
    }

    /// How many serials it holds.
    pub fn count(&self) -> u64 {
        u64::from(self.whole()) - self.minus.len() as u64
    }

    /// How many it would hold without its minus-list.
    fn whole(&self) -> u32 {
        self.parts.iter().map(Part::count).product()
    }

    /// The serial that has `rank` serials of the mask before it.
    pub fn unrank(&self, rank: u64) -> Option<Serial> {
        if rank >= self.count() {
            return None;
        }
        let rank = u32::try_from(rank).ok()?;
        // `minus[i] - i` serials of the mask come before the i-th one taken out, and this never
        // falls: look for the first that leaves more than `rank` before it.
        let (mut low, mut high) = (0, self.minus.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.minus[middle] - middle as u32 > rank {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.unrank_whole(rank + low as u32)
    }

    fn unrank_whole(&self, mut rank: u32) -> Option<Serial> {
        let mut places = [0; Serial::LONGEST];
        let mut end = usize::from(self.positions());
        for part in self.parts.iter().rev() {
            let start = end - part.positions();
            let (left, here) = divide(rank, part.count());
            part.write(here, &mut places[start..end]);
            rank = left;
            end = start;
        }
        (rank == 0).then(|| Serial::from_places(&places[..usize::from(self.positions())]))
    }

    /// How many serials of the mask come before this one, if the mask holds it.
    pub fn rank(&self, serial: &Serial) -> Option<u64> {
        let rank = self.rank_whole(serial)?;
        let before = self.minus.binary_search(&rank).err()?;
        Some(u64::from(rank) - before as u64)
    }

    fn rank_whole(&self, serial: &Serial) -> Option<u32> {
        let mut rest = serial.bytes();
        if rest.len() != usize::from(self.positions()) {
            return None;
        }
        let mut rank = 0;
        for part in &self.parts {
            let (places, after) = rest.split_at(part.positions());
            rank = rank * part.count() + part.read(places)?;
            rest = after;
        }
        Some(rank)
    }

    /// Whether it holds a serial.
    pub fn contains(&self, serial: &Serial) -> bool {
        self.rank(serial).is_some()
    }

    /// Its serials, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Serial> + '_ {
        // Masks hold at most a few million serials, so the count fits.
        let count = u32::try_from(self.count()).unwrap_or(u32::MAX);
        Iter {
            mask: self,
            next: 0,
            count,
        }
    }

    /// The serials of its minus-list, ascending.
    pub fn minus(&self) -> impl Iterator<Item = Serial> + '_ {
        self.minus
            .iter()
            .filter_map(|rank| self.unrank_whole(*rank))
    }
}

/// Quotient and remainder, quickly by what masks are mostly made of.
fn divide(rank: u32, count: u32) -> (u32, u32) {
    match count {
        1 => (rank, 0),
        10 => (rank / 10, rank % 10),
        24 => (rank / 24, rank % 24),
        _ => (rank / count, rank % count),
    }
}

struct Iter<'a> {
    mask: &'a PlateMask,
    next: u32,
    count: u32,
}

impl Iterator for Iter<'_> {
    type Item = Serial;

    fn next(&mut self) -> Option<Serial> {
        let serial = self.mask.unrank(u64::from(self.next))?;
        self.next += 1;
        Some(serial)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.count - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl fmt::Display for PlateMask {
    /// The one spelling of the mask. `parse` reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut after_run = false;
        for (index, part) in self.parts.iter().enumerate() {
            // A run is set apart, or a digit beside it would be read as part of its bounds.
            if index > 0 && (after_run || part.is_run()) {
                f.write_str(" ")?;
            }
            after_run = part.is_run();
            write!(f, "{part}")?;
        }
        let mut before = " -{";
        for serial in self.minus() {
            write!(f, "{before}{serial}")?;
            before = ",";
        }
        if self.minus.is_empty() {
            Ok(())
        } else {
            f.write_str("}")
        }
    }
}

impl fmt::Debug for PlateMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

from_str!(PlateMask, MaskError);
crate::text::serde_text!(PlateMask, "a plate mask such as \"DD[AB]LD\"");
