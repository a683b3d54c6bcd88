//! What operators and the registry's outcomes change: used numbers, rules, lapses and returns.

use xuanhao_vocabulary::PlateKey;

use super::{Due, State};
use crate::domain::command::{Channel, Command, Import, Lapse, Return, SetRules};
use crate::domain::error::Error;
use crate::domain::hold::HoldSet;
use crate::domain::ids::RowKey;
use crate::domain::pool::Pool;
use crate::domain::rows::{AllocationRow, EndingRow, Fact, News, Outcome, ReturnRow};
use crate::domain::state::Executed;

/// What an import finds a number to be.
enum Found {
    Takeable,
    Taken,
    Held,
}

impl State {
    /// Takes numbers for other channels. Numbers that are taken already are counted, and numbers
    /// that citizens hold are named, so that sending a piece again is harmless.
    pub(super) fn import(
        &mut self,
        key: RowKey,
        command: &Command,
        import: &Import,
    ) -> Result<Executed, Error> {
        if import.plates.is_empty() || import.plates.len() > self.limits.import {
            return Err(Error::OutOfRange { field: "plates" });
        }
        if import.channel == Channel::Internet {
            return Err(Error::OutOfRange { field: "channel" });
        }
        if import.channel == Channel::Reserve && import.reason.trim().is_empty() {
            return Err(Error::OutOfRange { field: "reason" });
        }
        let foreign = import.plates.iter().map(|plate| plate.unpack().1.code());
        if let Some(code) = foreign
            .into_iter()
            .find(|code| !self.office.codes.contains(code))
        {
            return Err(Error::ForeignCode { code });
        }
        let (mut taken, mut known, mut held) = (Vec::new(), 0, Vec::new());
        for plate in import.plates.iter().copied() {
            match self.find(plate) {
                Found::Takeable => {
                    self.take(plate);
                    taken.push(plate);
                }
                Found::Taken => known += 1,
                Found::Held => held.push(plate),
            }
        }
        let outcome = Outcome::Imported {
            taken: taken.len() as u64,
            known,
            held,
        };
        let mut written = self.written(key, command, 0, outcome, HoldSet::default());
        let channel = import.channel;
        let row = |plate| AllocationRow {
            key,
            plate,
            application: None,
            vehicle: None,
            channel,
        };
        written.allocations = taken.into_iter().map(row).collect();
        Ok(Executed::Row(Box::new(written)))
    }

    /// Whether a number has a live allocation, released or not.
    pub(super) fn is_taken(&self, plate: PlateKey) -> bool {
        matches!(self.find(plate), Found::Taken)
    }

    fn find(&self, plate: PlateKey) -> Found {
        match self.place(plate) {
            Some((pool, place)) if pool.is_allocated(place) => Found::Taken,
            Some((pool, place)) if pool.is_free(place) => Found::Takeable,
            _ if self.away.contains_key(&plate) => Found::Takeable,
            Some(_) => Found::Held,
            None => {
                let (class, number) = plate.unpack();
                let imported = self.unreleased.get(&(class, number.code()));
                let known = imported.is_some_and(|imported| imported.contains(&plate));
                if known { Found::Taken } else { Found::Takeable }
            }
        }
    }

    /// Marks a number as allocated, wherever it is.
    pub(super) fn take(&mut self, plate: PlateKey) {
        if let Some(Some(available_at)) = self.away.remove(&plate) {
            self.due.remove(&(available_at, Due::Back(plate)));
        }
        if let Some((pool, place)) = self.place_mut(plate) {
            pool.set_free(place, false);
            pool.set_allocated(place, true);
        } else {
            let (class, number) = plate.unpack();
            self.unreleased
                .entry((class, number.code()))
                .or_default()
                .insert(plate);
        }
    }

    /// Puts the composing rules of a class in force.
    pub(super) fn set_rules(
        &mut self,
        key: RowKey,
        command: &Command,
        set: &SetRules,
    ) -> Result<Executed, Error> {
        self.enforce(set);
        let written = self.written(key, command, 0, Outcome::RulesSet, HoldSet::default());
        Ok(Executed::Row(Box::new(written)))
    }

    pub(super) fn enforce(&mut self, set: &SetRules) {
        let pool = self
            .pools
            .entry(set.class)
            .or_insert_with(|| Pool::new(set.class));
        pool.set_rules(set.rules.clone(), self.clock);
        self.close_again(set.class);
    }

    /// Ends the life of an allocation. The number is away: nobody gets it until it returns.
    pub(super) fn lapse(
        &mut self,
        key: RowKey,
        command: &Command,
        lapse: Lapse,
    ) -> Result<Executed, Error> {
        let Lapse { plate, application } = lapse;
        let owner = application.and_then(|application| self.record(application));
        let owned =
            application.is_none() || owner.is_some_and(|owner| owner.allocation == Some(plate));
        if !owned || !self.is_taken(plate) || self.withheld.contains_key(&plate) {
            return Err(Error::NotAllocated);
        }
        if let Some((pool, place)) = self.place_mut(plate) {
            pool.set_allocated(place, false);
        } else {
            let (class, number) = plate.unpack();
            if let Some(imported) = self.unreleased.get_mut(&(class, number.code())) {
                imported.remove(&plate);
            }
        }
        self.away.insert(plate, None);
        if let Some(application) = application {
            self.record_mut(application).allocation = None;
        }
        let mut written = self.written(key, command, 0, Outcome::Lapsed, HoldSet::default());
        written.endings.push(EndingRow {
            key,
            plate,
            application,
        });
        Ok(Executed::Row(Box::new(written)))
    }

    /// Brings a lapsed number back at its time, drawn only at first.
    pub(super) fn bring_back(
        &mut self,
        key: RowKey,
        command: &Command,
        back: Return,
    ) -> Result<Executed, Error> {
        if self.away.get(&back.plate) != Some(&None) {
            return Err(Error::NotAway);
        }
        let Return {
            plate,
            available_at,
            random_only_until,
        } = back;
        self.expect_back(plate, available_at);
        self.draw_only(plate, random_only_until);
        let mut written = self.written(key, command, 0, Outcome::Returning, HoldSet::default());
        written.returns.push(ReturnRow {
            key,
            plate,
            available_at,
            random_only_until,
        });
        written.facts.push(Fact {
            key,
            news: News::PlateReturned { plate },
        });
        Ok(Executed::Row(Box::new(written)))
    }

    pub(super) fn expect_back(&mut self, plate: PlateKey, available_at: jiff::Timestamp) {
        self.away.insert(plate, Some(available_at));
        self.due.insert((available_at, Due::Back(plate)));
    }

    pub(super) fn draw_only(&mut self, plate: PlateKey, until: jiff::Timestamp) {
        if let Some(before) = self.random_only.insert(plate, until) {
            self.due.remove(&(before, Due::Composable(plate)));
        }
        self.due.insert((until, Due::Composable(plate)));
        self.reopen(plate);
    }
}
