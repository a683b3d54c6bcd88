//! What goes wrong with owners, and what staff do meanwhile.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use uuid::Uuid;
use xuanhao_platepool::domain::Engine;
use xuanhao_platepool::domain::command::{
    Channel, Command, EndWithholding, Import, Lapse, Request, Return, SetRules, Withdraw, Withhold,
};
use xuanhao_platepool::domain::ids::{ApplicationId, BatchId, WithholdingId};
use xuanhao_platepool::domain::rule::ComposeRule;
use xuanhao_platepool::domain::state::{Restore, State};
use xuanhao_vocabulary::{PlateClass, PlateKey};

use super::checker::Verdict;
use super::owner::{Owner, Phase};
use super::world::{Sabotage, World};
use crate::office::{days, release, segment};

impl World {
    pub(super) fn owner_crashes(&mut self) {
        if let Some(owner) = self.chance.take(&mut self.owners) {
            self.met("crash");
            for statement in self
                .statements
                .iter_mut()
                .filter(|other| other.owner == owner.id)
            {
                statement.awaited = false;
            }
        }
    }

    /// One step of a take-over: a new process, or one that lost its memory, raises the epoch, and
    /// reads later.
    pub(super) fn owner_takes_over(&mut self) -> Verdict {
        if self.owners.len() < 2 && (self.owners.is_empty() || self.chance.percent(30)) {
            let mut engine = Engine::new(self.store.limits.clone());
            days()
                .into_iter()
                .for_each(|day| engine.open_day(day).unwrap());
            self.next_owner += 1;
            let (id, skew) = (self.next_owner, self.random_skew());
            self.owners.push(Owner {
                id,
                engine,
                skew,
                phase: Phase::Lost,
            });
            return Ok(());
        }
        let Some(index) = self
            .owners
            .iter()
            .position(|owner| owner.phase != Phase::Serving)
        else {
            return Ok(());
        };
        // Leases keep owners apart, most of the time.
        let another = self.owners.iter().any(|owner| self.is_current(owner));
        match self.owners[index].phase {
            Phase::Lost if another && self.chance.percent(90) => {}
            Phase::Lost if self.sabotage == Sabotage::NoRaise && self.store.epoch > 0 => {
                self.owners[index].phase = Phase::Raised(self.store.epoch);
            }
            Phase::Lost => {
                self.owners[index].phase = Phase::Raised(self.store.take_over());
                self.met("takeover");
            }
            Phase::Raised(epoch) if epoch != self.store.epoch => {
                self.owners[index].phase = Phase::Lost;
            }
            Phase::Raised(_) => {
                let memory = match self.sabotage {
                    Sabotage::ForgetHolds => self.read_without_holds(),
                    _ => match self.standby_takes_over(self.store.epoch)? {
                        Some(memory) => memory,
                        None => self.store.read(self.now),
                    },
                };
                memory
                    .audit()
                    .map_err(|broken| format!("rebuilt memory: {broken}"))?;
                self.owners[index].phase = Phase::Serving;
                let effects = self.owners[index].engine.restore(memory);
                return self.obey(index, effects);
            }
            Phase::Serving => {}
        }
        Ok(())
    }

    pub(super) fn read_without_holds(&self) -> State {
        let last = self.store.log.last().map(|entry| entry.decided_at);
        let (office, limits) = (self.store.office.clone(), self.store.limits.clone());
        let mut restore = Restore::new(office, limits, self.store.epoch, self.now, last);
        self.store
            .segments
            .iter()
            .for_each(|segment| restore.segment(segment));
        self.store
            .live
            .keys()
            .for_each(|plate| restore.allocated(*plate));
        for (id, plates) in &self.store.withholdings {
            restore.withheld(*id, plates);
        }
        restore.finish()
    }

    pub(super) fn random_skew(&mut self) -> SignedDuration {
        SignedDuration::from_millis(self.chance.below(6_000) as i64 - 3_000)
    }

    pub(super) fn clock_jumps(&mut self) {
        let skew = self.random_skew();
        if !self.owners.is_empty() {
            let index = self.chance.below(self.owners.len());
            self.owners[index].skew = skew;
        }
    }

    pub(super) fn staff_acts(&mut self) {
        let command = match self.chance.below(12) {
            0 => {
                let plates = (0..3)
                    .map(|_| *self.chance.pick(&self.numbers).unwrap())
                    .collect();
                let (channel, reason) = (Channel::Window, "counter".to_owned());
                Command::Import(Import {
                    channel,
                    reason,
                    plates,
                })
            }
            1 => release(2, vec![segment(3, "A00 30..34")]),
            2 => {
                let rules = vec![ComposeRule::EqualDigits {
                    at_least: 3 + self.chance.below(3) as u8,
                }];
                Command::SetRules(SetRules {
                    class: PlateClass::Small,
                    rules,
                })
            }
            3..=5 => {
                let taken = self
                    .store
                    .live
                    .iter()
                    .map(|(plate, row)| (*plate, row.application));
                let taken: Vec<(PlateKey, Option<ApplicationId>)> = taken.collect();
                let Some((plate, owner)) = self.chance.pick(&taken).copied() else {
                    return;
                };
                for client in self
                    .clients
                    .iter_mut()
                    .filter(|client| Some(client.application) == owner)
                {
                    client.lapsed();
                }
                Command::Lapse(Lapse {
                    plate,
                    application: owner,
                })
            }
            6 => {
                let mut new = segment(4, "A00 35..39");
                let wait = SignedDuration::from_secs(5 + self.chance.below(60) as i64);
                new.opens_at = Some(self.now + wait);
                new.random_only_until = Some(self.now + wait + wait);
                release(4, vec![new])
            }
            7 => Command::Withdraw(Withdraw {
                batch: BatchId(Uuid::from_u128(4)),
                segments: vec![segment(4, "A00 35..39").id],
            }),
            8 => {
                let plates: BTreeSet<_> = (0..2)
                    .map(|_| *self.chance.pick(&self.numbers).unwrap())
                    .collect();
                Command::Withhold(Withhold {
                    id: WithholdingId(Uuid::from_u128(u128::from(self.next_token) + 1)),
                    reason: "withheld".to_owned(),
                    plates: plates.into_iter().collect(),
                })
            }
            9 | 10 => {
                let standing: Vec<_> = self.store.withholdings.clone().into_iter().collect();
                let Some((id, plates)) = self.chance.pick(&standing).cloned() else {
                    return;
                };
                let way_back = |plate: PlateKey| {
                    let available_at =
                        self.now + SignedDuration::from_secs(self.chance.below(90) as i64);
                    Return {
                        plate,
                        available_at,
                        random_only_until: available_at + SignedDuration::from_secs(30),
                    }
                };
                let returns = plates.into_iter().map(way_back).collect();
                Command::EndWithholding(EndWithholding { id, returns })
            }
            _ => {
                let lapsed: Vec<_> = self.store.lapsed.iter().copied().collect();
                let Some(plate) = self.chance.pick(&lapsed).copied() else {
                    return;
                };
                let available_at =
                    self.now + SignedDuration::from_secs(self.chance.below(90) as i64);
                let random_only_until = available_at + SignedDuration::from_secs(30);
                Command::Return(Return {
                    plate,
                    available_at,
                    random_only_until,
                })
            }
        };
        self.send(Request::Command(command));
    }
}
