//! Bitmaps: a plain one for what is only asked by place, and one that also finds its k-th set bit.
//!
//! [`RankedBits`] keeps a Fenwick tree of popcounts over blocks of 512 bits. Setting, clearing and
//! finding the bit of a rank cost O(log n), whatever was set or cleared before, and the tree adds
//! one bit to every sixteen.

const WORD: usize = 64;
const BLOCK_WORDS: usize = 8;

/// How many words hold `bits` bits.
pub(crate) fn words_for(bits: usize) -> usize {
    bits.div_ceil(WORD)
}

/// A bitmap without ranks.
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

    pub(crate) fn count(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
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

/// A bitmap that finds the set bit of a rank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RankedBits {
    words: Vec<u64>,
    /// Fenwick tree, one-based: `tree[0]` is unused.
    tree: Vec<u32>,
    count: u64,
}

impl RankedBits {
    pub(crate) fn get(&self, place: usize) -> bool {
        self.words[place / WORD] >> (place % WORD) & 1 == 1
    }

    /// Sets or clears a bit; tells whether that changed it.
    pub(crate) fn put(&mut self, place: usize, value: bool) -> bool {
        let word = &mut self.words[place / WORD];
        let mask = 1 << (place % WORD);
        if (*word & mask != 0) == value {
            return false;
        }
        *word ^= mask;
        let mut node = place / (WORD * BLOCK_WORDS) + 1;
        if value {
            self.count += 1;
        } else {
            self.count -= 1;
        }
        while let Some(sum) = self.tree.get_mut(node) {
            if value {
                *sum += 1;
            } else {
                *sum -= 1;
            }
            node += node & node.wrapping_neg();
        }
        true
    }

    /// How many bits are set.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The place of the set bit with `rank` set bits before it.
    pub(crate) fn select(&self, rank: u64) -> Option<usize> {
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
        for (index, word) in self.words.iter().enumerate().skip(first) {
            let ones = word.count_ones();
            if rest < ones {
                return Some(index * WORD + select_in_word(*word, rest));
            }
            rest -= ones;
        }
        None
    }

    /// Makes room for words before the one at `at`. Costs O(n): it happens when a segment opens.
    pub(crate) fn insert(&mut self, at: usize, words: &[u64]) {
        self.words.splice(at..at, words.iter().copied());
        self.recount();
    }

    fn recount(&mut self) {
        let blocks = self.words.len().div_ceil(BLOCK_WORDS);
        self.tree.clear();
        self.tree.resize(blocks + 1, 0);
        self.count = 0;
        for (block, words) in self.words.chunks(BLOCK_WORDS).enumerate() {
            let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
            self.count += u64::from(ones);
            self.tree[block + 1] += ones;
            let sum = self.tree[block + 1];
            let parent = (block + 1) + ((block + 1) & (block + 1).wrapping_neg());
            if let Some(parent) = self.tree.get_mut(parent) {
                *parent += sum;
            }
        }
    }

    /// The places of the set bits, ascending.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> {
        ones(&self.words)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>() + self.tree.capacity() * size_of::<u32>()
    }
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

    fn ranked(words: &[u64]) -> RankedBits {
        let mut bits = RankedBits::default();
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
            let mut bits = ranked(&words);
            let mut naive: Vec<bool> = (0..words.len() * WORD).map(|place| bits.get(place)).collect();
            for (place, value) in flips {
                let place = place.index(naive.len());
                prop_assert_eq!(bits.put(place, value), naive[place] != value);
                naive[place] = value;
            }
            let set: Vec<_> = (0..naive.len()).filter(|place| naive[*place]).collect();
            prop_assert_eq!(bits.count(), set.len() as u64);
            prop_assert_eq!(bits.ones().collect::<Vec<_>>(), set.clone());
            for (rank, place) in set.iter().enumerate() {
                prop_assert_eq!(bits.select(rank as u64), Some(*place));
            }
            prop_assert_eq!(bits.select(set.len() as u64), None);
        }

        #[test]
        fn room_made_in_the_middle_moves_what_follows(
            words in prop::collection::vec(any::<u64>(), 1..40),
            at in any::<prop::sample::Index>(),
            more in prop::collection::vec(any::<u64>(), 0..20),
        ) {
            let at = at.index(words.len() + 1);
            let mut bits = ranked(&words);
            bits.insert(at, &more);
            let mut whole = words;
            whole.splice(at..at, more);
            prop_assert_eq!(bits, ranked(&whole));
        }
    }

    #[test]
    fn an_empty_bitmap_has_no_ranks() {
        assert_eq!(RankedBits::default().select(0), None);
        assert_eq!(ranked(&[0; 9]).select(0), None);
    }
}
