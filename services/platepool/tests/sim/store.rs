//! The fake store: rows, the fence, unique keys. A statement happens at one instant, whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use xuanhao_platepool::domain::command::{Command, NewSegment, Resolve, SetRules};
use xuanhao_platepool::domain::engine::{Conflict, ConflictOn, Settled};
use xuanhao_platepool::domain::ids::{ApplicationId, VehicleKey, WithholdingId};
use xuanhao_platepool::domain::limits::Limits;
use xuanhao_platepool::domain::record::History;
use xuanhao_platepool::domain::rows::{AllocationRow, Batch, Entry, ReturnRow};
use xuanhao_platepool::domain::state::{Office, Restore, State};
use xuanhao_vocabulary::{PlateClass, PlateKey};

/// The durable rows of one office.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) office: Office,
    pub(crate) limits: Limits,
    pub(crate) epoch: u64,
    pub(crate) log: Vec<Entry>,
    /// Live allocations: the three unique keys (E8).
    pub(crate) live: BTreeMap<PlateKey, AllocationRow>,
    by_application: BTreeMap<ApplicationId, PlateKey>,
    by_vehicle: BTreeMap<VehicleKey, PlateKey>,
    /// Numbers whose last life ended, without a return since.
    pub(crate) lapsed: BTreeSet<PlateKey>,
    /// The latest return of numbers not taken since.
    returns: BTreeMap<PlateKey, ReturnRow>,
    pub(crate) segments: Vec<NewSegment>,
    /// Withholdings that stand.
    pub(crate) withholdings: BTreeMap<WithholdingId, Vec<PlateKey>>,
    rules: BTreeMap<PlateClass, SetRules>,
    latest: BTreeMap<ApplicationId, usize>,
}

impl Store {
    pub(crate) fn new(office: Office, limits: Limits) -> Self {
        Self {
            office,
            limits,
            epoch: 0,
            log: Vec::new(),
            live: BTreeMap::new(),
            by_application: BTreeMap::new(),
            by_vehicle: BTreeMap::new(),
            lapsed: BTreeSet::new(),
            returns: BTreeMap::new(),
            segments: Vec::new(),
            withholdings: BTreeMap::new(),
            rules: BTreeMap::new(),
            latest: BTreeMap::new(),
        }
    }

    /// E3: the raise of the epoch, in a transaction of its own.
    pub(crate) fn take_over(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// The one statement of a batch (E2).
    pub(crate) fn execute(&mut self, batch: &Batch) -> Settled {
        if batch.epoch != self.epoch {
            return Settled::Fenced;
        }
        let mut conflicts = Vec::new();
        for entry in &batch.entries {
            match self.refusal(batch, entry) {
                Some(on) => conflicts.push(Conflict {
                    seq: entry.key.seq,
                    on,
                }),
                None => self.write(batch, entry),
            }
        }
        Settled::Committed { conflicts }
    }

    fn refusal(&self, batch: &Batch, entry: &Entry) -> Option<ConflictOn> {
        for row in batch.allocations.iter().filter(|row| row.key == entry.key) {
            if self.live.contains_key(&row.plate) {
                return Some(ConflictOn::Plate);
            }
            if row
                .application
                .is_some_and(|key| self.by_application.contains_key(&key))
            {
                return Some(ConflictOn::Application);
            }
            if row
                .vehicle
                .is_some_and(|key| self.by_vehicle.contains_key(&key))
            {
                return Some(ConflictOn::Vehicle);
            }
        }
        let mut endings = batch.endings.iter().filter(|row| row.key == entry.key);
        let lives = |plate| self.live.get(plate).map(|row| row.application);
        endings
            .any(|row| lives(&row.plate) != Some(row.application))
            .then_some(ConflictOn::Ending)
    }

    fn write(&mut self, batch: &Batch, entry: &Entry) {
        for row in batch.allocations.iter().filter(|row| row.key == entry.key) {
            self.allocate(row.clone());
        }
        for row in batch.endings.iter().filter(|row| row.key == entry.key) {
            if let Some(life) = self.live.remove(&row.plate) {
                life.application.map(|key| self.by_application.remove(&key));
                life.vehicle.map(|key| self.by_vehicle.remove(&key));
                self.lapsed.insert(row.plate);
            }
        }
        for row in batch.returns.iter().filter(|row| row.key == entry.key) {
            self.lapsed.remove(&row.plate);
            self.returns.insert(row.plate, row.clone());
        }
        let segments = batch.segments.iter().filter(|row| row.key == entry.key);
        self.segments
            .extend(segments.map(|row| row.segment.clone()));
        match &entry.command {
            Command::SetRules(rules) => _ = self.rules.insert(rules.class, rules.clone()),
            Command::Withdraw(withdraw) => {
                let stays = |segment: &NewSegment| !withdraw.segments.contains(&segment.id);
                self.segments.retain(stays);
            }
            Command::Withhold(withhold) => {
                let plates = withhold.plates.clone();
                self.withholdings.insert(withhold.id, plates);
            }
            Command::EndWithholding(end) => _ = self.withholdings.remove(&end.id),
            _ => {}
        }
        if let Some(owner) = entry.owner() {
            self.latest.insert(owner, self.log.len());
        }
        self.log.push(entry.clone());
    }

    /// Inserts a live allocation.
    pub(crate) fn allocate(&mut self, row: AllocationRow) {
        row.application
            .map(|key| self.by_application.insert(key, row.plate));
        row.vehicle
            .map(|key| self.by_vehicle.insert(key, row.plate));
        self.lapsed.remove(&row.plate);
        self.live.insert(row.plate, row);
    }

    pub(crate) fn history(&self, application: ApplicationId) -> History {
        let last = self
            .latest
            .get(&application)
            .map(|index| self.log[*index].clone());
        let allocation = self.by_application.get(&application).copied();
        History {
            application,
            last,
            allocation,
        }
    }

    /// The latest row of an operation, or of a resolve of it.
    pub(crate) fn operation(&self, wanted: Resolve) -> Option<&Entry> {
        self.log.iter().rev().find(|entry| match &entry.command {
            Command::Operate(operation) => {
                (operation.application, operation.op_no) == (wanted.application, wanted.op_no)
            }
            Command::Resolve(resolve) => *resolve == wanted,
            _ => false,
        })
    }

    /// Reads the rows as a successor does that goes on to follow the log.
    pub(crate) fn read_of_last_row(&self) -> State {
        let last = self.log.last().map(|entry| entry.decided_at);
        self.read(last.unwrap_or(Timestamp::MIN))
    }

    /// Reads the rows and builds a memory from them, for the current epoch.
    pub(crate) fn read(&self, now: Timestamp) -> State {
        let last = self.log.last().map(|entry| entry.decided_at);
        let (office, limits) = (self.office.clone(), self.limits.clone());
        let mut restore = Restore::new(office, limits, self.epoch, now, last);
        // Nothing orders the rows that a query gives.
        self.segments
            .iter()
            .rev()
            .for_each(|segment| restore.segment(segment));
        self.rules.values().for_each(|rules| restore.rules(rules));
        self.live.keys().for_each(|plate| restore.allocated(*plate));
        for (id, plates) in &self.withholdings {
            restore.withheld(*id, plates);
        }
        self.lapsed.iter().for_each(|plate| restore.lapsed(*plate));
        self.returns.values().for_each(|row| restore.returning(row));
        let from = self.limits.read_from(now);
        for (application, index) in &self.latest {
            if self.log[*index].decided_at >= from {
                restore.application(&self.history(*application));
            }
        }
        restore.finish()
    }
}
