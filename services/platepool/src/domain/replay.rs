//! Replaying the log: the state of any day, and every draw of it, from the rows and the revealed
//! keys (E6, E9).
//!
//! At each `decided_at`, what is void or due by then is settled first; then the rows apply by
//! (epoch, seq). Numbers that an allocating row let go are free from the next `decided_at` on; all
//! others at once. Each row is carried out again from its full input, and must come to the outcome
//! and the set that it records.

use super::draw::{Day, Days};
use super::error::Error;
use super::ids::RowKey;
use super::limits::Limits;
use super::rows::{Entry, Outcome};
use super::state::{Executed, Office, Restore, State};

use jiff::{SignedDuration, Timestamp};

/// A log being replayed from its first row.
#[derive(Debug)]
pub struct Replay {
    state: State,
    days: Days,
    last: Option<(RowKey, Timestamp)>,
}

/// Where a log does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Rows go back in the log or in time (E5), or a batch has two instants.
    #[error("row {key} is out of order")]
    OutOfOrder {
        /// The row.
        key: RowKey,
    },
    /// The row cannot have come about from the rows before it.
    #[error("row {key} could not have been written")]
    Impossible {
        /// The row.
        key: RowKey,
        /// Why not; none if its command needed no row.
        #[source]
        why: Option<Error>,
    },
    /// The row came about otherwise.
    #[error("row {key} should record {expected:?}")]
    Differs {
        /// The row.
        key: RowKey,
        /// What it should record.
        expected: Box<(Outcome, super::hold::HoldSet)>,
    },
}

impl Replay {
    /// Begins before the office's first row. The limits are those the log was written under.
    pub fn new(office: Office, limits: Limits) -> Self {
        // A replay never asks for histories, so it forgets none.
        let limits = Limits {
            remember: SignedDuration::MAX,
            ..limits
        };
        let state = Restore::new(office, limits, 0, Timestamp::MIN, None).finish();
        Self {
            state,
            days: Days::default(),
            last: None,
        }
    }

    /// A day's key and public value, to be given before the day's first draw.
    pub fn reveal(&mut self, day: Day) -> Result<(), Error> {
        self.days.open(day)
    }

    /// Carries the next row out again.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        let key = entry.key;
        if let Some((last, at)) = self.last
            && (key <= last || entry.decided_at < at)
        {
            return Err(Mismatch::OutOfOrder { key });
        }
        if self.last.is_none_or(|(_, at)| entry.decided_at > at) {
            self.state.begin(entry.decided_at);
        }
        self.last = Some((key, entry.decided_at));
        match self.state.execute(key, &entry.command, &self.days) {
            Ok(Executed::Row(written)) if written.entry == *entry => Ok(()),
            Ok(Executed::Row(written)) => {
                let expected = Box::new((written.entry.outcome, written.entry.set));
                Err(Mismatch::Differs { key, expected })
            }
            Ok(Executed::Answered(_)) => Err(Mismatch::Impossible { key, why: None }),
            Err(why) => Err(Mismatch::Impossible {
                key,
                why: Some(why),
            }),
        }
    }

    /// The state after the rows so far, with what is due by `at` settled.
    pub fn state_at(mut self, at: Timestamp) -> State {
        self.state.begin(at);
        self.state
    }
}
