//! Taking back what a command did in memory, when a unique key refused its row.
//!
//! Only allocations and endings can be refused so. Nothing that was decided after them in the same
//! batch rests on them: draws come first, no number is touched twice, and the numbers they let go
//! are not free yet.

use xuanhao_vocabulary::PlateKey;

use super::State;
use crate::domain::command::{Command, Lapse};
use crate::domain::ids::ApplicationId;
use crate::domain::record::Record;
use crate::domain::rows::Outcome;
use crate::domain::state::Written;

/// What is needed to take a command back.
#[derive(Debug)]
pub(crate) enum Undo {
    /// Nothing can be taken back; if the row was refused, the memory is wrong.
    Impossible,
    /// An allocation to an application.
    Allocation {
        application: ApplicationId,
        before: Box<Record>,
        plate: PlateKey,
    },
    /// The end of an allocation.
    Ending(Lapse),
}

impl State {
    /// What the application's record is before a command is carried out, if the command may have to
    /// be taken back.
    pub(crate) fn before(&self, command: &Command) -> Option<(ApplicationId, Record)> {
        let application = command.owner_of_allocation()?;
        Some((
            application,
            self.record(application).cloned().unwrap_or_default(),
        ))
    }

    /// How to take back what was just done.
    pub(crate) fn undo_of(before: Option<(ApplicationId, Record)>, written: &Written) -> Undo {
        match (&written.entry.command, &written.entry.outcome, before) {
            (Command::Lapse(lapse), ..) => Undo::Ending(*lapse),
            (_, Outcome::Allocated { plate }, Some((application, before))) => Undo::Allocation {
                application,
                before: Box::new(before),
                plate: *plate,
            },
            _ => Undo::Impossible,
        }
    }

    /// Takes an allocation back: the application holds again what it held. If the number itself was
    /// refused, somebody else has it, and it stays allocated.
    pub(crate) fn undo_allocation(
        &mut self,
        application: ApplicationId,
        before: Record,
        plate: PlateKey,
        plate_is_taken: PlateIs,
    ) {
        self.let_go.retain(|(other, _)| *other != application);
        let live = before.live.clone();
        let held = live.plates().any(|other| other == plate);
        *self.record_mut(application) = Record {
            live: Default::default(),
            ..before
        };
        self.put_set(application, live);
        if plate_is_taken == PlateIs::NotTaken
            && let Some((pool, place)) = self.place_mut(plate)
        {
            pool.set_allocated(place, false);
            pool.set_free(place, !held);
        }
    }

    /// Takes the end of an allocation back.
    pub(crate) fn undo_ending(&mut self, lapse: Lapse) {
        self.away.remove(&lapse.plate);
        self.take(lapse.plate);
        if let Some(application) = lapse.application {
            self.record_mut(application).allocation = Some(lapse.plate);
        }
    }
}

/// Whether the number of a refused allocation is somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlateIs {
    /// Another live allocation has it.
    Taken,
    /// The application or the vehicle was the reason.
    NotTaken,
}

impl Command {
    /// The application that the command may allocate a number to.
    fn owner_of_allocation(&self) -> Option<ApplicationId> {
        match self {
            Self::Operate(operation) if operation.input.claims() => Some(operation.application),
            _ => None,
        }
    }
}
