//! The run of one seed: who does what next is the seed's choice.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Command, Input, Request, UsedNumbers};
use xuanhao_platepool::domain::engine::{ConflictOn, Effect, Need, Settled};
use xuanhao_platepool::domain::limits::Limits;
use xuanhao_platepool::domain::rows::{Answer, Outcome};
use xuanhao_vocabulary::PlateKey;

use super::chance::Chance;
use super::checker::{Checker, Verdict};
use super::client::{Client, about};
use super::owner::{Mail, Owner, OwnerId, Phase, Statement};
use super::standby::Standby;
use crate::office::{application, morning, plate, release, segment, vehicle, zhanjiang};
use crate::store::Store;

/// What is done wrong on purpose, to see that it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    None,
    /// Take-overs read without raising the epoch.
    NoRaise,
    /// An unknown outcome is taken for a commit.
    GuessCommitted,
    /// Take-overs read no hold rows.
    ForgetHolds,
}

/// How often what happened.
pub(crate) type Events = BTreeMap<&'static str, u64>;

pub(crate) struct World {
    pub(super) chance: Chance,
    pub(super) sabotage: Sabotage,
    pub(super) now: Timestamp,
    pub(super) store: Store,
    pub(super) checker: Checker,
    pub(super) owners: Vec<Owner>,
    pub(super) next_owner: OwnerId,
    /// The memory of a successor that follows the log.
    pub(super) standby: Option<Standby>,
    /// Requests on their way, in no order.
    pub(super) requests: Vec<(Request, u64)>,
    pub(super) statements: Vec<Statement>,
    pub(super) mail: Vec<(OwnerId, VecDeque<Mail>)>,
    pub(super) clients: Vec<Client>,
    pub(super) asked: BTreeMap<u64, Request>,
    pub(super) next_token: u64,
    pub(super) numbers: Vec<PlateKey>,
    pub(super) events: Events,
}

impl World {
    pub(crate) fn new(seed: u64, sabotage: Sabotage) -> Self {
        let limits = Limits {
            remember: SignedDuration::from_secs(25),
            queue: 24,
            batch: 6,
            ..Limits::default()
        };
        let clients = (1..=9).map(|n| {
            // Two applications of one vehicle now and then.
            Client::new(application(n), vehicle(u8::try_from(n % 6).unwrap()))
        });
        let numbers = (0..40).map(|n| plate(&format!("粤GA00{n:02}"))).collect();
        Self {
            chance: Chance::new(seed),
            sabotage,
            now: morning(),
            store: Store::new(zhanjiang(), limits),
            checker: Checker::default(),
            owners: Vec::new(),
            next_owner: 0,
            standby: None,
            requests: Vec::new(),
            statements: Vec::new(),
            mail: Vec::new(),
            clients: clients.collect(),
            asked: BTreeMap::new(),
            next_token: 0,
            numbers,
            events: Events::new(),
        }
    }

    /// Runs the seed; then lets everything come to rest and looks at the whole.
    pub(crate) fn run(mut self, steps: u32) -> Result<Events, String> {
        let mut first = segment(7, "A00 00..29");
        first.used = UsedNumbers::Closed { count: 0 };
        self.send(Request::Command(release(1, vec![first])));
        for step in 0..steps {
            self.step()
                .map_err(|violation| format!("step {step}: {violation}"))?;
        }
        self.rest()
            .map_err(|violation| format!("at rest: {violation}"))?;
        Ok(self.events)
    }

    pub(super) fn met(&mut self, event: &'static str) {
        *self.events.entry(event).or_default() += 1;
    }

    pub(super) fn step(&mut self) -> Verdict {
        match self.chance.below(100) {
            0..=6 => self.pass(),
            7 | 96 => self.staff_acts(),
            8..=27 => self.client_asks(),
            28..=45 => return self.request_arrives(),
            46..=61 => return self.owner_decides(),
            62..=74 => return self.statement_lands(),
            75..=88 => return self.mail_arrives(),
            89 => return self.standby_prepares(),
            90..=94 => return self.owner_takes_over(),
            95 => self.clock_jumps(),
            97 | 98 => return self.compare(),
            _ if self.chance.percent(40) => self.owner_crashes(),
            _ => return self.outcome_is_lost(),
        }
        Ok(())
    }

    pub(super) fn pass(&mut self) {
        let milliseconds = match self.chance.below(20) {
            0 => 60_000,
            1..=3 => 5_000,
            _ => 200,
        };
        self.now += SignedDuration::from_millis(milliseconds);
    }

    pub(super) fn send(&mut self, request: Request) {
        self.next_token += 1;
        self.asked.insert(self.next_token, request.clone());
        self.requests.push((request, self.next_token));
    }

    pub(super) fn client_asks(&mut self) {
        let index = self.chance.below(self.clients.len());
        let (now, numbers) = (self.now, &self.numbers);
        if let Some(request) = self.clients[index].ask(&mut self.chance, now, numbers) {
            self.send(request);
        }
    }

    /// A request arrives at some owner, in whatever order; it may be lost or stay on its way to
    /// arrive again.
    pub(super) fn request_arrives(&mut self) -> Verdict {
        let Some((request, token)) = self.chance.take(&mut self.requests) else {
            return Ok(());
        };
        if self.chance.percent(10) {
            return Ok(());
        }
        if self.chance.percent(15) {
            self.send(request.clone());
        }
        if self.owners.is_empty() {
            return Ok(());
        }
        let index = self.addressee();
        let effects = self.owners[index].engine.submit(request, token);
        self.obey(index, effects)
    }

    /// The owner that a router would choose, or sometimes another.
    pub(super) fn addressee(&mut self) -> usize {
        let current = self.owners.iter().position(|owner| self.is_current(owner));
        let any = self.chance.below(self.owners.len());
        current.filter(|_| self.chance.percent(85)).unwrap_or(any)
    }

    pub(super) fn is_current(&self, owner: &Owner) -> bool {
        let epoch = owner.engine.memory().map(|memory| memory.epoch());
        owner.phase == Phase::Serving && epoch == Some(self.store.epoch)
    }

    pub(super) fn owner_decides(&mut self) -> Verdict {
        if self.owners.is_empty() {
            return self.owner_takes_over();
        }
        let index = self.addressee();
        let clock = self.now + self.owners[index].skew;
        let effects = self.owners[index].engine.decide(clock);
        self.obey(index, effects)
    }

    pub(super) fn obey(&mut self, index: usize, effects: Vec<Effect<u64>>) -> Verdict {
        let owner = self.owners[index].id;
        for effect in effects {
            match effect {
                Effect::Commit(batch) => {
                    self.statements.push(Statement {
                        owner,
                        batch: *batch,
                        awaited: true,
                    });
                }
                Effect::Answer { token, answer } => self.answer(token, &answer)?,
                Effect::Need { epoch, need } => self.post(owner, Mail::Read { epoch, need }),
                Effect::Rebuild(_) => self.owners[index].phase = Phase::Lost,
            }
        }
        Ok(())
    }

    pub(super) fn post(&mut self, to: OwnerId, mail: Mail) {
        match self.mail.iter_mut().find(|(owner, _)| *owner == to) {
            Some((_, box_)) => box_.push_back(mail),
            None => self.mail.push((to, VecDeque::from([mail]))),
        }
    }

    pub(super) fn answer(&mut self, token: u64, told: &Result<Answer, Error>) -> Verdict {
        let request = self
            .asked
            .remove(&token)
            .ok_or(format!("token {token} is answered twice"))?;
        let about = about(&request);
        if about.is_some_and(|about| self.checker.has_told(about)) && told.is_ok() {
            self.met("repeat answered");
        }
        match told {
            Ok(answer) => self.checker.told(about, answer)?,
            Err(Error::NoneFree) => self.met("none free"),
            Err(Error::OutcomeUnknown) => self.met("outcome unknown"),
            Err(_) => {}
        }
        if let Ok(Answer::Recorded(receipt)) = told {
            self.met(match receipt.outcome {
                Outcome::Held { .. } => "held",
                Outcome::Allocated { .. } => "allocated",
                Outcome::AllMissed => "all missed",
                Outcome::Refused => "buried",
                Outcome::Dropped => "dropped",
                Outcome::Closed { .. } => "closed",
                Outcome::Imported { .. } => "imported",
                Outcome::Lapsed => "lapsed",
                Outcome::Returning => "returned",
                Outcome::Withdrawn => "withdrawn",
                Outcome::Withheld { .. } => "withheld",
                Outcome::GivenUp | Outcome::Released { .. } | Outcome::RulesSet => "other",
            });
            if receipt.set.basket.is_some() {
                self.met("basket");
            }
        }
        let Some(owner) = request.application() else {
            return Ok(());
        };
        // The answer may be lost on its way.
        if !self.chance.percent(10)
            && let Some(client) = self
                .clients
                .iter_mut()
                .find(|client| client.application == owner)
        {
            client.hear(about.map_or(0, |(_, op_no)| op_no), told);
        }
        Ok(())
    }

    /// A statement reaches the store, long after it was sent perhaps.
    pub(super) fn statement_lands(&mut self) -> Verdict {
        let Some(statement) = self.chance.take(&mut self.statements) else {
            return Ok(());
        };
        // Some never do: the connection broke before.
        if !statement.awaited && self.chance.percent(30) {
            return Ok(());
        }
        let rows = self.store.log.len();
        let settled = self.store.execute(&statement.batch);
        for index in rows..self.store.log.len() {
            let entry = self.store.log[index].clone();
            self.checker.landed(&statement.batch, &entry)?;
            match &entry.command {
                Command::EndWithholding(_) => self.met("withholding ended"),
                Command::Operate(operation) if matches!(operation.input, Input::Choose(_)) => {
                    self.met("chosen");
                }
                _ => {}
            }
        }
        match &settled {
            Settled::Fenced => self.met("fenced"),
            Settled::Committed { conflicts } => {
                if !statement.awaited {
                    self.met("late landing");
                }
                for conflict in conflicts {
                    if conflict.on != ConflictOn::Vehicle {
                        return Err(format!("E4: unexpected conflict {conflict:?}"));
                    }
                    self.met("conflict on vehicle");
                }
            }
            Settled::Unknown => {}
        }
        if statement.awaited {
            if self.chance.percent(8) {
                self.met("landed unseen");
                self.post(statement.owner, Mail::Settled(Settled::Unknown));
            } else {
                self.post(statement.owner, Mail::Settled(settled));
            }
        }
        Ok(())
    }

    /// An owner gives up waiting for a statement that is still on its way.
    pub(super) fn outcome_is_lost(&mut self) -> Verdict {
        let Some(index) = self
            .statements
            .iter()
            .position(|statement| statement.awaited)
        else {
            return Ok(());
        };
        self.statements[index].awaited = false;
        let owner = self.statements[index].owner;
        self.post(owner, Mail::Settled(Settled::Unknown));
        Ok(())
    }

    pub(super) fn mail_arrives(&mut self) -> Verdict {
        self.mail.retain(|(_, letters)| !letters.is_empty());
        let Some(at) = (!self.mail.is_empty()).then(|| self.chance.below(self.mail.len())) else {
            return Ok(());
        };
        let (owner, Some(mail)) = (self.mail[at].0, self.mail[at].1.pop_front()) else {
            return Ok(());
        };
        let Some(index) = self.owners.iter().position(|other| other.id == owner) else {
            return Ok(());
        };
        let engine = &mut self.owners[index].engine;
        let effects = match mail {
            Mail::Settled(Settled::Unknown) if self.sabotage == Sabotage::GuessCommitted => engine
                .settle(Settled::Committed {
                    conflicts: Vec::new(),
                }),
            Mail::Settled(settled) => engine.settle(settled),
            Mail::Read {
                epoch,
                need: Need::History(who),
            } => {
                let history = self.store.history(who);
                self.post(owner, Mail::History { epoch, history });
                return Ok(());
            }
            Mail::Read {
                epoch,
                need: Need::Operation(need),
            } => {
                let row = self.store.operation(need).cloned();
                self.post(owner, Mail::Operation { epoch, need, row });
                return Ok(());
            }
            Mail::History { epoch, history } => engine.learn(epoch, &history),
            Mail::Operation { epoch, need, row } => {
                *self.events.entry("old row read").or_default() += 1;
                engine.learn_operation(epoch, need, row.as_ref())
            }
        };
        self.obey(index, effects)
    }
}
