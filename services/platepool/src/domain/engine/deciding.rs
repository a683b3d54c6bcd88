//! From the queue to a batch (E4).
//!
//! A batch mixes whatever is asked, in three rounds, and its rows stand in this order:
//!
//! | round | who | may its row be missing? |
//! |---|---|---|
//! | sure | draws and all else of citizens that claims nothing; releases, withdrawals, rules, returns | no |
//! | claim | what allocates a number to an application; the end of an allocation or of a withholding | yes, alone: a unique key refuses it, and it is taken back |
//! | stock | imports and withholdings | only if the memory is wrong, which is then thrown away |
//!
//! So that nothing in a batch rests on a row that may not come about:
//!
//! - What the sure rows change is there for everybody after them: they are written whatever happens.
//! - A claim meets no number, vehicle or withholding that a row of the batch has touched
//!   ([`Keys`]), and what it lets go is free only when time moves on. Whether it stands or not, the
//!   claims and stock rows after it come out the same.
//! - Stock rows stand last, and meet no number that the batch has touched either.
//! - No application, and no batch, segment, rules or withholding, stands in a batch twice. Who comes
//!   second waits; so does a release behind commands that change what it counts.
//! - A refusal without a row may rest on rows of the batch, so it is told once they are committed.

use jiff::Timestamp;

use super::keys::Keys;
use super::settling::{InFlight, Item};
use super::waiting::Waiting;
use super::{Effect, Engine};
use crate::domain::command::{Command, Request};
use crate::domain::error::Error;
use crate::domain::hashing::IdSet;
use crate::domain::ids::{ApplicationId, RowKey};
use crate::domain::rows::{Answer, Batch};
use crate::domain::state::{Executed, State, Undo, Written};

/// Numbers of imports and withholdings in one batch; one that is longer is the only one in its
/// batch.
const STOCK: usize = 512;

/// In which round of a batch a request is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Sure,
    Claim,
    Stock,
}

fn round(request: &Request) -> Round {
    let Request::Command(command) = request else {
        return Round::Sure;
    };
    match command {
        Command::Operate(operation) if operation.input.claims() => Round::Claim,
        Command::Lapse(_) | Command::EndWithholding(_) => Round::Claim,
        Command::Import(_) | Command::Withhold(_) => Round::Stock,
        Command::Operate(_)
        | Command::Resolve(_)
        | Command::Close(_)
        | Command::Release(_)
        | Command::Withdraw(_)
        | Command::SetRules(_)
        | Command::Return(_) => Round::Sure,
    }
}

/// How many numbers it changes at once.
fn numbers(command: &Command) -> usize {
    match command {
        Command::Import(import) => import.plates.len(),
        Command::Withhold(withhold) => withhold.plates.len(),
        Command::EndWithholding(end) => end.returns.len(),
        _ => 0,
    }
}

/// The requests of a batch, by round.
struct Picked<T> {
    sure: Vec<Waiting<T>>,
    claims: Vec<Waiting<T>>,
    stock: Vec<Waiting<T>>,
    applications: IdSet<ApplicationId>,
    /// What administrative commands touch, those that have to wait included: nobody overtakes.
    administrative: Keys,
    /// Numbers that they change.
    numbers: usize,
    /// Whether one of them may change how many numbers of a segment to come are taken.
    counts_change: bool,
}

impl<T> Picked<T> {
    fn len(&self) -> usize {
        self.sure.len() + self.claims.len() + self.stock.len()
    }

    /// Whether an administrative command may stand in the batch.
    fn admits(&mut self, command: &Command) -> bool {
        let numbers = numbers(command);
        let fits = self.numbers == 0 || numbers == 0 || self.numbers + numbers <= STOCK;
        let waits = self.counts_change && matches!(command, Command::Release(_));
        let admitted = fits && !waits && !self.administrative.meet(command);
        self.administrative.add(command);
        self.counts_change |= matches!(command, Command::Import(_) | Command::Lapse(_));
        if admitted {
            self.numbers += numbers;
        }
        admitted
    }
}

/// A batch as it grows.
struct Draft<T> {
    batch: Batch,
    in_flight: InFlight<T>,
    effects: Vec<Effect<T>>,
    touched: Keys,
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
        let picked = self.pick(&memory, &mut draft.effects);
        let taken = picked.len();
        for waiting in picked.sure {
            self.carry_out(&mut memory, &mut draft, waiting);
        }
        let mut second = Vec::new();
        for waiting in picked.claims.into_iter().chain(picked.stock) {
            if draft.meets(&waiting.request) {
                second.push(waiting);
            } else {
                self.carry_out(&mut memory, &mut draft, waiting);
            }
        }
        self.room.put_back(second);
        self.pace.decided(now, taken, self.room.has_queue());
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

    /// Takes from the queue what may stand in one batch.
    fn pick(&mut self, memory: &State, effects: &mut Vec<Effect<T>>) -> Picked<T> {
        let mut picked = Picked::default();
        let mut left = Vec::new();
        let epoch = memory.epoch();
        while picked.len() < self.limits.batch && left.len() < self.limits.batch {
            let Some(waiting) = self.room.next() else {
                break;
            };
            if let Some(application) = waiting.request.application() {
                if !memory.knows(application) {
                    let need = self.room.wait_for_history(application, waiting);
                    effects.extend(need.map(|need| Effect::Need { epoch, need }));
                    continue;
                }
                if picked.applications.contains(&application) {
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
                picked.applications.insert(application);
            }
            if let Request::Command(command) = &waiting.request
                && command.is_administrative()
                && !picked.admits(command)
            {
                left.push(waiting);
                continue;
            }
            match round(&waiting.request) {
                Round::Sure => picked.sure.push(waiting),
                Round::Claim => picked.claims.push(waiting),
                Round::Stock => picked.stock.push(waiting),
            }
        }
        self.room.put_back(left);
        picked
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
            touched: Keys::default(),
        }
    }

    /// Whether a claim or a stock command may meet what the batch has touched.
    fn meets(&self, request: &Request) -> bool {
        match request {
            Request::Command(command) => self.touched.meet(command),
            Request::Look(_) => false,
        }
    }

    fn add(&mut self, written: Written, undo: Undo, token: T) {
        self.touched
            .add_rows(&written.allocations, &written.endings, &written.returns);
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

    /// Answers without a row. What rests on the application's own rows is told at once, for they are
    /// committed; what rests on the pool, once the rows of this batch are.
    fn answer(&mut self, waiting: Waiting<T>, answer: Result<Answer, Error>) {
        let about_pool = match &waiting.request {
            Request::Command(command) => command.is_administrative(),
            Request::Look(_) => false,
        };
        match answer {
            Err(error) if about_pool || error == Error::NoneFree => {
                self.in_flight.rowless.push((waiting, error));
            }
            answer => self.effects.push(Effect::Answer {
                token: waiting.token,
                answer,
            }),
        }
    }
}

impl<T> Default for Picked<T> {
    fn default() -> Self {
        Self {
            sure: Vec::new(),
            claims: Vec::new(),
            stock: Vec::new(),
            applications: IdSet::default(),
            administrative: Keys::default(),
            numbers: 0,
            counts_change: false,
        }
    }
}
