//! The 34 characters of a serial and sets of them.

use std::fmt;
use std::ops::{BitAnd, BitOr};

/// In the order of their ASCII codes, so that numbers of serials sort as their texts do.
pub(crate) const ALPHABET: &[u8; 34] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Whether a byte is one of the 24 letters: A to Z without I and O.
pub(crate) fn is_letter(byte: u8) -> bool {
    byte.is_ascii_uppercase() && byte != b'I' && byte != b'O'
}

/// The index of a character in [`ALPHABET`].
pub(crate) fn index(byte: u8) -> Option<u8> {
    let index = INDEX[usize::from(byte)];
    (index != NONE).then_some(index)
}

const NONE: u8 = u8::MAX;

static INDEX: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut place = 0;
    while place < ALPHABET.len() {
        table[ALPHABET[place] as usize] = place as u8;
        place += 1;
    }
    table
};

/// A set of characters that may stand at a position of a serial.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct CharSet(u64);

impl CharSet {
    /// No character.
    pub const EMPTY: Self = Self(0);
    /// The ten digits: `D` in a mask.
    pub const DIGITS: Self = Self((1 << 10) - 1);
    /// The 24 letters: `L` in a mask.
    pub const LETTERS: Self = Self(((1 << 34) - 1) & !Self::DIGITS.0);
    /// All 34 characters.
    pub const ALL: Self = Self((1 << 34) - 1);
    /// The letters of battery-electric cars: ABCDE.
    pub const BATTERY: Self = Self(((1 << 5) - 1) << 10);
    /// The energy letters of new-energy plates: ABCDE battery-electric, FGHJK not purely so.
    pub const ENERGY: Self = Self(((1 << 10) - 1) << 10);

    /// The set of one character, or none if it never stands in a serial.
    pub fn of(character: char) -> Self {
        let index = u8::try_from(character).ok().and_then(index);
        index.map_or(Self::EMPTY, |index| Self(1 << index))
    }

    pub(crate) fn of_index(index: u8) -> Self {
        Self(1 << index)
    }

    /// Whether a character is in the set.
    pub fn contains(self, character: char) -> bool {
        self.0 & Self::of(character).0 != 0
    }

    /// How many characters are in the set.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether no character is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every character of this set is in the other.
    pub fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The characters of this set that are not in the other.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The characters, digits first, both ascending.
    pub fn iter(self) -> impl Iterator<Item = char> {
        self.indices()
            .map(|index| char::from(ALPHABET[usize::from(index)]))
    }

    pub(crate) fn indices(self) -> impl Iterator<Item = u8> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let index = (rest != 0).then(|| rest.trailing_zeros() as u8)?;
            rest &= rest - 1;
            Some(index)
        })
    }

    /// How many members come before the character of this index, if it is a member itself.
    pub(crate) fn rank(self, index: u8) -> Option<u32> {
        (self.0 >> index & 1 == 1).then(|| (self.0 & ((1 << index) - 1)).count_ones())
    }

    /// The index of the member that has `rank` members before it.
    pub(crate) fn unrank(self, rank: u32) -> Option<u8> {
        if rank >= self.len() {
            return None;
        }
        // Most sets are runs of the alphabet, such as the digits.
        let first = self.0.trailing_zeros();
        let mut rest = self.0;
        let index = if self.is_run() {
            first + rank
        } else {
            (0..rank).for_each(|_| rest &= rest - 1);
            rest.trailing_zeros()
        };
        u8::try_from(index).ok()
    }

    fn is_run(self) -> bool {
        let run = self.0 >> self.0.trailing_zeros().min(63);
        run & (run + 1) == 0
    }

    /// For each member of another set, ascending from the lowest bit, whether it is in this one.
    pub fn pattern(self, of: Self) -> u64 {
        if of.is_run() {
            return (self.0 & of.0) >> of.0.trailing_zeros().min(63);
        }
        let members = of.indices().enumerate();
        members.fold(0, |bits, (place, index)| {
            bits | (self.0 >> index & 1) << place
        })
    }
}

impl BitOr for CharSet {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for CharSet {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Display for CharSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|c| fmt::Write::write_char(f, c))
    }
}

impl fmt::Debug for CharSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_character_is_its_place_in_the_alphabet() {
        for byte in u8::MIN..=u8::MAX {
            let place = ALPHABET.iter().position(|c| *c == byte);
            assert_eq!(index(byte).map(usize::from), place, "{byte}");
            assert_eq!(
                is_letter(byte),
                place.is_some_and(|place| place >= 10),
                "{byte}"
            );
        }
    }

    #[test]
    fn the_named_sets_hold_what_they_say() {
        assert_eq!(CharSet::DIGITS.to_string(), "0123456789");
        assert_eq!(CharSet::LETTERS.to_string(), "ABCDEFGHJKLMNPQRSTUVWXYZ");
        assert_eq!(CharSet::ENERGY.to_string(), "ABCDEFGHJK");
        assert_eq!(CharSet::BATTERY.to_string(), "ABCDE");
        assert_eq!(CharSet::ALL, CharSet::DIGITS | CharSet::LETTERS);
    }

    #[test]
    fn a_pattern_tells_of_each_member() {
        let few = CharSet::of('3') | CharSet::of('B') | CharSet::of('Z');
        assert_eq!(CharSet::DIGITS.pattern(few), 0b001);
        assert_eq!(few.pattern(CharSet::DIGITS), 0b1000);
        assert_eq!(few.pattern(CharSet::LETTERS), 1 << 23 | 0b10);
        assert_eq!(few.pattern(CharSet::EMPTY), 0);
        assert_eq!(CharSet::EMPTY.pattern(CharSet::ALL), 0);
        assert_eq!(CharSet::ALL.pattern(few), 0b111);
    }

    #[test]
    fn rank_and_unrank_are_inverse() {
        let set = CharSet::of('3') | CharSet::of('B') | CharSet::of('Z');
        for (rank, index) in (0..).zip(set.indices()) {
            assert_eq!(set.rank(index), Some(rank));
            assert_eq!(set.unrank(rank), Some(index));
        }
        assert_eq!(set.unrank(3), None);
        assert_eq!(set.unrank(40), None);
        assert_eq!(set.rank(0), None);
    }
}
