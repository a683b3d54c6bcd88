//! An application as selection leads it: one operation at a time, repeated or resolved until it is
//! known what came of it.

use jiff::{SignedDuration, Timestamp};
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{
    Channel, Choose, Command, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, Input, Keep, OnHit,
    Operation, Request, Resolve,
};
use xuanhao_platepool::domain::hold::HoldSet;
use xuanhao_platepool::domain::ids::{ApplicationId, RequestHash, VehicleKey};
use xuanhao_platepool::domain::rows::{Answer, Outcome};
use xuanhao_vocabulary::{PlateClass, PlateKey};

use super::chance::Chance;

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) application: ApplicationId,
    vehicle: VehicleKey,
    op_no: u64,
    /// What it was last told it holds.
    set: HoldSet,
    pending: Option<Pending>,
    pub(crate) allocation: Option<PlateKey>,
    closing: bool,
}

#[derive(Debug, Clone)]
enum Pending {
    Operation(Operation),
    Resolving(u64),
}

impl Client {
    pub(crate) fn new(application: ApplicationId, vehicle: VehicleKey) -> Self {
        let set = HoldSet::default();
        Self {
            application,
            vehicle,
            op_no: 0,
            set,
            pending: None,
            allocation: None,
            closing: false,
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.pending.is_none() && !self.closing
    }

    /// What it asks next, and which operation that is about.
    pub(crate) fn ask(
        &mut self,
        chance: &mut Chance,
        now: Timestamp,
        numbers: &[PlateKey],
    ) -> Option<Request> {
        if self.closing || (self.is_idle() && chance.percent(1)) {
            self.closing = true;
            return Some(Request::Command(Command::Close(self.application)));
        }
        let command = match &mut self.pending {
            None if self.allocation.is_some() => return None,
            None => {
                self.op_no += 1;
                let input = self.input(chance, numbers);
                let hash = RequestHash([u8::try_from(self.op_no % 251).unwrap(); 16]);
                let operation = Operation {
                    application: self.application,
                    op_no: self.op_no,
                    not_after: now + SignedDuration::from_secs(20),
                    request_hash: hash,
                    channel: if self.op_no.is_multiple_of(5) {
                        Channel::Window
                    } else {
                        Channel::Internet
                    },
                    input,
                };
                self.pending = Some(Pending::Operation(operation.clone()));
                Command::Operate(operation)
            }
            Some(_) if chance.percent(50) => return None,
            Some(Pending::Operation(operation)) if chance.percent(70) => {
                Command::Operate(operation.clone())
            }
            Some(pending) => {
                let op_no = match pending {
                    Pending::Operation(operation) => operation.op_no,
                    Pending::Resolving(op_no) => *op_no,
                };
                *pending = Pending::Resolving(op_no);
                Command::Resolve(Resolve {
                    application: self.application,
                    op_no,
                })
            }
        };
        Some(Request::Command(command))
    }

    fn input(&self, chance: &mut Chance, numbers: &[PlateKey]) -> Input {
        let column = self
            .set
            .column
            .as_ref()
            .map_or(&[][..], |column| &column.plates);
        let held: Vec<_> = self.set.plates().collect();
        let ttl = |chance: &mut Chance| SignedDuration::from_secs(20 + chance.below(60) as i64);
        match chance.below(12) {
            0..=2 if !column.is_empty() => {
                let plate = *chance.pick(column).unwrap();
                Input::Keep(Keep {
                    plate,
                    basket_ttl: ttl(chance),
                })
            }
            3 if !held.is_empty() => Input::Confirm(Confirm {
                plate: *chance.pick(&held).unwrap(),
                vehicle: self.vehicle,
                from: ConfirmFrom::ColumnOrBasket,
            }),
            4 | 5 => {
                let wishes = (0..3).map(|_| *chance.pick(numbers).unwrap()).collect();
                let hold = chance.percent(30);
                let ttl = ttl(chance);
                let on_hit = if hold {
                    OnHit::Hold { ttl }
                } else {
                    OnHit::Allocate(self.vehicle)
                };
                Input::Compose(Compose {
                    wishes,
                    energy: None,
                    on_hit,
                })
            }
            6 => Input::GiveUp,
            7 if !held.is_empty() => Input::Choose(Choose {
                plate: *chance.pick(&held).unwrap(),
                ttl: ttl(chance),
            }),
            _ => Input::Draw(Draw {
                class: PlateClass::Small,
                count: 1 + u32::try_from(chance.below(6)).unwrap(),
                from: if chance.percent(30) {
                    DrawFrom::WithoutFour
                } else {
                    DrawFrom::Any
                },
                energy: None,
                column_ttl: ttl(chance),
                basket_ttl: ttl(chance),
            }),
        }
    }

    /// It is told something about an operation of its own.
    pub(crate) fn hear(&mut self, about: u64, told: &Result<Answer, Error>) {
        let current = about == self.op_no && self.pending.is_some();
        match told {
            Ok(Answer::Recorded(receipt)) => {
                if let Outcome::Closed { allocation } = receipt.outcome {
                    self.allocation = allocation;
                }
                if let Outcome::Allocated { plate } = receipt.outcome {
                    self.allocation = Some(plate);
                }
                if current {
                    self.set = receipt.set.clone();
                    self.pending = None;
                }
            }
            Ok(Answer::NeverExecuted) if current => self.pending = None,
            Ok(_) | Err(Error::Overloaded { .. } | Error::NotOwner | Error::OutcomeUnknown) => {}
            Err(Error::HasAllocation { plate }) => {
                self.allocation = Some(*plate);
                self.end_uncharged(current);
            }
            // Too late, used or refused says that this request is over, not that an earlier one was
            // not carried out.
            Err(
                Error::TooLate
                | Error::NumberUsed { .. }
                | Error::RefusedForEver
                | Error::Closed
                | Error::OtherRequest,
            ) if current => self.pending = Some(Pending::Resolving(about)),
            Err(_) => self.end_uncharged(current),
        }
    }

    fn end_uncharged(&mut self, current: bool) {
        if current && matches!(self.pending, Some(Pending::Operation(_))) {
            self.pending = None;
        }
    }

    /// Selection was told by staff that the number lapsed.
    pub(crate) fn lapsed(&mut self) {
        self.allocation = None;
    }
}

/// The operation a request is about.
pub(crate) fn about(request: &Request) -> Option<(ApplicationId, u64)> {
    match request {
        Request::Command(Command::Operate(operation)) => {
            Some((operation.application, operation.op_no))
        }
        Request::Command(Command::Resolve(resolve)) => Some((resolve.application, resolve.op_no)),
        _ => None,
    }
}
