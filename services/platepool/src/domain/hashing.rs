//! Hashing of ids and numbers that nobody outside can choose freely: UUIDs of this platform's own
//! making, and plate keys. One multiplication a word.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by id.
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A set of ids.
pub(crate) type IdSet<K> = HashSet<K, BuildHasherDefault<IdHasher>>;

/// Hashes words by multiplying.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

impl IdHasher {
    fn word(&mut self, word: u64) {
        // 2⁶⁴ divided by the golden ratio, and odd.
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    fn write_i64(&mut self, word: i64) {
        self.word(word.cast_unsigned());
    }

    fn write_usize(&mut self, _length: usize) {
        // The lengths of what is hashed here are all the same.
    }

    fn finish(&self) -> u64 {
        // The best bits of a product are its high ones, and tables look at the low ones first.
        self.0 ^ self.0 >> 32
    }
}
