//! The log's input, result and set. The first two are protobuf, so that rows of any year can be read
//! by any later program: numbers of fields are never used again, and what a program of today does not
//! write any more it still reads. [`set`] is a form of its own, as narrow as it goes.
//!
//! What other columns of the row hold is not repeated, and instants count from the row's own: small
//! numbers take few bytes.

mod input;
mod passed;
mod result;
mod set;

pub(crate) use input::{channel, channel_word};
pub(crate) use passed::{
    command_bytes, command_from, outcome_bytes, outcome_from, set_bytes, set_from,
};

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use xuanhao_chassis::db;
use xuanhao_vocabulary::{PlateClass, PlateKey};

use crate::domain::command::{Command, SetRules};
use crate::domain::hold::Part;
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
    pub(crate) epoch: i32,
    pub(crate) seq: i32,
    pub(crate) kind: String,
    pub(crate) application: Option<uuid::Uuid>,
    pub(crate) op_no: i64,
    pub(crate) outcome: String,
    pub(crate) input: Vec<u8>,
    pub(crate) result: Vec<u8>,
    pub(crate) held: Vec<u8>,
}

/// Byte strings one after the other, so that a batch takes one piece of memory for each column.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Strings {
    fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// All of them, in their order.
    pub(crate) fn slices(&self) -> Vec<&[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins
            .zip(&self.ends)
            .map(|(begin, end)| &self.bytes[begin..*end])
            .collect()
    }
}

/// What rows take in their columns.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    pub(crate) kind: Vec<&'static str>,
    pub(crate) outcome: Vec<&'static str>,
    pub(crate) input: Strings,
    pub(crate) result: Strings,
    pub(crate) held: Strings,
}

impl Encoded {
    /// Adds a row.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let at = entry.decided_at;
        let (kind, input) = input::of(&entry.command, at);
        let (outcome, mut result) = result::of(&entry.outcome, at);
        if let Outcome::Held { until } = entry.outcome
            && entry.set.until(part(kind)) == Some(until)
        {
            result.leave_until_to_the_set();
        }
        self.kind.push(kind);
        self.outcome.push(outcome);
        self.input.add(|bytes| append(&input, bytes));
        self.result.add(|bytes| append(&result, bytes));
        self.held.add(|bytes| set::write(&entry.set, at, bytes));
    }
}

fn append(message: &impl Message, bytes: &mut Vec<u8>) {
    message.encode(bytes).expect("a vector grows");
}

/// The part of the set that an operation of that kind makes or restarts, if it holds something.
fn part(kind: &str) -> Part {
    if kind == "keep" {
        Part::Basket
    } else {
        Part::Column
    }
}

/// The kind of row that a command makes.
pub(crate) fn kind(command: &Command) -> &'static str {
    input::kind(command)
}

/// The word for an outcome.
pub(crate) fn outcome(outcome: &Outcome) -> &'static str {
    result::word(outcome)
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
            epoch: unsigned(self.epoch.into())?,
            seq: unsigned(self.seq.into())?,
        };
        let at = self.decided_at.to_jiff();
        let input = input::Input::decode(&*self.input).map_err(|_| Malformed("input"))?;
        let result = result::Result::decode(&*self.result).map_err(|_| Malformed("result"))?;
        let set = set::read(&self.held, at)?;
        let (application, op_no) = (self.application.map(ApplicationId), unsigned(self.op_no)?);
        Ok(Entry {
            key,
            decided_at: at,
            command: input.command(&self.kind, application, op_no, at)?,
            outcome: result.outcome(&self.outcome, at, set.until(part(&self.kind)))?,
            op_no,
            set,
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
