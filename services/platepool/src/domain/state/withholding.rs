//! Numbers withheld from selecting for a public reason, and their way back.

use std::collections::BTreeSet;

use super::State;
use crate::domain::command::{Channel, Command, EndWithholding, Withhold};
use crate::domain::error::Error;
use crate::domain::hold::HoldSet;
use crate::domain::ids::RowKey;
use crate::domain::rows::{AllocationRow, EndingRow, Outcome, ReturnRow};
use crate::domain::state::Executed;

impl State {
    /// Takes free numbers out of selecting: all, or none. They are allocated to nobody, through the
    /// channel of reserves, so that nothing else need know of them.
    pub(super) fn withhold_numbers(
        &mut self,
        key: RowKey,
        command: &Command,
        withhold: &Withhold,
    ) -> Result<Executed, Error> {
        let plates: BTreeSet<_> = withhold.plates.iter().copied().collect();
        if plates.is_empty()
            || plates.len() != withhold.plates.len()
            || plates.len() > self.limits.import
        {
            return Err(Error::OutOfRange { field: "plates" });
        }
        if withhold.reason.trim().is_empty() {
            return Err(Error::OutOfRange { field: "reason" });
        }
        for plate in withhold.plates.iter().copied() {
            match self.place(plate) {
                None => return Err(Error::NotReleased { plate }),
                Some((pool, place)) if !pool.is_free(place) => {
                    return Err(Error::NotFree { plate });
                }
                Some(_) => {}
            }
        }
        for plate in plates.iter().copied() {
            self.take(plate);
            self.withheld.insert(plate, withhold.id);
        }
        let outcome = Outcome::Withheld {
            numbers: plates.len() as u64,
        };
        let mut written = self.written(key, command, 0, outcome, HoldSet::default());
        let row = |plate: &_| AllocationRow {
            key,
            plate: *plate,
            application: None,
            vehicle: None,
            channel: Channel::Reserve,
        };
        written.allocations = withhold.plates.iter().map(row).collect();
        Ok(Executed::Row(Box::new(written)))
    }

    /// Sends all numbers of a withholding back, each at its own time (R-RND-12).
    pub(super) fn end_withholding(
        &mut self,
        key: RowKey,
        command: &Command,
        end: &EndWithholding,
    ) -> Result<Executed, Error> {
        let plates: BTreeSet<_> = end.returns.iter().map(|back| back.plate).collect();
        if plates.is_empty() || plates.len() != end.returns.len() {
            return Err(Error::OutOfRange { field: "plates" });
        }
        let own = self.withheld.iter().filter(|(_, id)| **id == end.id);
        if !own.map(|(plate, _)| *plate).eq(plates.iter().copied()) {
            return Err(Error::NotAllocated);
        }
        let mut written = self.written(key, command, 0, Outcome::Returning, HoldSet::default());
        for back in &end.returns {
            self.withheld.remove(&back.plate);
            if let Some((pool, place)) = self.place_mut(back.plate) {
                pool.set_allocated(place, false);
            }
            self.expect_back(back.plate, back.available_at);
            self.draw_only(back.plate, back.random_only_until);
            written.endings.push(EndingRow {
                key,
                plate: back.plate,
                application: None,
            });
            written.returns.push(ReturnRow {
                key,
                plate: back.plate,
                available_at: back.available_at,
                random_only_until: back.random_only_until,
            });
        }
        Ok(Executed::Row(Box::new(written)))
    }
}
