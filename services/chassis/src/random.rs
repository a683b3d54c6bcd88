//! Randomness, injected like the clock: the operating system's source, or a seed in tests.

use std::fmt;
use std::sync::{Arc, Mutex};

use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};

/// A source of unpredictable bytes; clones share one source.
#[derive(Clone)]
pub struct SecureRandom(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl SecureRandom {
    /// The operating system's source.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A repeatable source for tests and simulations. Never use it for anything that is secret.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(
            seed,
        )))))
    }

    /// Fills `bytes`.
    ///
    /// # Panics
    /// When the operating system refuses to give randomness: nothing safe can go on without.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System => {
                SysRng
                    .try_fill_bytes(bytes)
                    .expect("the operating system gives randomness");
            }
            Source::Seeded(seeded) => {
                seeded
                    .lock()
                    .expect("filling bytes does not panic")
                    .fill_bytes(bytes);
            }
        }
    }

    /// `N` bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, every one equally likely.
    ///
    /// # Panics
    /// When `bound` is 0.
    pub fn below(&self, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below zero");
        // The largest multiple of `bound` that fits; what lies above would favour small numbers.
        let fair = u64::MAX - (u64::MAX % bound + 1) % bound;
        loop {
            let drawn = u64::from_le_bytes(self.bytes());
            if drawn <= fair {
                return drawn % bound;
            }
        }
    }

    /// `count` decimal digits, leading zeros included.
    pub fn digits(&self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b"0123456789"[self.index(10)]))
            .collect()
    }

    /// One of `items`, every one equally likely; `None` when there is none.
    pub fn pick<'a, T>(&self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() {
            None
        } else {
            items.get(self.index(items.len()))
        }
    }

    fn index(&self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("a number below a length is an index")
    }
}

impl fmt::Debug for SecureRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "SecureRandom(system)",
            Source::Seeded(_) => "SecureRandom(seeded)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_the_system_does_not() {
        let draw = |seed| SecureRandom::seeded(seed).bytes::<16>();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let system = SecureRandom::system();
        assert_ne!(system.bytes::<16>(), system.bytes::<16>());
    }

    #[test]
    fn digits_are_evenly_spread() {
        let digits = SecureRandom::seeded(1).digits(100_000);
        for digit in '0'..='9' {
            let seen = digits.chars().filter(|c| *c == digit).count();
            assert!(
                (9_500..=10_500).contains(&seen),
                "{digit} was seen {seen} times"
            );
        }
    }

    #[test]
    fn a_bound_is_never_reached() {
        let random = SecureRandom::seeded(2);
        for bound in [1, 2, 3, 10, u64::MAX] {
            for _ in 0..1_000 {
                assert!(random.below(bound) < bound);
            }
        }
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
