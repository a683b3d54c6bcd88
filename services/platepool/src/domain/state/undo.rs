//! Taking back what a command did in memory, when a unique key refused its row.
//!
//! Only allocations to applications and endings can be refused so. Nothing that was decided after
//! them in the same batch rests on them: draws come first, no number is touched twice, and the
//! numbers they let go are not free yet.

use jiff::Timestamp;
use xuanhao_vocabulary::PlateKey;

use super::{Due, State};
use crate::domain::command::{Command, Lapse, Return};
use crate::domain::ids::{ApplicationId, WithholdingId};
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
    /// The end of a withholding.
    Withholding(Withheld),
}

/// What an application or a withholding was before a command.
#[derive(Debug)]
pub(crate) enum Before {
    Record(ApplicationId, Box<Record>),
    Withheld(Withheld),
}

/// The numbers of a withholding, and until when each was drawn only.
#[derive(Debug)]
pub(crate) struct Withheld {
    id: WithholdingId,
    numbers: Vec<(PlateKey, Option<Timestamp>)>,
}

impl State {
    /// What has to be known of the time before a command to take it back.
    pub(crate) fn before(&self, command: &Command) -> Option<Before> {
        if let Command::EndWithholding(end) = command {
            let drawn_only = |back: &Return| {
                let until = self.random_only.get(&back.plate).copied();
                (back.plate, until)
            };
            return Some(Before::Withheld(Withheld {
                id: end.id,
                numbers: end.returns.iter().map(drawn_only).collect(),
            }));
        }
        let application = command.owner_of_allocation()?;
        let record = self.record(application).cloned().unwrap_or_default();
        Some(Before::Record(application, Box::new(record)))
    }

    /// How to take back what was just done.
    pub(crate) fn undo_of(before: Option<Before>, written: &Written) -> Undo {
        match (&written.entry.command, &written.entry.outcome, before) {
            (Command::Lapse(lapse), ..) => Undo::Ending(*lapse),
            (Command::EndWithholding(_), _, Some(Before::Withheld(withheld))) => {
                Undo::Withholding(withheld)
            }
            (_, Outcome::Allocated { plate }, Some(Before::Record(application, before))) => {
                Undo::Allocation {
                    application,
                    before,
                    plate: *plate,
                }
            }
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
        let held = before.live.plates().any(|other| other == plate);
        let record = self.record_mut(application);
        let timers = record.timers;
        *record = Record { timers, ..before };
        self.wind_timers(application);
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

    /// Takes the end of a withholding back.
    pub(crate) fn undo_end_of_withholding(&mut self, withheld: Withheld) {
        for (plate, drawn_only) in withheld.numbers {
            self.take(plate);
            self.withheld.insert(plate, withheld.id);
            match drawn_only {
                Some(until) => self.draw_only(plate, until),
                None => {
                    if let Some(until) = self.random_only.remove(&plate) {
                        self.due.remove(&(until, Due::Composable(plate)));
                    }
                    self.reopen(plate);
                }
            }
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
