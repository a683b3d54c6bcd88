//! The life of a review: evidence wanted, waiting for an officer, decided; or dropped because its
//! claim ended first.

use jiff::{Timestamp, ToSpan as _};
use xuanhao_chassis::clock::{civil_day, start_of_day};
use xuanhao_chassis::ids::{Id, Kind};
use xuanhao_vocabulary::WorkingDays;
use xuanhao_vocabulary::workday::Calendar;

/// Marks the id of a review.
#[derive(Debug)]
pub enum Review {}

impl Kind for Review {
    const NAME: &'static str = "Review";
}

/// The id of a review.
pub type ReviewId = Id<Review>;

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The citizen is asked for evidence.
    EvidenceWanted,
    /// An officer is to decide.
    Waiting,
    /// The suspicion was unfounded.
    Cleared,
    /// It was founded.
    Confirmed,
    /// Its claim ended first.
    Dropped,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::EvidenceWanted,
        Self::Waiting,
        Self::Cleared,
        Self::Confirmed,
        Self::Dropped,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EvidenceWanted => "evidence_wanted",
            Self::Waiting => "waiting",
            Self::Cleared => "cleared",
            Self::Confirmed => "confirmed",
            Self::Dropped => "dropped",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether evidence and a decision may still come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::EvidenceWanted | Self::Waiting)
    }
}

/// When an officer has to have decided: at the end of the last of `days` working days after the
/// evidence. Of a year whose holidays nobody has announced, weekends alone are taken to be free: an
/// officer's own term must not wait for a calendar.
pub fn due_at(evidence: Timestamp, days: WorkingDays) -> Timestamp {
    let from = civil_day(evidence);
    let last = Calendar::national()
        .deadline_after(from, days)
        .unwrap_or_else(|_| {
            let mut day = from;
            let mut left = days.get();
            while left > 0 {
                day = day.saturating_add(1.day());
                left -= u16::from(day.weekday().to_monday_one_offset() <= 5);
            }
            day
        });
    start_of_day(last.saturating_add(1.day())).unwrap_or(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(at: &str) -> String {
        due_at(at.parse().unwrap(), WorkingDays::new(1).unwrap()).to_string()
    }

    /// The review is due within one working day of the evidence; weekends do not count.
    #[test]
    fn a_review_is_due_at_the_end_of_the_next_working_day() {
        // A Monday and a Friday in Shanghai.
        assert_eq!(due("2026-11-23T02:00:00Z"), "2026-11-24T16:00:00Z");
        assert_eq!(due("2026-11-27T02:00:00Z"), "2026-11-30T16:00:00Z");
        // Nobody has announced that year's holidays.
        assert_eq!(due("2099-11-20T02:00:00Z"), "2099-11-23T16:00:00Z");
    }

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(state));
        }
        assert!(State::Waiting.is_open() && !State::Dropped.is_open());
    }
}
