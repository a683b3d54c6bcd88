//! What came of it.

use super::{Malformed, instant, key, keys};
use crate::domain::rows::Outcome;

/// The outcome of a row. Which parts are there, its word tells.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Result {
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
}

/// The word for an outcome and what it needs beside its columns.
pub(super) fn of(outcome: &Outcome) -> (&'static str, Result) {
    let mut result = Result::default();
    let word = match outcome {
        Outcome::Held { until } => {
            result.until_us = until.as_microsecond();
            "held"
        }
        Outcome::Allocated { plate } => {
            result.plate = plate.get();
            "allocated"
        }
        Outcome::AllMissed => "all_missed",
        Outcome::GivenUp => "given_up",
        Outcome::Refused => "refused",
        Outcome::Dropped => "dropped",
        Outcome::Closed { allocation } => {
            result.plate = allocation.map_or(0, |plate| plate.get());
            "closed"
        }
        Outcome::Released { numbers } => {
            result.numbers = *numbers;
            "released"
        }
        Outcome::Imported { taken, known, held } => {
            (result.numbers, result.known) = (*taken, *known);
            result.held = held.iter().map(|plate| plate.get()).collect();
            "imported"
        }
        Outcome::RulesSet => "rules_set",
        Outcome::Lapsed => "lapsed",
        Outcome::Returning => "returning",
        Outcome::Withdrawn => "withdrawn",
        Outcome::Withheld { numbers } => {
            result.numbers = *numbers;
            "withheld"
        }
    };
    (word, result)
}

impl Result {
    /// The outcome of that word.
    pub(super) fn outcome(self, word: &str) -> std::result::Result<Outcome, Malformed> {
        Ok(match word {
            "held" => Outcome::Held {
                until: instant(self.until_us)?,
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
