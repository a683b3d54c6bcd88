//! From a command to its row: the checks every operation passes, and the writing down.
//!
//! | checked, in this order | else |
//! |---|---|
//! | its number is the last one recorded: a repeat is answered from the row | `OtherRequest`, `RefusedForEver` |
//! | its number is above it (P3) | `NumberUsed` |
//! | the application is open (P9) | `Closed` |
//! | it came in time (P3) | `TooLate` |
//! | the application has no number yet | `HasAllocation` |
//! | what the operation itself needs | see its module |

use jiff::{SignedDuration, Timestamp};
use xuanhao_vocabulary::PlateKey;

use super::{State, later};
use crate::domain::command::{Channel, Command, Input, Operation, Resolve};
use crate::domain::draw::Days;
use crate::domain::error::Error;
use crate::domain::hold::{HoldSet, Part};
use crate::domain::ids::{ApplicationId, RowKey, VehicleKey};
use crate::domain::record::{Record, Recorded};
use crate::domain::rows::{
    AllocationRow, Answer, EndingRow, Entry, Fact, News, Outcome, ReturnRow, SegmentRow,
};

/// What came of a command, in memory.
#[derive(Debug)]
pub(crate) enum Executed {
    /// It wrote this.
    Row(Box<Written>),
    /// It was answered without a row.
    Answered(Answer),
}

/// The rows of one command.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) entry: Entry,
    pub(crate) allocations: Vec<AllocationRow>,
    pub(crate) endings: Vec<EndingRow>,
    pub(crate) returns: Vec<ReturnRow>,
    pub(crate) segments: Vec<SegmentRow>,
    pub(crate) facts: Vec<Fact>,
}

/// What an operation comes to, before it is written down.
pub(super) struct Step {
    pub(super) outcome: Outcome,
    pub(super) allocated: Option<(PlateKey, VehicleKey)>,
}

impl Step {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            allocated: None,
        }
    }

    pub(super) fn allocated(plate: PlateKey, vehicle: VehicleKey) -> Self {
        Self {
            outcome: Outcome::Allocated { plate },
            allocated: Some((plate, vehicle)),
        }
    }
}

/// A column or basket with less left is not worth showing again (P6).
const SHORTEST_SHOWN: SignedDuration = SignedDuration::from_secs(30);

impl State {
    /// Carries a command out at the instant of the last [`State::begin`], to be written as `key`.
    /// An error leaves the memory as it was.
    pub(crate) fn execute(
        &mut self,
        key: RowKey,
        command: &Command,
        days: &Days,
    ) -> Result<Executed, Error> {
        let executed = self.dispatch(key, command, days)?;
        if let Executed::Row(_) = executed {
            self.last_decided_at = self.clock;
        }
        Ok(executed)
    }

    fn dispatch(&mut self, key: RowKey, command: &Command, days: &Days) -> Result<Executed, Error> {
        match command {
            Command::Operate(operation) => self.operate(key, command, operation, days),
            Command::Resolve(resolve) => self.resolve(key, command, *resolve),
            Command::Close(application) => Ok(self.close(key, command, *application)),
            Command::Release(release) => self.release(key, command, release),
            Command::Withdraw(withdraw) => self.withdraw(key, command, withdraw),
            Command::Import(import) => self.import(key, command, import),
            Command::SetRules(set) => self.set_rules(key, command, set),
            Command::Lapse(lapse) => self.lapse(key, command, *lapse),
            Command::Return(back) => self.bring_back(key, command, *back),
            Command::Withhold(withhold) => self.withhold_numbers(key, command, withhold),
            Command::EndWithholding(end) => self.end_withholding(key, command, end),
        }
    }

    fn operate(
        &mut self,
        key: RowKey,
        command: &Command,
        operation: &Operation,
        days: &Days,
    ) -> Result<Executed, Error> {
        if let Some(answer) = self.check(operation)? {
            return Ok(Executed::Answered(answer));
        }
        let application = operation.application;
        let step = match &operation.input {
            Input::Draw(draw) => self.draw(application, operation.op_no, draw, days)?,
            Input::Keep(keep) => self.keep(application, keep)?,
            Input::Compose(compose) => self.compose(application, compose)?,
            Input::Confirm(confirm) => self.confirm(application, confirm)?,
            Input::Choose(choose) => self.choose(application, choose)?,
            Input::GiveUp => self.give_up(application),
        };
        let mut written = self.write(key, command, application, operation.op_no, step.outcome);
        if let Some((plate, vehicle)) = step.allocated {
            self.record_mut(application).allocation = Some(plate);
            let (application, vehicle) = (Some(application), Some(vehicle));
            let channel = operation.channel;
            written.allocations.push(AllocationRow {
                key,
                plate,
                application,
                vehicle,
                channel,
            });
            let application = operation.application;
            written.facts.push(Fact {
                key,
                news: News::PlateAllocated { plate, application },
            });
        }
        Ok(Executed::Row(Box::new(written)))
    }

    /// What every operation has to pass. An answer means that it is a repeat.
    fn check(&self, operation: &Operation) -> Result<Option<Answer>, Error> {
        let fresh = Record::default();
        let record = self.record(operation.application).unwrap_or(&fresh);
        if operation.op_no == 0 {
            return Err(Error::OutOfRange { field: "op_no" });
        }
        if !matches!(operation.channel, Channel::Internet | Channel::Window) {
            return Err(Error::OutOfRange { field: "channel" });
        }
        if let Some(last) = record
            .last
            .as_ref()
            .filter(|_| operation.op_no == record.op_no)
        {
            return match last.request_hash {
                Some(hash) if hash == operation.request_hash => {
                    Ok(Some(Answer::Recorded(last.receipt.clone())))
                }
                Some(_) => Err(Error::OtherRequest),
                None => Err(Error::RefusedForEver),
            };
        }
        if operation.op_no <= record.op_no {
            return Err(Error::NumberUsed { last: record.op_no });
        }
        if record.closed {
            return Err(Error::Closed);
        }
        if operation.not_after <= self.clock {
            return Err(Error::TooLate);
        }
        if operation.not_after > later(self.clock, self.limits.longest_not_after) {
            return Err(Error::OutOfRange { field: "not_after" });
        }
        match record.allocation {
            Some(plate) => Err(Error::HasAllocation { plate }),
            None => Ok(None),
        }
    }

    /// P6: never executes. Tells the recorded outcome, or makes sure that there will be none.
    fn resolve(
        &mut self,
        key: RowKey,
        command: &Command,
        resolve: Resolve,
    ) -> Result<Executed, Error> {
        let (application, op_no) = (resolve.application, resolve.op_no);
        if op_no == 0 {
            return Err(Error::OutOfRange { field: "op_no" });
        }
        let fresh = Record::default();
        let record = self.record(application).unwrap_or(&fresh);
        if op_no > record.op_no && !record.closed {
            let written = self.write(key, command, application, op_no, Outcome::Refused);
            return Ok(Executed::Row(Box::new(written)));
        }
        let Some(last) = record.last.as_ref().filter(|_| op_no == record.op_no) else {
            return Ok(Executed::Answered(Answer::NeverExecuted));
        };
        let too_short = |part| {
            let shown_until = record.live.until(part).unwrap_or(self.clock);
            shown_until < later(self.clock, SHORTEST_SHOWN)
        };
        if !last.product.is_some_and(too_short) {
            return Ok(Executed::Answered(Answer::Recorded(last.receipt.clone())));
        }
        for part in Part::ALL
            .into_iter()
            .filter(|part| too_short(*part))
            .collect::<Vec<_>>()
        {
            self.let_part_go(application, part);
        }
        let written = self.write(key, command, application, op_no, Outcome::Dropped);
        Ok(Executed::Row(Box::new(written)))
    }

    /// Whether a resolve can only be answered from a row that is not the application's last one.
    pub(crate) fn needs_old_row(&self, resolve: Resolve) -> bool {
        let Some(record) = self.record(resolve.application) else {
            return false;
        };
        let is_last = |last: &Recorded| last.receipt.op_no == resolve.op_no;
        (1..=record.op_no).contains(&resolve.op_no) && !record.last.as_ref().is_some_and(is_last)
    }

    /// P9: refuses all later operations and names any allocation.
    fn close(&mut self, key: RowKey, command: &Command, application: ApplicationId) -> Executed {
        let fresh = Record::default();
        let record = self.record(application).unwrap_or(&fresh);
        if record.closed {
            return Executed::Answered(Answer::Standing(record.standing()));
        }
        let (op_no, allocation) = (record.op_no, record.allocation);
        self.let_all_go(application);
        let outcome = Outcome::Closed { allocation };
        Executed::Row(Box::new(self.write(
            key,
            command,
            application,
            op_no,
            outcome,
        )))
    }

    /// Where an application stands.
    pub(crate) fn look(&self, application: ApplicationId) -> Answer {
        let record = self.record(application);
        Answer::Standing(
            record
                .map(Record::standing)
                .unwrap_or_else(|| Record::default().standing()),
        )
    }

    /// Lets a part of the set go. Its numbers are free at once: the row that says so is written
    /// whatever happens, and before any row that grants them again (E7).
    pub(super) fn let_part_go(&mut self, application: ApplicationId, part: Part) {
        let taken = self.take_part(application, part);
        self.wind_timers(application);
        self.free_all(taken.plates());
    }

    /// Lets the whole set go; see [`Self::let_part_go`].
    pub(super) fn let_all_go(&mut self, application: ApplicationId) {
        Part::ALL
            .into_iter()
            .for_each(|part| self.let_part_go(application, part));
    }

    /// Allocates a number and ends the application's set with it (P7). The set's other numbers are
    /// free only when time moves on: a unique key may yet refuse the allocation, and then the set
    /// lives on.
    pub(super) fn allocate(&mut self, application: ApplicationId, plate: PlateKey) {
        let others = self
            .live(application)
            .plates()
            .filter(|other| *other != plate)
            .collect();
        self.put_set(application, HoldSet::default());
        self.let_go.push((application, others));
        if let Some((pool, place)) = self.place_mut(plate) {
            pool.set_free(place, false);
            pool.set_allocated(place, true);
        }
    }

    /// Writes down what became of an application, and remembers it.
    fn write(
        &mut self,
        key: RowKey,
        command: &Command,
        application: ApplicationId,
        op_no: u64,
        outcome: Outcome,
    ) -> Written {
        let set = self.live(application);
        let written = self.written(key, command, op_no, outcome, set);
        self.record_mut(application).follow(&written.entry);
        written
    }

    /// A row and nothing else, for commands that concern no application's set.
    pub(super) fn written(
        &self,
        key: RowKey,
        command: &Command,
        op_no: u64,
        outcome: Outcome,
        set: HoldSet,
    ) -> Written {
        let decided_at: Timestamp = self.clock;
        let entry = Entry {
            key,
            decided_at,
            command: command.clone(),
            outcome,
            op_no,
            set,
        };
        let (allocations, endings, returns) = (Vec::new(), Vec::new(), Vec::new());
        Written {
            entry,
            allocations,
            endings,
            returns,
            segments: Vec::new(),
            facts: Vec::new(),
        }
    }
}
