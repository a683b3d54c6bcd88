//! The memory of one office's pool: a function of its durable rows.
//!
//! Time moves only by [`State::begin`]: what is void or due at an instant is settled before anything
//! is decided there, and writes nothing (E6). Every change of a row is made by `execute`, which live
//! engines and replays share.

mod admin;
mod choosing;
mod composing;
mod drawing;
mod execute;
mod figures;
mod following;
mod restore;
mod segments;
mod timers;
mod undo;
mod withholding;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use xuanhao_vocabulary::{IssuingCode, OfficeId, PlateClass, PlateKey};

pub(crate) use execute::{Executed, Written};
pub use figures::{Audit, Broken, Snapshot};
pub use restore::Restore;
pub(crate) use undo::{PlateIs, Undo};

use super::command::NewSegment;
use super::hashing::IdMap;
use super::hold::{HoldSet, Part};
use super::ids::{ApplicationId, SegmentId, WithholdingId};
use super::limits::Limits;
use super::pool::{Figures, Pool};
use super::record::{History, Record};

/// The office whose pool it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its id, which stands in the keys of its draws.
    pub id: OfficeId,
    /// The issuing codes that belong to it (E1).
    pub codes: BTreeSet<IssuingCode>,
}

/// The memory of one office's pool.
#[derive(Debug, Clone)]
pub struct State {
    office: Office,
    limits: Limits,
    epoch: u64,
    /// The latest instant at which anything was settled or decided.
    clock: Timestamp,
    /// The instant of the latest row.
    last_decided_at: Timestamp,
    pools: BTreeMap<PlateClass, Pool>,
    applications: IdMap<ApplicationId, Record>,
    /// Applications that came to be known since time moved last.
    fresh: Vec<ApplicationId>,
    due: BTreeSet<(Timestamp, Due)>,
    /// Lapsed numbers, and when those on their way back are free again.
    away: IdMap<PlateKey, Option<Timestamp>>,
    /// Returned numbers that are drawn only, until then.
    random_only: BTreeMap<PlateKey, Timestamp>,
    /// Announced segments that are not open yet.
    announced: BTreeMap<SegmentId, NewSegment>,
    /// Withheld numbers, and by which withholding. They are allocated too.
    withheld: BTreeMap<PlateKey, WithholdingId>,
    /// Numbers taken before their segment opened.
    unreleased: BTreeMap<(PlateClass, IssuingCode), BTreeSet<PlateKey>>,
    /// Numbers let go by an allocation of the last batch. They become free when time moves on,
    /// because the allocation may yet fail on a unique key and keep them.
    let_go: Vec<(ApplicationId, Vec<PlateKey>)>,
}

/// What happens by itself at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// An announced segment opens.
    Opens(SegmentId),
    /// A part of a set is void.
    Void(ApplicationId, Part),
    /// A lapsed number is free again.
    Back(PlateKey),
    /// A returned number may be composed.
    Composable(PlateKey),
    /// A segment may be composed from.
    SegmentComposable(PlateClass, SegmentId),
    /// The application's record may have become useless.
    Forget(ApplicationId),
}

impl State {
    fn empty(office: Office, limits: Limits, epoch: u64, clock: Timestamp) -> Self {
        Self {
            office,
            limits,
            epoch,
            clock,
            last_decided_at: Timestamp::MIN,
            pools: BTreeMap::new(),
            applications: IdMap::default(),
            fresh: Vec::new(),
            due: BTreeSet::new(),
            away: IdMap::default(),
            random_only: BTreeMap::new(),
            announced: BTreeMap::new(),
            withheld: BTreeMap::new(),
            unreleased: BTreeMap::new(),
            let_go: Vec::new(),
        }
    }

    /// The epoch it was built in.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The instant up to which everything that was void or due is settled.
    pub fn settled_until(&self) -> Timestamp {
        self.clock
    }

    /// The office it is of.
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// The instant of the next batch: `now`, but never before what is settled already, and always
    /// later than every row (E5).
    pub(crate) fn next_instant(&self, now: Timestamp) -> Timestamp {
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        let after = later(self.last_decided_at, SignedDuration::from_micros(1));
        now.max(self.clock).max(after)
    }

    /// Moves time on to `at` and settles what is void or due by then (E6).
    pub(crate) fn begin(&mut self, at: Timestamp) {
        self.clock = self.clock.max(at);
        for (_, plates) in std::mem::take(&mut self.let_go) {
            self.free_all(plates);
        }
        while let Some((instant, _)) = self.due.first()
            && *instant <= self.clock
        {
            if let Some((_, due)) = self.due.pop_first() {
                self.settle(due);
            }
        }
        // Only now, so that what was learnt for a request is there when it is decided.
        let instant = later(self.clock, self.limits.remember);
        let fresh = std::mem::take(&mut self.fresh).into_iter();
        self.due
            .extend(fresh.map(|application| (instant, Due::Forget(application))));
    }

    fn settle(&mut self, due: Due) {
        match due {
            Due::Opens(segment) => {
                if let Some(segment) = self.announced.remove(&segment) {
                    self.open_segment(&segment);
                }
            }
            Due::Void(application, part) => self.let_time_end(application, part),
            Due::Back(plate) => {
                self.away.remove(&plate);
                self.free_all([plate]);
            }
            Due::Composable(plate) => {
                self.random_only.remove(&plate);
                self.reopen(plate);
            }
            Due::SegmentComposable(class, segment) => self.reopen_segment(class, segment),
            Due::Forget(application) => self.forget(application),
        }
    }

    /// When something is due next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(instant, _)| *instant)
    }

    /// Whether the memory knows where the application stands.
    pub(crate) fn knows(&self, application: ApplicationId) -> bool {
        self.applications.contains_key(&application)
    }

    /// Takes in what the rows tell of an application the memory does not know. False if they hold a
    /// set that still lives: then the memory was built without it and cannot be trusted.
    pub(crate) fn learn(&mut self, history: &History) -> bool {
        if self.knows(history.application) {
            return true;
        }
        let set = history.last.as_ref().map(|entry| &entry.set);
        let until = set.and_then(|set| {
            Part::ALL
                .into_iter()
                .filter_map(|part| set.until(part))
                .max()
        });
        if until.is_some_and(|until| until > self.clock) {
            return false;
        }
        self.remember(history, HoldSet::default());
        true
    }

    fn remember(&mut self, history: &History, live: HoldSet) {
        let record = self.record_mut(history.application);
        record.allocation = history.allocation;
        if let Some(entry) = &history.last {
            record.follow(entry);
        }
        self.put_set(history.application, live);
    }

    fn record(&self, application: ApplicationId) -> Option<&Record> {
        self.applications.get(&application)
    }

    fn record_mut(&mut self, application: ApplicationId) -> &mut Record {
        self.applications.entry(application).or_insert_with(|| {
            self.fresh.push(application);
            Record::default()
        })
    }

    /// What the application holds.
    fn live(&self, application: ApplicationId) -> HoldSet {
        self.record(application)
            .map(|record| record.live.clone())
            .unwrap_or_default()
    }

    /// Makes `set` what the application holds, with its timers. The numbers' own state is the
    /// caller's business.
    fn put_set(&mut self, application: ApplicationId, set: HoldSet) {
        self.record_mut(application).live = set;
        self.wind_timers(application);
    }

    /// The pool of a number, and its place there if it is released.
    fn place(&self, plate: PlateKey) -> Option<(&Pool, usize)> {
        let pool = self.pools.get(&plate.class())?;
        Some((pool, pool.place_of(plate)?))
    }

    /// See [`Self::place`].
    fn place_mut(&mut self, plate: PlateKey) -> Option<(&mut Pool, usize)> {
        let pool = self.pools.get_mut(&plate.class())?;
        let place = pool.place_of(plate)?;
        Some((pool, place))
    }

    /// Makes numbers free, but for those that are allocated or away.
    fn free_all(&mut self, plates: impl IntoIterator<Item = PlateKey>) {
        for plate in plates {
            let away = !self.away.is_empty() && self.away.contains_key(&plate);
            if let Some((pool, place)) = self.place_mut(plate).filter(|_| !away)
                && !pool.is_allocated(place)
            {
                pool.set_free(place, true);
            }
        }
    }

    fn reopen(&mut self, plate: PlateKey) {
        let (now, random_only) = (self.clock, self.random_only.contains_key(&plate));
        if let Some((pool, place)) = self.place_mut(plate) {
            let closed = random_only || pool.is_segment_random_only(place, now);
            pool.set_random_only(place, closed);
        }
    }

    fn reopen_segment(&mut self, class: PlateClass, segment: SegmentId) {
        if let Some(pool) = self.pools.get_mut(&class) {
            pool.open_segment_to_composing(segment);
        }
        self.close_again(class);
    }

    /// Closes numbers of a class to composing that are drawn only for their own sake. They are few.
    fn close_again(&mut self, class: PlateClass) {
        let closed = self.random_only.keys().copied();
        let closed: Vec<_> = closed.filter(|plate| plate.class() == class).collect();
        closed.into_iter().for_each(|plate| self.reopen(plate));
    }

    /// Drops the record of an application that holds nothing and whose last row is old: its history
    /// can be read again.
    fn forget(&mut self, application: ApplicationId) {
        let Some(record) = self.applications.get(&application) else {
            return;
        };
        // A part that ends at the same instant is settled before this is asked again.
        let live = Part::ALL
            .into_iter()
            .filter_map(|part| record.live.until(part))
            .max();
        let written = record.written_at.map(|at| later(at, self.limits.remember));
        match live.or(written.filter(|until| *until > self.clock)) {
            Some(ask_again) => _ = self.due.insert((ask_again, Due::Forget(application))),
            None => _ = self.applications.remove(&application),
        }
    }

    /// The figures of a class.
    pub fn figures(&self, class: PlateClass) -> Figures {
        self.pools
            .get(&class)
            .map(Pool::figures)
            .unwrap_or_default()
    }
}

/// An instant that much later, or the last there is.
pub(crate) fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}
