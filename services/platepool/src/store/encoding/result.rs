//! What came of it.

use jiff::Timestamp;

use super::{Malformed, instant, key, keys};
use crate::domain::rows::Outcome;

/// The outcome of a row. Which parts are there, its word tells.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Result {
    /// Only read: an instant by itself.
    #[prost(int64, tag = "1")]
    until_us: i64,
    /// 0 is no number.
    #[prost(sfixed64, tag = "2")]
    plate: i64,
    #[prost(uint64, tag = "3")]
    numbers: u64,
    #[prost(uint64, tag = "4")]
    known: u64,
    #[prost(sfixed64, repeated, tag = "5")]
    held: Vec<i64>,
    /// Counted from the row's instant; absent where it is that of the set.
    #[prost(int64, optional, tag = "6")]
    until_in_us: Option<i64>,
}

/// The word for an outcome.
pub(super) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Held { .. } => "held",
        Outcome::Allocated { .. } => "allocated",
        Outcome::AllMissed => "all_missed",
        Outcome::GivenUp => "given_up",
        Outcome::Refused => "refused",
        Outcome::Dropped => "dropped",
        Outcome::Closed { .. } => "closed",
        Outcome::Released { .. } => "released",
        Outcome::Imported { .. } => "imported",
        Outcome::RulesSet => "rules_set",
        Outcome::Lapsed => "lapsed",
        Outcome::Returning => "returning",
        Outcome::Withdrawn => "withdrawn",
        Outcome::Withheld { .. } => "withheld",
    }
}

/// The word for an outcome and what it needs beside its columns, the instant of the row among them.
pub(super) fn of(outcome: &Outcome, at: Timestamp) -> (&'static str, Result) {
    let mut result = Result::default();
    match outcome {
        Outcome::Held { until } => {
            result.until_in_us = Some(until.as_microsecond() - at.as_microsecond());
        }
        Outcome::Allocated { plate } => result.plate = plate.get(),
        Outcome::Closed { allocation } => {
            result.plate = allocation.map_or(0, |plate| plate.get());
        }
        Outcome::Released { numbers } | Outcome::Withheld { numbers } => {
            result.numbers = *numbers;
        }
        Outcome::Imported { taken, known, held } => {
            (result.numbers, result.known) = (*taken, *known);
            result.held = held.iter().map(|plate| plate.get()).collect();
        }
        Outcome::AllMissed
        | Outcome::GivenUp
        | Outcome::Refused
        | Outcome::Dropped
        | Outcome::RulesSet
        | Outcome::Lapsed
        | Outcome::Returning
        | Outcome::Withdrawn => {}
    }
    (word(outcome), result)
}

impl Result {
    /// The set tells until when the numbers are held.
    pub(super) fn leave_until_to_the_set(&mut self) {
        self.until_in_us = None;
    }

    /// The outcome of that word, of a row of that instant, whose operation holds numbers so long.
    pub(super) fn outcome(
        self,
        word: &str,
        at: Timestamp,
        held_until: Option<Timestamp>,
    ) -> std::result::Result<Outcome, Malformed> {
        Ok(match word {
            "held" => Outcome::Held {
                until: match (self.until_in_us, self.until_us) {
                    (Some(after), _) => instant(at.as_microsecond().wrapping_add(after))?,
                    (None, 0) => held_until.ok_or(Malformed("set"))?,
                    (None, until) => instant(until)?,
                },
            },
            "allocated" => Outcome::Allocated {
                plate: key(self.plate)?,
            },
            "all_missed" => Outcome::AllMissed,
            "given_up" => Outcome::GivenUp,
            "refused" => Outcome::Refused,
            "dropped" => Outcome::Dropped,
            "closed" if self.plate == 0 => Outcome::Closed { allocation: None },
            "closed" => Outcome::Closed {
                allocation: Some(key(self.plate)?),
            },
            "released" => Outcome::Released {
                numbers: self.numbers,
            },
            "imported" => {
                let (taken, known) = (self.numbers, self.known);
                Outcome::Imported {
                    taken,
                    known,
                    held: keys(&self.held)?,
                }
            }
            "rules_set" => Outcome::RulesSet,
            "lapsed" => Outcome::Lapsed,
            "returning" => Outcome::Returning,
            "withdrawn" => Outcome::Withdrawn,
            "withheld" => Outcome::Withheld {
                numbers: self.numbers,
            },
            _ => return Err(Malformed("outcome")),
        })
    }
}
