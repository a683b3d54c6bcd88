//! The log's input and result: protobuf, so that rows of any year can be read by any later program.
//! Numbers of fields are never used again. What other columns of the row hold is not repeated here.

mod input;
mod result;

pub(crate) use input::{channel, channel_word};

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use xuanhao_chassis::db;
use xuanhao_vocabulary::{PlateClass, PlateKey};

use crate::domain::command::{Command, SetRules};
use crate::domain::hold::{Basket, Column, HoldSet};
use crate::domain::ids::{ApplicationId, RowKey};
use crate::domain::rows::{Entry, Outcome};

/// A row of the log whose parts are of another form than the program writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its {0} is not of the form the program writes")]
pub(crate) struct Malformed(pub(super) &'static str);

/// A row of the log, as the database gives it.
#[derive(Debug, Clone)]
pub(crate) struct LogRow {
    pub(crate) decided_at: jiff_sqlx::Timestamp,
    pub(crate) epoch: i64,
    pub(crate) seq: i64,
    pub(crate) kind: String,
    pub(crate) application: Option<uuid::Uuid>,
    pub(crate) op_no: i64,
    pub(crate) outcome: String,
    pub(crate) input: Vec<u8>,
    pub(crate) result: Vec<u8>,
    pub(crate) column_plates: Option<Vec<i64>>,
    pub(crate) column_until: Option<jiff_sqlx::Timestamp>,
    pub(crate) column_chosen: Option<bool>,
    pub(crate) basket_plates: Option<Vec<i64>>,
    pub(crate) basket_until: Option<jiff_sqlx::Timestamp>,
}

/// What a command and its outcome take in their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) kind: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) input: Vec<u8>,
    pub(crate) result: Vec<u8>,
}

pub(crate) fn encode(entry: &Entry) -> Encoded {
    let (kind, input) = input::of(&entry.command);
    let (outcome, result) = result::of(&entry.outcome);
    Encoded {
        kind,
        outcome,
        input: input.encode_to_vec(),
        result: result.encode_to_vec(),
    }
}

/// The kind of row that a command makes.
pub(crate) fn kind(command: &Command) -> &'static str {
    input::of(command).0
}

/// The word for an outcome.
pub(crate) fn outcome(outcome: &Outcome) -> &'static str {
    result::of(outcome).0
}

/// Rules, stored as the input of the row that put them in force.
///
/// # Errors
/// When they cannot be read.
pub(crate) fn rules(stored: &[u8]) -> Result<SetRules, db::Error> {
    let input =
        input::Input::decode(stored).map_err(|source| db::Error::corrupt("rules", source))?;
    input
        .rules()
        .map_err(|malformed| db::Error::corrupt("rules", malformed))
}

impl LogRow {
    /// The entry it holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn entry(self) -> Result<Entry, db::Error> {
        self.read()
            .map_err(|malformed| db::Error::corrupt("row of the log", malformed))
    }

    fn read(self) -> Result<Entry, Malformed> {
        let key = RowKey {
            epoch: unsigned(self.epoch)?,
            seq: unsigned(self.seq)?,
        };
        let input = input::Input::decode(&*self.input).map_err(|_| Malformed("input"))?;
        let result = result::Result::decode(&*self.result).map_err(|_| Malformed("result"))?;
        let (application, op_no) = (self.application.map(ApplicationId), unsigned(self.op_no)?);
        Ok(Entry {
            key,
            decided_at: self.decided_at.to_jiff(),
            command: input.command(&self.kind, application, op_no)?,
            outcome: result.outcome(&self.outcome)?,
            op_no,
            set: HoldSet {
                column: match (self.column_plates, self.column_until, self.column_chosen) {
                    (Some(plates), Some(until), Some(chosen)) => Some(Column {
                        plates: keys(&plates)?,
                        until: until.to_jiff(),
                        chosen,
                    }),
                    _ => None,
                },
                basket: match (self.basket_plates, self.basket_until) {
                    (Some(plates), Some(until)) => Some(Basket {
                        plates: keys(&plates)?,
                        until: until.to_jiff(),
                    }),
                    _ => None,
                },
            },
        })
    }
}

/// Numbers that were stored.
pub(super) fn keys(stored: &[i64]) -> Result<Vec<PlateKey>, Malformed> {
    stored.iter().map(|stored| key(*stored)).collect()
}

pub(super) fn key(stored: i64) -> Result<PlateKey, Malformed> {
    PlateKey::try_from(stored).map_err(|_| Malformed("number"))
}

fn unsigned(stored: i64) -> Result<u64, Malformed> {
    u64::try_from(stored).map_err(|_| Malformed("count"))
}

fn class_number(class: PlateClass) -> u32 {
    match class {
        PlateClass::Large => 1,
        PlateClass::Small => 2,
        PlateClass::NevLarge => 51,
        PlateClass::NevSmall => 52,
    }
}

fn class(number: u32) -> Result<PlateClass, Malformed> {
    PlateClass::ALL
        .into_iter()
        .find(|class| class_number(*class) == number)
        .ok_or(Malformed("class"))
}

fn instant(micros: i64) -> Result<Timestamp, Malformed> {
    Timestamp::from_microsecond(micros).map_err(|_| Malformed("instant"))
}

/// The door takes whole seconds, so nothing is lost.
fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn bytes<const N: usize>(stored: &[u8], what: &'static str) -> Result<[u8; N], Malformed> {
    stored.try_into().map_err(|_| Malformed(what))
}

#[cfg(test)]
mod tests;
