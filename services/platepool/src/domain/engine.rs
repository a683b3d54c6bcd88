//! The engine of one office: a queue of undecided requests in front of the memory, and at most one
//! batch on its way to the database (E4).
//!
//! One task of the shell owns it, gives it what happens, and does what it says. Nothing in here
//! waits, reads a clock or rolls dice: the same calls give the same effects.
//!
//! | phase | memory | batch | ends by |
//! |---|---|---|---|
//! | lost | none | none | [`Engine::restore`] |
//! | idle | there | none | [`Engine::decide`], if anything can be decided |
//! | committing | there, ahead of the rows by one batch | one | [`Engine::settle`] |
//!
//! ```text
//! raise the epoch, read the rows ─▶ restore
//! loop: next of
//!   request, reply handle ─▶ submit(request, handle)   then decide(now)
//!   statement's outcome   ─▶ settle(outcome)           then decide(now)
//!   history that was read ─▶ learn / learn_operation   then decide(now)
//!   next_wakeup() reached ─▶ decide(now)
//! each effect: Commit ─▶ run one statement, never twice   Answer ─▶ send to the handle
//!              Need ─▶ read and learn                     Rebuild ─▶ start anew
//! ```
//!
//! An answer leaves only when the row it speaks of is committed, and never rests on a change that
//! is not.

mod deciding;
mod keys;
mod pace;
mod settling;
mod waiting;

use jiff::Timestamp;

pub use settling::{Conflict, ConflictOn, Settled};

use super::command::{Request, Resolve};
use super::draw::{Day, Days};
use super::error::Error;
use super::ids::ApplicationId;
use super::limits::Limits;
use super::record::History;
use super::rows::{Answer, Batch, Entry};
use super::state::State;
use pace::Pace;
use settling::InFlight;
use waiting::{Waiting, WaitingRoom};

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<T> {
    /// Run the statement of this batch once, and tell [`Engine::settle`] what came of it.
    Commit(Box<Batch>),
    /// Tell a caller.
    Answer {
        /// The handle that came with the request.
        token: T,
        /// What to tell.
        answer: Result<Answer, Error>,
    },
    /// Read something and tell [`Engine::learn`] or [`Engine::learn_operation`], with this epoch.
    Need {
        /// The epoch of the memory that asks. What is read for an older one is stale.
        epoch: u64,
        /// What to read.
        need: Need,
    },
    /// Raise the epoch in a transaction of its own, read the rows in a later one, and
    /// [`Engine::restore`] (E3). Or, if another process is to write: [`Engine::abandon`].
    Rebuild(Lost),
}

/// What the memory lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Where an application stands: see [`History`].
    History(ApplicationId),
    /// The latest row of an operation, or of a resolve of it, that is not its application's last.
    Operation(Resolve),
}

/// Why the memory was thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Another epoch writes now.
    Fenced,
    /// The statement failed, or nobody knows whether it did.
    OutcomeUnknown,
    /// The rows contradict the memory.
    Contradicted,
}

/// The engine of one office. `T` is the handle by which the shell finds a caller again.
#[derive(Debug)]
pub struct Engine<T> {
    limits: Limits,
    days: Days,
    memory: Option<State>,
    next_seq: u64,
    room: WaitingRoom<T>,
    pace: Pace,
    in_flight: Option<InFlight<T>>,
}

impl<T> Engine<T> {
    /// An engine without memory: it only queues until [`Engine::restore`].
    pub fn new(limits: Limits) -> Self {
        let (days, room) = (Days::default(), WaitingRoom::default());
        Self {
            limits,
            days,
            memory: None,
            next_seq: 1,
            room,
            pace: Pace::default(),
            in_flight: None,
        }
    }

    /// Opens a day for drawing (E10). Needs no row: the shell has stored key and value before.
    pub fn open_day(&mut self, day: Day) -> Result<(), Error> {
        self.days.open(day)
    }

    /// Takes a memory that was built in a fresh epoch. Requests that came meanwhile are decided on
    /// it.
    pub fn restore(&mut self, memory: State) -> Vec<Effect<T>> {
        self.next_seq = 1;
        self.in_flight = None;
        self.room.wait_again();
        self.memory = Some(memory);
        Vec::new()
    }

    /// Queues a request, undecided. Answers at once only if the queue is full.
    pub fn submit(&mut self, request: Request, token: T) -> Vec<Effect<T>> {
        if self.room.len() >= self.limits.queue {
            let retry_after = self.pace.retry_after(self.room.len());
            return vec![Effect::Answer {
                token,
                answer: Err(Error::Overloaded { retry_after }),
            }];
        }
        let waiting = Waiting { request, token };
        let lacking = |memory: &State| {
            waiting
                .request
                .application()
                .filter(|application| !memory.knows(*application))
        };
        match self
            .memory
            .as_ref()
            .and_then(|memory| Some((memory.epoch(), lacking(memory)?)))
        {
            Some((epoch, application)) => {
                let need = self.room.wait_for_history(application, waiting);
                need.map(|need| Effect::Need { epoch, need })
                    .into_iter()
                    .collect()
            }
            None => {
                self.room.queue(waiting);
                Vec::new()
            }
        }
    }

    /// Takes in the history of an application. What was read for an older epoch is ignored: the
    /// need was, or will be, told again.
    pub fn learn(&mut self, epoch: u64, history: &History) -> Vec<Effect<T>> {
        let Some(memory) = self
            .memory
            .as_mut()
            .filter(|memory| memory.epoch() == epoch)
        else {
            return Vec::new();
        };
        if !memory.learn(history) {
            return self.lose(Lost::Contradicted);
        }
        self.room.history_is_known(history.application);
        Vec::new()
    }

    /// Takes in what is recorded of an old operation: its latest row, or that there is none and
    /// never will be.
    pub fn learn_operation(
        &mut self,
        epoch: u64,
        operation: Resolve,
        row: Option<&Entry>,
    ) -> Vec<Effect<T>> {
        if self
            .memory
            .as_ref()
            .is_none_or(|memory| memory.epoch() != epoch)
        {
            return Vec::new();
        }
        let answer = row.map_or(Answer::NeverExecuted, |row| Answer::Recorded(row.receipt()));
        let tokens = self.room.operation_is_known(operation);
        tokens
            .into_iter()
            .map(|token| Effect::Answer {
                token,
                answer: Ok(answer.clone()),
            })
            .collect()
    }

    /// Throws the memory away because the shell could not do what was asked: a read failed, or the
    /// lease is in doubt. As after a failed statement, the batch in flight has an unknown outcome.
    pub fn discard(&mut self) -> Vec<Effect<T>> {
        if self.in_flight.is_some() {
            self.settle(Settled::Unknown)
        } else {
            self.lose(Lost::OutcomeUnknown)
        }
    }

    /// Answers everybody who waits that this process does not write for the office any more.
    pub fn abandon(&mut self) -> Vec<Effect<T>> {
        let mut effects = if self.in_flight.is_some() {
            self.settle(Settled::Unknown)
        } else {
            Vec::new()
        };
        effects.retain(|effect| !matches!(effect, Effect::Rebuild(_)));
        self.memory = None;
        effects.extend(self.hand_on().into_iter().map(|(_, token)| Effect::Answer {
            token,
            answer: Err(Error::NotOwner),
        }));
        effects
    }

    /// Takes out everybody who waits undecided, in no batch: nothing was written for them, so
    /// another writer can be asked in their stead.
    pub fn hand_on(&mut self) -> Vec<(Request, T)> {
        let everybody = self.room.everybody().into_iter();
        everybody
            .map(|waiting| (waiting.request, waiting.token))
            .collect()
    }

    /// The instant at which something becomes free or void by itself; none while committing.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.memory
            .as_ref()
            .filter(|_| self.in_flight.is_none())?
            .next_due()
    }

    /// The memory. While a batch is in flight it is ahead of the rows by that batch: fit for
    /// figures, not for answers.
    pub fn memory(&self) -> Option<&State> {
        self.memory.as_ref()
    }

    /// Whether a batch is on its way.
    pub fn is_committing(&self) -> bool {
        self.in_flight.is_some()
    }

    /// How many requests wait undecided.
    pub fn waiting(&self) -> usize {
        self.room.len()
    }

    fn lose(&mut self, why: Lost) -> Vec<Effect<T>> {
        self.memory = None;
        self.in_flight = None;
        vec![Effect::Rebuild(why)]
    }
}
