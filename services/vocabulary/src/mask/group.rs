//! The serials of a mask in groups that differ in the last character only: what is true of two
//! million serials is found out for some hundred thousand groups.

use super::part::Part;
use super::{CharSet, PlateMask};
use crate::plate::Serial;

/// Serials of a mask that differ in the last character only, next to one another in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SerialGroup {
    first: Serial,
    last: CharSet,
}

impl SerialGroup {
    /// The characters that they share: all but the last, in ASCII.
    pub fn head(&self) -> &[u8] {
        let bytes = self.first.bytes();
        &bytes[..bytes.len() - 1]
    }

    /// The characters that they end with, each serial with one of them. May be empty, where all are
    /// taken out.
    pub fn last(&self) -> CharSet {
        self.last
    }
}

impl PlateMask {
    /// Its serials in groups, in the order of their ranks.
    pub fn groups(&self) -> impl Iterator<Item = SerialGroup> + '_ {
        let whole = self.whole();
        let (mut rank, mut minus) = (0, self.minus.iter().copied().peekable());
        std::iter::from_fn(move || {
            if rank >= whole {
                return None;
            }
            let first = self.unrank_whole(rank)?;
            let all = self.last_from(rank);
            let (begin, mut last) = (rank, all);
            rank += all.len();
            while let Some(taken) = minus.next_if(|taken| *taken < rank) {
                let out = all.unrank(taken - begin).map(CharSet::of_index);
                last = last.without(out.unwrap_or_default());
            }
            Some(SerialGroup { first, last })
        })
    }

    /// The last characters of the serials from that rank on that differ in nothing else.
    fn last_from(&self, rank: u32) -> CharSet {
        match self.parts.last() {
            Some(Part::Set(set)) => *set,
            Some(part @ Part::Run(run)) => {
                let value = run.low + rank % part.count();
                let highest = (value / 10 * 10 + 9).min(run.high);
                let digits =
                    (value % 10..=highest % 10).map(|digit| CharSet::of_index(digit as u8));
                digits.fold(CharSet::EMPTY, |set, digit| set | digit)
            }
            None => CharSet::EMPTY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_all_serials_in_order() {
        for text in [
            "A00DD",
            "DDA0L",
            "A 0001..9999",
            "LB0 1..7D",
            "C0 017..423",
            "[AB]0DD[19Z] -{A0009,A001Z,B0229}",
            "A 017..023 D -{A0170,A0171}",
            "D0000 -{00000}",
            "[ADF]000DD",
        ] {
            let mask = PlateMask::parse(text).unwrap();
            let serials = mask.groups().flat_map(|group| {
                let head = String::from_utf8(group.head().to_vec()).unwrap();
                group.last().iter().map(move |last| format!("{head}{last}"))
            });
            let serials: Vec<_> = serials.collect();
            let expected: Vec<_> = mask.iter().map(|serial| serial.to_string()).collect();
            assert_eq!(serials, expected, "{text}");
        }
    }
}
