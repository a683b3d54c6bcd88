//! What each citizen is going to do and when, fixed before the clock starts.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use xuanhao_vocabulary::PlateMask;

/// The numbers of the batch: 2 digits, A or B, a letter, a digit.
pub(super) const MASK: &str = "DD[AB]LD";
/// The letters of the eighteen numbers that everybody wants: `66A_8` and `88A_6`.
const LUCKY_LETTERS: &str = "ABCDEFGHJ";
/// Wishes in a round at most (R-SEL-05).
const WISHES: usize = 5;
/// Rounds of composing before one draws instead.
const COMPOSE_ROUNDS: usize = 2;
/// Draws at most (R-RND-01).
const DRAWS: u8 = 5;

/// How people behave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// The mean of the time after the opening at which somebody comes.
    pub(super) arrival: Duration,
    /// Nobody comes later than this.
    pub(super) last_arrival: Duration,
    /// What part comes early, within `early_by` before the opening.
    pub(super) early: f64,
    /// See `early`.
    pub(super) early_by: Duration,
    /// What part composes; the others draw.
    pub(super) composing: f64,
    /// What part of the wishes is for a lucky number.
    pub(super) lucky: f64,
    /// What part leaves in between.
    pub(super) leaving: f64,
    /// The mean of the time one thinks about an answer.
    pub(super) thinking: Duration,
}

/// What one citizen is going to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Script {
    /// When, before the opening when negative, in seconds.
    pub(super) arrival_s: f64,
    /// Wishes to be tried, round by round; none for one who draws.
    pub(super) wishes: Vec<Vec<String>>,
    /// Draws unless something is found before.
    pub(super) draws: u8,
    /// Which number of a column is kept.
    pub(super) pick: usize,
    /// Leaves after so many answers.
    pub(super) leaves_after: Option<usize>,
    /// How long each answer is thought about, as often as there are answers.
    pub(super) thinking: Vec<Duration>,
}

/// The scripts of all citizens; the same for the same seed.
#[must_use]
pub(super) fn write(count: usize, code: &str, manners: &Manners, seed: u64) -> Vec<Script> {
    let mut random = StdRng::seed_from_u64(seed);
    let mask = PlateMask::parse(MASK).expect("it is well-formed");
    let mut draw = Draw {
        random: &mut random,
        mask: &mask,
        code,
        manners,
    };
    (0..count).map(|_| draw.script()).collect()
}

/// Every lucky number of an issuing code.
pub(super) fn lucky(code: &str) -> impl Iterator<Item = String> {
    let pairs = [("66A", '8'), ("88A", '6')];
    pairs.into_iter().flat_map(move |(head, tail)| {
        LUCKY_LETTERS
            .chars()
            .map(move |letter| format!("{code}{head}{letter}{tail}"))
    })
}

struct Draw<'a> {
    random: &'a mut StdRng,
    mask: &'a PlateMask,
    code: &'a str,
    manners: &'a Manners,
}

impl Draw<'_> {
    fn script(&mut self) -> Script {
        let manners = self.manners;
        let arrival_s = if self.random.random_bool(manners.early) {
            -self
                .random
                .random_range(0.0..manners.early_by.as_secs_f64())
        } else {
            self.exponential(manners.arrival, manners.last_arrival)
        };
        let wishes = if self.random.random_bool(manners.composing) {
            (0..COMPOSE_ROUNDS).map(|_| self.round()).collect()
        } else {
            Vec::new()
        };
        let draws = (1..=DRAWS)
            .find(|_| self.random.random_bool(0.5))
            .unwrap_or(DRAWS);
        // Look, a round or more, keep, confirm: whoever leaves has seen one answer at least.
        let answers = 3 + usize::from(draws);
        let leaves = self.random.random_bool(manners.leaving);
        let leaves_after = leaves.then(|| self.random.random_range(1..answers));
        let longest = manners.thinking * 4;
        Script {
            arrival_s,
            wishes,
            draws,
            pick: self.random.random_range(0..10),
            leaves_after,
            thinking: (0..16)
                .map(|_| Duration::from_secs_f64(self.exponential(manners.thinking, longest)))
                .collect(),
        }
    }

    fn round(&mut self) -> Vec<String> {
        let count = self.random.random_range(1..=WISHES);
        let mut wishes = Vec::with_capacity(count);
        while wishes.len() < count {
            let wish = self.wish();
            if !wishes.contains(&wish) {
                wishes.push(wish);
            }
        }
        wishes
    }

    fn wish(&mut self) -> String {
        if self.random.random_bool(self.manners.lucky) {
            let all: Vec<String> = lucky(self.code).collect();
            return all[self.random.random_range(0..all.len())].clone();
        }
        let rank = self.random.random_range(0..self.mask.count());
        let serial = self.mask.unrank(rank).expect("a rank within the mask");
        format!("{}{serial}", self.code)
    }

    /// Exponential seconds below `end`.
    fn exponential(&mut self, mean: Duration, end: Duration) -> f64 {
        if mean.is_zero() {
            return 0.0;
        }
        loop {
            let uniform: f64 = self.random.random_range(f64::EPSILON..1.0);
            let seconds = -uniform.ln() * mean.as_secs_f64();
            if seconds < end.as_secs_f64() {
                return seconds;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const MANNERS: Manners = Manners {
        arrival: Duration::from_secs(10),
        last_arrival: Duration::from_secs(40),
        early: 0.1,
        early_by: Duration::from_secs(5),
        composing: 0.4,
        lucky: 0.05,
        leaving: 0.3,
        thinking: Duration::from_secs(3),
    };

    #[test]
    fn eighteen_numbers_of_48_000_are_lucky() {
        let mask = PlateMask::parse(MASK).unwrap();
        assert_eq!(mask.count(), 48_000);
        let all: BTreeSet<String> = lucky("粤J").collect();
        assert_eq!(all.len(), 18);
        for number in all {
            let number = xuanhao_vocabulary::PlateNumber::parse(&number).unwrap();
            assert!(mask.contains(&number.serial()), "{number}");
        }
    }

    #[test]
    fn a_seed_writes_the_same_crowd_again_and_it_behaves_as_asked() {
        let crowd = write(4_000, "粤J", &MANNERS, 7);
        assert_eq!(crowd, write(4_000, "粤J", &MANNERS, 7));
        assert_ne!(crowd, write(4_000, "粤J", &MANNERS, 8));
        let part = |is: fn(&Script) -> bool| {
            crowd.iter().filter(|script| is(script)).count() as f64 / 4_000.0
        };
        let near =
            |found: f64, asked: f64| assert!((found - asked).abs() < 0.04, "{found} {asked}");
        near(part(|script| script.arrival_s < 0.0), 0.1);
        near(part(|script| script.leaves_after.is_some()), 0.3);
        near(part(|script| !script.wishes.is_empty()), 0.4);
        // The opening second has the most arrivals of all.
        near(part(|script| (0.0..1.0).contains(&script.arrival_s)), 0.088);
        let wishes: Vec<&String> = crowd
            .iter()
            .flat_map(|script| script.wishes.iter().flatten())
            .collect();
        let lucky: BTreeSet<String> = lucky("粤J").collect();
        let wanted = wishes.iter().filter(|wish| lucky.contains(**wish)).count();
        near(wanted as f64 / wishes.len() as f64, 0.05);
    }
}
