//! Questions to outside systems whose answers may come late.

use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::ids::{Id, Kind};

/// Marks the id of a question.
#[derive(Debug)]
pub enum Question {}

impl Kind for Question {
    const NAME: &'static str = "Question";
}

/// The id of a question.
pub type QuestionId = Id<Question>;

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// The national vehicle registry.
    Registry,
    /// The tax bureau.
    TaxBureau,
}

impl System {
    /// The word stored and used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::TaxBureau => "tax_bureau",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Registry, Self::TaxBureau]
            .into_iter()
            .find(|system| system.as_str() == word)
    }
}

/// How long and how often an outside system is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateAnswers {
    /// Answers count within this time.
    pub within: SignedDuration,
    /// Pause before the first repetition; doubles with each.
    pub first_pause: SignedDuration,
    /// The longest pause.
    pub longest_pause: SignedDuration,
}

impl LateAnswers {
    /// When to ask again after `attempts` repetitions.
    pub fn again_at(&self, attempts: u32, now: Timestamp) -> Timestamp {
        let factor = 1_i32.checked_shl(attempts.min(16)).unwrap_or(i32::MAX);
        let pause = self.first_pause.checked_mul(factor);
        let pause = pause.unwrap_or(SignedDuration::MAX).min(self.longest_pause);
        now.checked_add(pause).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest() {
        let late = LateAnswers {
            within: SignedDuration::from_hours(72),
            first_pause: SignedDuration::from_secs(60),
            longest_pause: SignedDuration::from_secs(600),
        };
        let now = Timestamp::from_second(0).unwrap();
        let pauses = [0, 1, 2, 9, u32::MAX].map(|n| late.again_at(n, now).as_second());
        assert_eq!(pauses, [60, 120, 240, 600, 600]);
    }

    #[test]
    fn words_are_read_back() {
        for system in [System::Registry, System::TaxBureau] {
            assert_eq!(System::from_word(system.as_str()), Some(system));
        }
        assert_eq!(System::from_word("oracle"), None);
    }
}
