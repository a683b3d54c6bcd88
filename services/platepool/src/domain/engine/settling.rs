//! What the statement's outcome means for those who wait on it (E2, E3, E4).

use std::collections::BTreeMap;

use super::waiting::Waiting;
use super::{Effect, Engine, Lost};
use crate::domain::error::Error;
use crate::domain::rows::{Answer, Receipt};
use crate::domain::state::{PlateIs, State, Undo};

/// What came of the statement of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It is committed, but for the entries whose unique keys were taken. `RETURNING` tells which;
    /// a look-up of the live allocations tells the key.
    Committed {
        /// The entries that were not written.
        conflicts: Vec<Conflict>,
    },
    /// The fence counted no row: nothing was written, another epoch writes.
    Fenced,
    /// It failed, or its outcome never came.
    Unknown,
}

/// An entry that a unique key refused, with all its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The entry's seq.
    pub seq: u64,
    /// The key.
    pub on: ConflictOn,
}

/// Which unique key of the live allocations refused an entry (E8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictOn {
    /// The number has another live allocation.
    Plate,
    /// The application has one.
    Application,
    /// The vehicle has one.
    Vehicle,
    /// The allocation that was to end does not live.
    Ending,
}

/// Those who wait for the batch.
#[derive(Debug)]
pub(super) struct InFlight<T> {
    pub(super) items: Vec<Item<T>>,
    /// Refusals that may rest on this batch.
    pub(super) rowless: Vec<(Waiting<T>, Error)>,
}

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            rowless: Vec::new(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Item<T> {
    pub(super) token: T,
    pub(super) receipt: Receipt,
    pub(super) undo: Undo,
}

impl<T> InFlight<T> {
    pub(super) fn answer_rowless(self) -> impl Iterator<Item = Effect<T>> {
        let answer = |(waiting, error): (Waiting<T>, Error)| Effect::Answer {
            token: waiting.token,
            answer: Err(error),
        };
        self.rowless.into_iter().map(answer)
    }
}

impl<T> Engine<T> {
    /// Takes in what came of the statement, and answers. Without a batch in flight nothing happens.
    pub fn settle(&mut self, settled: Settled) -> Vec<Effect<T>> {
        let Some(mut in_flight) = self.in_flight.take() else {
            return Vec::new();
        };
        let (error, why) = match settled {
            Settled::Committed { conflicts } => return self.commit(in_flight, &conflicts),
            Settled::Fenced => (Error::NotOwner, Lost::Fenced),
            Settled::Unknown => (Error::OutcomeUnknown, Lost::OutcomeUnknown),
        };
        let undecided = std::mem::take(&mut in_flight.rowless).into_iter();
        self.room
            .put_back(undecided.map(|(waiting, _)| waiting).collect());
        let answer = |item: Item<T>| Effect::Answer {
            token: item.token,
            answer: Err(error.clone()),
        };
        let mut effects: Vec<_> = in_flight.items.into_iter().map(answer).collect();
        effects.extend(self.lose(why));
        effects
    }

    fn commit(&mut self, mut in_flight: InFlight<T>, conflicts: &[Conflict]) -> Vec<Effect<T>> {
        let Some(mut memory) = self.memory.take() else {
            return Vec::new();
        };
        let conflicts: BTreeMap<_, _> = conflicts
            .iter()
            .map(|conflict| (conflict.seq, conflict.on))
            .collect();
        let mut effects = Vec::with_capacity(in_flight.items.len());
        let mut contradicted = false;
        for item in std::mem::take(&mut in_flight.items) {
            let Item {
                token,
                receipt,
                undo,
            } = item;
            let answer = match conflicts.get(&receipt.key.seq) {
                None => Ok(Answer::Recorded(receipt)),
                Some(on) => Err(take_back(&mut memory, undo, *on)),
            };
            contradicted |= answer == Err(Error::OutcomeUnknown);
            effects.push(Effect::Answer { token, answer });
        }
        effects.extend(in_flight.answer_rowless());
        self.memory = Some(memory);
        if contradicted {
            effects.extend(self.lose(Lost::Contradicted));
        }
        effects
    }
}

/// Repairs the memory after a conflict, where it can be, and tells why the item failed. An unknown
/// outcome means that it cannot.
fn take_back(memory: &mut State, undo: Undo, on: ConflictOn) -> Error {
    match (undo, on) {
        (
            Undo::Allocation {
                application,
                before,
                plate,
            },
            ConflictOn::Plate,
        ) => {
            memory.undo_allocation(application, *before, plate, PlateIs::Taken);
            Error::PlateTaken
        }
        (
            Undo::Allocation {
                application,
                before,
                plate,
            },
            ConflictOn::Vehicle,
        ) => {
            memory.undo_allocation(application, *before, plate, PlateIs::NotTaken);
            Error::VehicleHasAllocation
        }
        (Undo::Ending(lapse), ConflictOn::Ending) => {
            memory.undo_ending(lapse);
            Error::NotAllocated
        }
        (Undo::Withholding(withholding), ConflictOn::Ending) => {
            memory.undo_end_of_withholding(withholding);
            Error::NotAllocated
        }
        // The memory did not know of the application's allocation, or the row is of a kind that no
        // key can refuse: it is not the function of the rows that it should be.
        _ => Error::OutcomeUnknown,
    }
}
