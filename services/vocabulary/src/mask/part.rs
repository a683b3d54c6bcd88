//! The parts of a mask: sets of characters and runs of numbers.

use std::fmt;

use crate::plate::symbol::{ALPHABET, CharSet, index};
use crate::text::number;

/// One position with a set of characters, or several that read as a number.
///
/// Runs are irreducible: their bounds differ in the first digit, and do not go from 0…0 to 9…9 in
/// the last ones. [`Part::from_bounds`] splits others, so that a mask has one representation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Set(CharSet),
    Run(Run),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) low: u32,
    pub(super) high: u32,
    pub(super) positions: u8,
}

impl Run {
    /// The digits of the two bounds at an index from the left.
    pub(super) fn bounds_at(self, index: usize) -> (u8, u8) {
        let scale = 10_u32.pow(u32::from(self.positions) - 1 - index as u32);
        (
            (self.low / scale % 10) as u8,
            (self.high / scale % 10) as u8,
        )
    }
}

impl Part {
    /// The parts that a run between two bounds comes to. Both are digits, equally many, ascending.
    pub(super) fn from_bounds(low: &[u8], high: &[u8]) -> Vec<Part> {
        let same = low
            .iter()
            .zip(high)
            .take_while(|(low, high)| low == high)
            .count();
        let (head, low) = low.split_at(same);
        let high = &high[same..];
        let free = low
            .iter()
            .zip(high)
            .rev()
            .take_while(|(l, h)| (**l, **h) == (b'0', b'9'));
        let free = free.count();
        let (low, high) = (&low[..low.len() - free], &high[..high.len() - free]);

        let mut parts: Vec<_> = head.iter().map(|digit| Part::literal(*digit)).collect();
        match (low, high) {
            ([], []) => {}
            ([low], [high]) => parts.push(Part::Set(
                (*low..=*high)
                    .map(|digit| CharSet::of(char::from(digit)))
                    .fold(CharSet::EMPTY, |a, b| a | b),
            )),
            _ => parts.push(Part::Run(Run {
                low: number(low),
                high: number(high),
                positions: low.len() as u8,
            })),
        }
        parts.extend(std::iter::repeat_n(Part::Set(CharSet::DIGITS), free));
        parts
    }

    pub(super) fn literal(byte: u8) -> Self {
        Self::Set(CharSet::of(char::from(byte)))
    }

    pub(super) fn is_run(&self) -> bool {
        matches!(self, Self::Run(_))
    }

    pub(super) fn positions(&self) -> usize {
        match self {
            Self::Set(_) => 1,
            Self::Run(run) => usize::from(run.positions),
        }
    }

    /// The characters that may stand at one of its positions, at the most.
    pub(super) fn widest(&self) -> CharSet {
        match self {
            Self::Set(set) => *set,
            Self::Run(_) => CharSet::DIGITS,
        }
    }

    pub(super) fn count(&self) -> u32 {
        match self {
            Self::Set(set) => set.len(),
            Self::Run(run) => run.high - run.low + 1,
        }
    }

    /// The rank of what stands in its positions, if it allows that.
    pub(super) fn read(&self, places: &[u8]) -> Option<u32> {
        match self {
            Self::Set(set) => places.first().and_then(|byte| set.rank(index(*byte)?)),
            Self::Run(run) => {
                let value = places
                    .iter()
                    .all(u8::is_ascii_digit)
                    .then(|| number(places))?;
                (run.low..=run.high)
                    .contains(&value)
                    .then(|| value - run.low)
            }
        }
    }

    /// Writes what has this rank into its positions. The rank is below the count.
    pub(super) fn write(&self, rank: u32, places: &mut [u8]) {
        match self {
            Self::Set(set) => {
                if let Some(index) = set.unrank(rank) {
                    places[0] = ALPHABET[usize::from(index)];
                }
            }
            Self::Run(run) => {
                let mut value = run.low + rank;
                for place in places.iter_mut().rev() {
                    *place = ALPHABET[(value % 10) as usize];
                    value /= 10;
                }
            }
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(CharSet::DIGITS) => f.write_str("D"),
            Self::Set(CharSet::LETTERS) => f.write_str("L"),
            Self::Set(set) => match set.iter().next() {
                Some(only) if set.len() == 1 && only != 'D' && only != 'L' => write!(f, "{only}"),
                _ => write!(f, "[{set}]"),
            },
            Self::Run(run) => {
                let width = usize::from(run.positions);
                write!(f, "{:0width$}..{:0width$}", run.low, run.high)
            }
        }
    }
}
