//! Following the log from a memory that does not know every application.
//!
//! A memory built from rows knows all that is held, but not the history of every application that
//! holds nothing. Of such a stranger's rows,
//!
//! | row | is |
//! |---|---|
//! | an operation | carried out: it was one of an open application without a number, so the record it leaves is whole |
//! | a resolve, a closing | noted: it ended no hold, and changes nothing but the stranger's history |
//! | the end of an allocation | carried out for the number's sake; the stranger stays one |
//!
//! A stranger's history is read when somebody asks for it, as ever.

use jiff::Timestamp;

use super::State;
use crate::domain::command::{Command, Lapse};
use crate::domain::rows::{Entry, Outcome};

impl State {
    /// The instant of the latest row.
    pub fn last_decided_at(&self) -> Timestamp {
        self.last_decided_at
    }

    /// Goes on under an epoch of its own.
    pub(crate) fn serve_as(&mut self, epoch: u64) {
        self.epoch = epoch;
    }

    /// Whether the row is of an application about which nothing is known.
    pub(crate) fn is_of_stranger(&self, entry: &Entry) -> bool {
        let application = entry.command.application();
        application.is_some_and(|application| !self.knows(application))
    }

    /// Notes the row of a stranger that changes nothing but its history; false if it is another.
    pub(crate) fn note(&mut self, entry: &Entry) -> bool {
        let is_history = matches!(
            (&entry.command, &entry.outcome),
            (Command::Resolve(_), Outcome::Refused | Outcome::Dropped)
                | (Command::Close(_), Outcome::Closed { .. })
        );
        let changes_nothing = is_history && entry.set.is_empty();
        if changes_nothing {
            self.last_decided_at = self.clock;
        }
        changes_nothing
    }

    /// Gives a stranger the number whose life is about to end.
    pub(crate) fn introduce(&mut self, lapse: Lapse) {
        if let Some(application) = lapse.application {
            self.record_mut(application).allocation = Some(lapse.plate);
        }
    }

    /// Makes a stranger of an application again.
    pub(crate) fn part_with(&mut self, lapse: Lapse) {
        if let Some(application) = lapse.application {
            self.applications.remove(&application);
        }
    }
}
