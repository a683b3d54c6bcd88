//! What must hold of the whole: the memory, the rest after a run, the log.

use jiff::SignedDuration;
use xuanhao_platepool::domain::replay::Replay;
use xuanhao_platepool::domain::state::State;
use xuanhao_vocabulary::PlateClass;

use super::checker::Verdict;
use super::world::World;
use crate::office::{days, zhanjiang};

impl World {
    /// The memory that lived equals the one read from the rows, whenever nothing is on its way.
    pub(super) fn compare(&mut self) -> Verdict {
        let serving = self.owners.iter().position(|owner| {
            self.is_current(owner) && !owner.engine.is_committing() && owner.engine.waiting() == 0
        });
        let Some(index) = serving else { return Ok(()) };
        let clock = self.now + self.owners[index].skew;
        let effects = self.owners[index].engine.decide(clock);
        self.obey(index, effects)?;
        let Some(live) = self.owners[index].engine.memory() else {
            return Ok(());
        };
        live.audit().map_err(|broken| format!("V6: {broken}"))?;
        let rebuilt = self.store.read(live.settled_until());
        let (mine, theirs) = (live.snapshot(), rebuilt.snapshot());
        if rebuilt.settled_until() == live.settled_until() && mine != theirs {
            return Err(format!(
                "the memory is\n{mine:?}\nbut the rows say\n{theirs:?}"
            ));
        }
        if live.disagreements(&rebuilt).is_empty() {
            self.met("compared");
            Ok(())
        } else {
            Err(format!(
                "histories differ of {:?}",
                live.disagreements(&rebuilt)
            ))
        }
    }

    /// One owner is left, time passes, everybody gets to know; then nothing may be missing.
    pub(super) fn rest(&mut self) -> Verdict {
        self.owners.clear();
        self.statements
            .iter_mut()
            .for_each(|statement| statement.awaited = false);
        for _ in 0..3 {
            self.owner_takes_over()?;
        }
        for round in 0..1_500 {
            if round % 50 == 0 {
                for index in 0..self.clients.len() {
                    if !self.clients[index].is_idle()
                        && let Some(request) =
                            self.clients[index].ask(&mut self.chance, self.now, &self.numbers)
                    {
                        self.send(request);
                    }
                }
            }
            match round % 5 {
                0 => self.request_arrives()?,
                1 => self.owner_decides()?,
                2 => self.statement_lands()?,
                3 => self.owner_takes_over()?,
                _ => self.mail_arrives()?,
            }
        }
        self.now += SignedDuration::from_hours(1);
        let memory = {
            self.store.take_over();
            self.store.read(self.now)
        };
        let audit = memory.audit().map_err(|broken| format!("V6: {broken}"))?;
        let figures = audit
            .figures
            .get(&PlateClass::Small)
            .copied()
            .unwrap_or_default();
        if audit.held != 0 || figures.free + figures.allocated + audit.away != figures.released {
            return Err(format!("I5: not everything came back: {audit:?}"));
        }
        self.replay(&memory)
    }

    /// E6: the log replays to the same state, draw by draw.
    pub(super) fn replay(&self, memory: &State) -> Verdict {
        let mut replay = Replay::new(zhanjiang(), self.store.limits.clone());
        for day in days() {
            replay.reveal(day).map_err(|error| error.to_string())?;
        }
        for entry in &self.store.log {
            let replayed = replay.apply(entry);
            replayed.map_err(|mismatch| format!("E6: {mismatch}: {mismatch:?} in {entry:?}"))?;
        }
        let replayed = replay.state_at(memory.settled_until());
        if replayed.snapshot() == memory.snapshot() {
            Ok(())
        } else {
            Err("E6: the log replays to another state".to_owned())
        }
    }
}
