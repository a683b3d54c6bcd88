//! Replaying the log: the state of any day, and every draw of it, from the rows and the revealed
//! keys (E6, E9).
//!
//! At each `decided_at`, what is void or due by then is settled first; then the rows apply by
//! (epoch, seq). Numbers that an allocating row let go are free from the next `decided_at` on; all
//! others at once. Each row is carried out again from its full input, and must come to the outcome
//! and the set that it records.
//!
//! A log is replayed from its first row ([`Replay::new`]), or followed by a memory that was built
//! from the rows of an earlier moment ([`Replay::resume`]): so a successor takes an office over with
//! little left to read.
//!
//! ```text
//! successor                                  old writer
//! read the rows in one snapshot ─▶ Restore       │ decides
//! resume, reveal each day                        │
//! again: rows after decided_until ─▶ apply       │
//!                                                │ lets go
//! raise the epoch (E3)
//! rows after decided_until ─▶ apply
//! finish(epoch, now) ─▶ Engine::restore
//! ```

use super::command::Command;
use super::draw::{Day, Days};
use super::error::Error;
use super::ids::RowKey;
use super::limits::Limits;
use super::rows::{Entry, Outcome};
use super::state::{Executed, Office, Restore, State};

use jiff::{SignedDuration, Timestamp};

/// A log being replayed.
#[derive(Debug)]
pub struct Replay {
    state: State,
    days: Days,
    last: Option<(RowKey, Timestamp)>,
    /// Whether the state knows all of the log before. If not, it may lack the history of any
    /// application that holds nothing.
    from_first_row: bool,
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
            from_first_row: true,
        }
    }

    /// Goes on from a memory that [`Restore`] built, with the rows that came after those it was
    /// built from: all with a later `decided_at` than [`Replay::decided_until`].
    ///
    /// Such a memory should be built for the instant of its last row: one that is ahead of the log's
    /// clock has let holds end that the writer still saw, and cannot follow.
    pub fn resume(state: State) -> Self {
        Self {
            state,
            days: Days::default(),
            last: None,
            from_first_row: false,
        }
    }

    /// The instant of the last row carried out; of the last one known before, if there was none.
    pub fn decided_until(&self) -> Timestamp {
        self.state.last_decided_at()
    }

    /// A day's key and public value, to be given before the day's first draw.
    pub fn reveal(&mut self, day: Day) -> Result<(), Error> {
        self.days.open(day)
    }

    /// Carries the next row out again. After a mismatch the replay is of no use any more.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        let key = entry.key;
        let (in_order, same_instant) = match self.last {
            Some((last, at)) => (key > last && entry.decided_at >= at, entry.decided_at == at),
            None => (
                self.from_first_row
                    || entry.decided_at > self.decided_until()
                        && entry.decided_at >= self.state.settled_until(),
                false,
            ),
        };
        if !in_order {
            return Err(Mismatch::OutOfOrder { key });
        }
        if !same_instant {
            self.state.begin(entry.decided_at);
        }
        self.last = Some((key, entry.decided_at));
        let stranger = !self.from_first_row && self.state.is_of_stranger(entry);
        if stranger && self.state.note(entry) {
            return Ok(());
        }
        let executed = match entry.command {
            Command::Lapse(lapse) if stranger => {
                self.state.introduce(lapse);
                let executed = self.state.execute(key, &entry.command, &self.days);
                self.state.part_with(lapse);
                executed
            }
            _ => self.state.execute(key, &entry.command, &self.days),
        };
        match executed {
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

    /// The memory of a writer whose epoch was raised to `epoch` before the last rows were read
    /// (E3), with what is due by `at`, the database's time, settled.
    pub fn finish(self, epoch: u64, at: Timestamp) -> State {
        let mut state = self.state_at(at);
        state.serve_as(epoch);
        state
    }
}
