//! A successor that has read the rows early and follows the log until it takes over.

use xuanhao_platepool::domain::replay::Replay;
use xuanhao_platepool::domain::state::State;

use super::checker::Verdict;
use super::world::World;
use crate::office::days;

/// What it has carried out of the log.
#[derive(Debug)]
pub(crate) struct Standby {
    replay: Replay,
    rows: usize,
}

impl World {
    /// A successor reads the rows, or those that came since, or gives up.
    pub(super) fn standby_prepares(&mut self) -> Verdict {
        match self.standby.take() {
            None => {
                let mut replay = Replay::resume(self.store.read_of_last_row());
                for day in days() {
                    replay.reveal(day).map_err(|error| error.to_string())?;
                }
                let rows = self.store.log.len();
                self.standby = Some(Standby { replay, rows });
            }
            Some(_) if self.chance.percent(10) => {}
            Some(mut standby) => {
                self.follow(&mut standby)?;
                self.standby = Some(standby);
            }
        }
        Ok(())
    }

    fn follow(&mut self, standby: &mut Standby) -> Verdict {
        for entry in &self.store.log[standby.rows..] {
            let followed = standby.replay.apply(entry);
            followed.map_err(|mismatch| format!("E3: {mismatch}: {mismatch:?} in {entry:?}"))?;
        }
        if self.store.log.len() > standby.rows {
            self.met("followed");
        }
        standby.rows = self.store.log.len();
        Ok(())
    }

    /// E3: the memory of a successor that has raised the epoch and then read on is the one that
    /// reading everything gives.
    pub(super) fn standby_takes_over(&mut self, epoch: u64) -> Result<Option<State>, String> {
        let Some(mut standby) = self.standby.take() else {
            return Ok(None);
        };
        self.follow(&mut standby)?;
        let memory = standby.replay.finish(epoch, self.now);
        let read = self.store.read(self.now);
        if memory.snapshot() != read.snapshot() || memory.epoch() != read.epoch() {
            return Err(format!(
                "E3: the follower's memory is\n{:?}\nbut the rows say\n{:?}",
                memory.snapshot(),
                read.snapshot()
            ));
        }
        let differ = memory.disagreements(&read);
        if !differ.is_empty() {
            return Err(format!("E3: the follower remembers {differ:?} otherwise"));
        }
        self.met("handed over");
        Ok(Some(memory))
    }
}
