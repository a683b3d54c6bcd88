//! Bitmaps, and the ranks of their set bits.
//!
//! [`Ranks`] is a Fenwick tree of popcounts over blocks of 512 bits. Counting a bit in or out and
//! finding the bit of a rank cost O(log n), whatever was set or cleared before, and a tree adds one
//! bit to every sixteen. The bits themselves stand elsewhere: several trees may count those of one
//! bitmap under one mask each.

use std::ops::Range;

const WORD: usize = 64;
const BLOCK_WORDS: usize = 8;

/// How many words hold `bits` bits.
pub(crate) fn words_for(bits: usize) -> usize {
    bits.div_ceil(WORD)
}

/// A bitmap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    pub(crate) fn get(&self, place: usize) -> bool {
        self.words[place / WORD] >> (place % WORD) & 1 == 1
    }

    /// Sets or clears a bit; tells whether that changed it.
    pub(crate) fn put(&mut self, place: usize, value: bool) -> bool {
        let word = &mut self.words[place / WORD];
        let mask = 1 << (place % WORD);
        let before = *word & mask != 0;
        if value {
            *word |= mask;
        } else {
            *word &= !mask;
        }
        before != value
    }

    /// Makes room for words before the one at `at`.
    pub(crate) fn insert(&mut self, at: usize, words: &[u64]) {
        self.words.splice(at..at, words.iter().copied());
    }

    /// How many words it has.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn word(&self, at: usize) -> u64 {
        self.words[at]
    }

    /// Replaces the words from the one at `at` on.
    pub(crate) fn replace(&mut self, at: usize, words: &[u64]) {
        self.words[at..at + words.len()].copy_from_slice(words);
    }

    /// The words that hold these places.
    pub(crate) fn words(&self, places: Range<usize>) -> &[u64] {
        &self.words[places.start / WORD..words_for(places.end)]
    }

    pub(crate) fn count(&self) -> u64 {
        count(&self.words)
    }

    /// How many bits are set here and there.
    pub(crate) fn count_common(&self, other: &Self) -> u64 {
        let both = self.words.iter().zip(&other.words);
        both.map(|(one, other)| u64::from((one & other).count_ones()))
            .sum()
    }

    /// The places of the set bits, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> {
        ones(&self.words)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

/// How many bits are set, block by block. The words come from the caller, the same at each call but
/// for what was counted in and out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranks {
    /// Fenwick tree, one-based: `tree[0]` is unused.
    tree: Vec<u32>,
    count: u64,
}

impl Default for Ranks {
    fn default() -> Self {
        let (tree, count) = (vec![0], 0);
        Self { tree, count }
    }
}

impl Ranks {
    /// Counts the bit at a place in, which has been set, or out.
    pub(crate) fn put(&mut self, place: usize, value: bool) {
        let one = if value { 1 } else { u32::MAX };
        self.count = if value {
            self.count + 1
        } else {
            self.count - 1
        };
        let mut node = place / (WORD * BLOCK_WORDS) + 1;
        while let Some(sum) = self.tree.get_mut(node) {
            *sum = sum.wrapping_add(one);
            node += node & node.wrapping_neg();
        }
    }

    /// How many bits are set.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The place of the set bit with `rank` set bits before it.
    pub(crate) fn select(&self, rank: u64, word_at: impl Fn(usize) -> u64) -> Option<usize> {
        if rank >= self.count {
            return None;
        }
        let mut rest = u32::try_from(rank).ok()?;
        let mut block = 0;
        let mut step = self.tree.len().next_power_of_two() / 2;
        while step > 0 {
            if let Some(sum) = self.tree.get(block + step)
                && *sum <= rest
            {
                block += step;
                rest -= sum;
            }
            step /= 2;
        }
        let first = block * BLOCK_WORDS;
        for index in first..first + BLOCK_WORDS {
            let word = word_at(index);
            let ones = word.count_ones();
            if rest < ones {
                return Some(index * WORD + select_in_word(word, rest));
            }
            rest -= ones;
        }
        None
    }

    /// Counts again from the word at `at` on, which is the first that changed, up to `words` in all.
    pub(crate) fn recount(&mut self, at: usize, words: usize, word_at: impl Fn(usize) -> u64) {
        // Nodes of the blocks before it stay as they are; each later one adds its block to the
        // nodes below it.
        let first = at / BLOCK_WORDS;
        self.tree.truncate(first + 1);
        for begin in (first * BLOCK_WORDS..words).step_by(BLOCK_WORDS) {
            let node = self.tree.len();
            let block = begin..words.min(begin + BLOCK_WORDS);
            let mut sum: u32 = block.map(|index| word_at(index).count_ones()).sum();
            let (mut below, before) = (node - 1, node & (node - 1));
            while below > before {
                sum += self.tree[below];
                below &= below - 1;
            }
            self.tree.push(sum);
        }
        let (mut node, mut count) = (self.tree.len() - 1, 0);
        while node > 0 {
            count += u64::from(self.tree[node]);
            node &= node - 1;
        }
        self.count = count;
    }

    pub(crate) fn bytes(&self) -> usize {
        self.tree.capacity() * size_of::<u32>()
    }
}

/// Writes bits one behind the other.
#[derive(Debug)]
pub(crate) struct BitWriter {
    words: Vec<u64>,
    at: usize,
}

impl BitWriter {
    /// Room for so many words, all zero.
    pub(crate) fn new(words: usize) -> Self {
        Self {
            words: vec![0; words],
            at: 0,
        }
    }

    /// Writes the lowest `length` bits, of at most 34.
    pub(crate) fn push(&mut self, bits: u64, length: u32) {
        let (word, offset) = (self.at / WORD, self.at % WORD);
        self.at += length as usize;
        self.words[word] |= bits << offset;
        if offset + length as usize > WORD {
            self.words[word + 1] |= bits >> (WORD - offset);
        }
    }

    pub(crate) fn into_words(self) -> Vec<u64> {
        self.words
    }
}

/// Words whose first bits are set, so many.
pub(crate) fn filled(bits: usize) -> Vec<u64> {
    let mut words = vec![u64::MAX; words_for(bits)];
    let rest = bits % WORD;
    if let Some(last) = words.last_mut().filter(|_| rest > 0) {
        *last = (1 << rest) - 1;
    }
    words
}

/// How many bits are set in words.
pub(crate) fn count(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

fn ones(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(index, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(index * WORD + bit)
        })
    })
}

fn select_in_word(word: u64, rank: u32) -> usize {
    let (mut word, mut rank, mut place) = (word, rank, 0);
    for width in [32, 16, 8, 4, 2, 1] {
        let low = word & ((1 << width) - 1);
        let ones = low.count_ones();
        if rank < ones {
            word = low;
        } else {
            rank -= ones;
            word >>= width;
            place += width;
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ranks(bits: &Bits) -> Ranks {
        let mut ranks = Ranks::default();
        ranks.recount(0, bits.len(), |at| bits.word(at));
        ranks
    }

    fn bits(words: &[u64]) -> Bits {
        let mut bits = Bits::default();
        bits.insert(0, words);
        bits
    }

    #[test]
    fn every_bit_of_a_word_is_found_by_its_rank() {
        for word in [1, u64::MAX, 0x8000_0000_0000_0001, 0xA5A5_5A5A_0F0F_1234] {
            let places: Vec<_> = ones(&[word]).collect();
            for (rank, place) in places.iter().enumerate() {
                assert_eq!(select_in_word(word, u32::try_from(rank).unwrap()), *place);
            }
        }
    }

    proptest! {
        #[test]
        fn ranks_agree_with_a_list_of_set_bits(
            words in prop::collection::vec(prop_oneof![Just(0), Just(u64::MAX), any::<u64>()], 1..60),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..200),
        ) {
            let mut bits = bits(&words);
            let mut ranks = ranks(&bits);
            let mut naive: Vec<bool> = (0..words.len() * WORD).map(|place| bits.get(place)).collect();
            for (place, value) in flips {
                let place = place.index(naive.len());
                let changed = bits.put(place, value);
                prop_assert_eq!(changed, naive[place] != value);
                if changed {
                    ranks.put(place, value);
                }
                naive[place] = value;
            }
            let set: Vec<_> = (0..naive.len()).filter(|place| naive[*place]).collect();
            prop_assert_eq!((bits.count(), ranks.count()), (set.len() as u64, set.len() as u64));
            prop_assert_eq!(bits.ones().collect::<Vec<_>>(), set.clone());
            for (rank, place) in set.iter().enumerate() {
                prop_assert_eq!(ranks.select(rank as u64, |at| bits.word(at)), Some(*place));
            }
            prop_assert_eq!(ranks.select(set.len() as u64, |at| bits.word(at)), None);
        }

        #[test]
        fn room_made_in_the_middle_moves_what_follows(
            words in prop::collection::vec(any::<u64>(), 1..40),
            at in any::<prop::sample::Index>(),
            more in prop::collection::vec(any::<u64>(), 0..20),
        ) {
            let at = at.index(words.len() + 1);
            let mut moved = bits(&words);
            let mut counted = ranks(&moved);
            moved.insert(at, &more);
            counted.recount(at, moved.len(), |at| moved.word(at));
            let mut whole = words;
            whole.splice(at..at, more);
            let whole = bits(&whole);
            prop_assert_eq!(counted, ranks(&whole));
            prop_assert_eq!(moved, whole);
        }
    }

    #[test]
    fn bits_are_written_across_words() {
        let mut writer = BitWriter::new(4);
        for at in 0..20_u64 {
            writer.push(at % 4 + 1, 10);
        }
        let words = writer.into_words();
        let written: Vec<_> = ones(&words).collect();
        let expected = (0..20).flat_map(|at| {
            ones(&[at % 4 + 1])
                .map(move |bit| bit + 10 * at as usize)
                .collect::<Vec<_>>()
        });
        assert_eq!(written, expected.collect::<Vec<_>>());
        for bits in [0, 1, 63, 64, 65, 128] {
            assert_eq!(
                ones(&filled(bits)).collect::<Vec<_>>(),
                (0..bits).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn an_empty_bitmap_has_no_ranks() {
        assert_eq!(Ranks::default().select(0, |_| u64::MAX), None);
        assert_eq!(ranks(&bits(&[0; 9])).select(0, |_| 0), None);
    }
}
