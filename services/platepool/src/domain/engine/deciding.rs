//! From the queue to a batch (E4).
//!
//! A batch is either one administrative command, or citizens' requests in two rounds: first those
//! whose rows no unique key can refuse, then those that claim a number. So nothing in a batch rests
//! on a row that may not come about.

use std::collections::BTreeSet;

use jiff::Timestamp;
use xuanhao_vocabulary::PlateKey;

use super::settling::{InFlight, Item};
use super::waiting::Waiting;
use super::{Effect, Engine};
use crate::domain::command::{Command, Confirm, Input, OnHit, Request};
use crate::domain::error::Error;
use crate::domain::ids::{ApplicationId, RowKey, VehicleKey};
use crate::domain::rows::{Answer, Batch};
use crate::domain::state::{Executed, State, Undo, Written};

/// In which round of a batch a request is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Its row is written with the batch, whatever happens.
    Plain,
    /// A unique key may refuse its row.
    Claim,
    /// By itself, in a batch of its own.
    Alone,
}

fn round(request: &Request) -> Round {
    match request {
        Request::Command(Command::Operate(operation)) if operation.input.claims() => Round::Claim,
        Request::Look(_)
        | Request::Command(Command::Operate(_) | Command::Resolve(_) | Command::Close(_)) => {
            Round::Plain
        }
        Request::Command(
            Command::Release(_)
            | Command::Withdraw(_)
            | Command::Withhold(_)
            | Command::EndWithholding(_)
            | Command::Import(_)
            | Command::SetRules(_)
            | Command::Lapse(_)
            | Command::Return(_),
        ) => Round::Alone,
    }
}

/// A batch as it grows.
struct Draft<T> {
    batch: Batch,
    in_flight: InFlight<T>,
    effects: Vec<Effect<T>>,
    plates: BTreeSet<PlateKey>,
    vehicles: BTreeSet<VehicleKey>,
}

impl<T> Engine<T> {
    /// Settles what is due by `now` and decides the next batch, unless one is in flight.
    pub fn decide(&mut self, now: Timestamp) -> Vec<Effect<T>> {
        if self.in_flight.is_some() {
            return Vec::new();
        }
        let Some(mut memory) = self.memory.take() else {
            return Vec::new();
        };
        let at = memory.next_instant(now);
        memory.begin(at);
        let mut draft = Draft::new(&memory, at);
        let (plain, claims) = self.pick(&memory, &mut draft.effects);
        for waiting in plain {
            self.carry_out(&mut memory, &mut draft, waiting);
        }
        let mut second = Vec::new();
        for waiting in claims {
            if draft.touches(&waiting.request) {
                second.push(waiting);
            } else {
                self.carry_out(&mut memory, &mut draft, waiting);
            }
        }
        self.room.put_back(second);
        self.memory = Some(memory);
        let Draft {
            batch,
            in_flight,
            mut effects,
            ..
        } = draft;
        if batch.entries.is_empty() {
            effects.extend(in_flight.answer_rowless());
        } else {
            self.in_flight = Some(in_flight);
            effects.push(Effect::Commit(Box::new(batch)));
        }
        effects
    }

    /// Takes from the queue what may stand in one batch. No application does twice: the second
    /// request waits, and with it all that came after it.
    fn pick(
        &mut self,
        memory: &State,
        effects: &mut Vec<Effect<T>>,
    ) -> (Vec<Waiting<T>>, Vec<Waiting<T>>) {
        let (mut plain, mut claims, mut left) = (Vec::new(), Vec::new(), Vec::new());
        let mut applications: BTreeSet<ApplicationId> = BTreeSet::new();
        let epoch = memory.epoch();
        while plain.len() + claims.len() < self.limits.batch && left.len() < self.limits.batch {
            let Some(waiting) = self.room.next() else {
                break;
            };
            if let Some(application) = waiting.request.application() {
                if !memory.knows(application) {
                    let need = self.room.wait_for_history(application, waiting);
                    effects.extend(need.map(|need| Effect::Need { epoch, need }));
                    continue;
                }
                if applications.contains(&application) {
                    left.push(waiting);
                    continue;
                }
                if let Request::Command(Command::Resolve(resolve)) = waiting.request
                    && memory.needs_old_row(resolve)
                {
                    let need = self.room.wait_for_operation(resolve, waiting);
                    effects.extend(need.map(|need| Effect::Need { epoch, need }));
                    continue;
                }
                applications.insert(application);
            }
            match round(&waiting.request) {
                Round::Plain => plain.push(waiting),
                Round::Claim => claims.push(waiting),
                Round::Alone if plain.is_empty() && claims.is_empty() => {
                    plain.push(waiting);
                    break;
                }
                Round::Alone => {
                    left.push(waiting);
                    break;
                }
            }
        }
        self.room.put_back(left);
        (plain, claims)
    }

    fn carry_out(&mut self, memory: &mut State, draft: &mut Draft<T>, waiting: Waiting<T>) {
        let command = match &waiting.request {
            Request::Look(application) => {
                let answer = Ok(memory.look(*application));
                return draft.effects.push(Effect::Answer {
                    token: waiting.token,
                    answer,
                });
            }
            Request::Command(command) => command,
        };
        let key = RowKey {
            epoch: memory.epoch(),
            seq: self.next_seq,
        };
        let before = memory.before(command);
        match memory.execute(key, command, &self.days) {
            Ok(Executed::Row(written)) => {
                self.next_seq += 1;
                let undo = State::undo_of(before, &written);
                draft.add(*written, undo, waiting.token);
            }
            Ok(Executed::Answered(answer)) => draft.answer(waiting, Ok(answer)),
            Err(error) => draft.answer(waiting, Err(error)),
        }
    }
}

impl<T> Draft<T> {
    fn new(memory: &State, at: Timestamp) -> Self {
        let batch = Batch {
            office: memory.office().id,
            epoch: memory.epoch(),
            decided_at: at,
            entries: Vec::new(),
            allocations: Vec::new(),
            endings: Vec::new(),
            returns: Vec::new(),
            segments: Vec::new(),
            facts: Vec::new(),
        };
        Self {
            batch,
            in_flight: InFlight::default(),
            effects: Vec::new(),
            plates: BTreeSet::new(),
            vehicles: BTreeSet::new(),
        }
    }

    /// Whether a claim may meet a number or a vehicle that the batch has claimed already.
    fn touches(&self, request: &Request) -> bool {
        let Request::Command(Command::Operate(operation)) = request else {
            return false;
        };
        match &operation.input {
            Input::Compose(compose) => {
                let vehicle = match &compose.on_hit {
                    OnHit::Allocate(vehicle) => self.vehicles.contains(vehicle),
                    OnHit::Hold { .. } => false,
                };
                vehicle || compose.wishes.iter().any(|wish| self.plates.contains(wish))
            }
            Input::Confirm(Confirm { plate, vehicle, .. }) => {
                self.vehicles.contains(vehicle) || self.plates.contains(plate)
            }
            Input::Draw(_) | Input::Keep(_) | Input::Choose(_) | Input::GiveUp => false,
        }
    }

    fn add(&mut self, written: Written, undo: Undo, token: T) {
        for row in &written.allocations {
            self.plates.insert(row.plate);
            self.vehicles.extend(row.vehicle);
        }
        self.in_flight.items.push(Item {
            token,
            receipt: written.entry.receipt(),
            undo,
        });
        self.batch.entries.push(written.entry);
        self.batch.allocations.extend(written.allocations);
        self.batch.endings.extend(written.endings);
        self.batch.returns.extend(written.returns);
        self.batch.segments.extend(written.segments);
        self.batch.facts.extend(written.facts);
    }

    /// Answers without a row. That none is free may rest on rows of this batch, so it is told only
    /// once they are committed; all else rests on the application's own committed rows.
    fn answer(&mut self, waiting: Waiting<T>, answer: Result<Answer, Error>) {
        if answer == Err(Error::NoneFree) {
            self.in_flight.none_free.push(waiting);
        } else {
            self.effects.push(Effect::Answer {
                token: waiting.token,
                answer,
            });
        }
    }
}
