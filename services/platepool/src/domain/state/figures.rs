//! Checking the memory and comparing two of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use xuanhao_vocabulary::{PlateClass, PlateKey};

use super::{Due, State};
use crate::domain::command::NewSegment;
use crate::domain::hold::HoldSet;
use crate::domain::ids::{ApplicationId, SegmentId, WithholdingId};
use crate::domain::pool::Figures;
use crate::domain::record::Record;
use crate::domain::rule::ComposeRule;

/// What an audit counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// By class.
    pub figures: BTreeMap<PlateClass, Figures>,
    /// Numbers that applications hold.
    pub held: u64,
    /// Released numbers that lapsed and are not back.
    pub away: u64,
    /// Bytes that the memory takes.
    pub bytes: usize,
}

/// What an audit found broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// V2: a number is in two sets, or twice in one.
    #[error("{plate:?} is held twice")]
    HeldTwice {
        /// The number.
        plate: PlateKey,
    },
    /// A held number is free, or is not released.
    #[error("{plate:?} is held but free or unknown")]
    HeldButFree {
        /// The number.
        plate: PlateKey,
    },
    /// The bitmaps of a class contradict one another.
    #[error("the bitmaps of class {class} contradict one another")]
    Bitmaps {
        /// The class.
        class: PlateClass,
    },
    /// V6: numbers were lost or multiplied.
    #[error("{released} numbers are released, but {found} are accounted for")]
    Sum {
        /// In open segments.
        released: u64,
        /// Free, held, allocated or away.
        found: u64,
    },
}

/// All of the memory that is a function of the rows, in an order that does not depend on history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    segments: Vec<(PlateClass, SegmentId)>,
    announced: BTreeMap<SegmentId, NewSegment>,
    withheld: BTreeMap<PlateKey, WithholdingId>,
    rules: Vec<(PlateClass, Vec<ComposeRule>)>,
    free: BTreeSet<PlateKey>,
    open: BTreeSet<PlateKey>,
    allocated: BTreeSet<PlateKey>,
    held: BTreeMap<ApplicationId, HoldSet>,
    away: BTreeMap<PlateKey, Option<Timestamp>>,
    random_only: BTreeMap<PlateKey, Timestamp>,
    due: BTreeSet<(Timestamp, Due)>,
}

impl State {
    /// V2 and V6: every released number is free, held by one application, allocated or away.
    pub fn audit(&self) -> Result<Audit, Broken> {
        let mut seen = BTreeSet::new();
        let mut held = 0;
        let sets = self
            .applications
            .values()
            .flat_map(|record| record.live.plates());
        for plate in sets {
            if !seen.insert(plate) {
                return Err(Broken::HeldTwice { plate });
            }
            let Some((pool, place)) = self
                .place(plate)
                .filter(|(pool, place)| !pool.is_free(*place))
            else {
                return Err(Broken::HeldButFree { plate });
            };
            held += u64::from(!pool.is_allocated(place));
        }
        let let_go = self
            .let_go
            .iter()
            .map(|(_, plates)| plates.len() as u64)
            .sum::<u64>();
        let away = self
            .away
            .keys()
            .filter(|plate| self.place(**plate).is_some())
            .count() as u64;
        let mut figures = BTreeMap::new();
        for (class, pool) in &self.pools {
            if !pool.is_consistent() {
                return Err(Broken::Bitmaps { class: *class });
            }
            figures.insert(*class, pool.figures());
        }
        let released = figures.values().map(|figures| figures.released).sum();
        let pooled = figures
            .values()
            .map(|figures| figures.free + figures.allocated)
            .sum::<u64>();
        let found = pooled + held + let_go + away;
        if found != released {
            return Err(Broken::Sum { released, found });
        }
        Ok(Audit {
            figures,
            held: held + let_go,
            away,
            bytes: self.bytes(),
        })
    }

    /// For comparing what was lived with what was rebuilt or replayed.
    pub fn snapshot(&self) -> Snapshot {
        let pools = || self.pools.iter();
        let held = self
            .applications
            .iter()
            .filter(|(_, record)| !record.live.is_empty());
        let due = self
            .due
            .iter()
            .filter(|(_, due)| !matches!(due, Due::Forget(_) | Due::Void(..)));
        let ends = self
            .applications
            .iter()
            .flat_map(|(application, record)| self.ends(*application, record));
        Snapshot {
            segments: pools()
                .flat_map(|(class, pool)| {
                    pool.segments().iter().map(|segment| (*class, segment.id))
                })
                .collect(),
            announced: self.announced.clone(),
            withheld: self.withheld.clone(),
            rules: pools()
                .filter(|(_, pool)| !pool.rules().is_empty())
                .map(|(class, pool)| (*class, pool.rules().to_vec()))
                .collect(),
            free: pools().flat_map(|(_, pool)| pool.free_keys()).collect(),
            open: pools().flat_map(|(_, pool)| pool.open_keys()).collect(),
            allocated: pools()
                .flat_map(|(_, pool)| pool.allocated_keys())
                .chain(self.unreleased.values().flatten().copied())
                .collect(),
            held: held
                .map(|(application, record)| (*application, record.live.clone()))
                .collect(),
            away: self
                .away
                .iter()
                .map(|(plate, back)| (*plate, *back))
                .collect(),
            random_only: self.random_only.clone(),
            due: due.copied().chain(ends).collect(),
        }
    }

    /// The applications that both memories remember differently.
    pub fn disagreements(&self, other: &Self) -> Vec<ApplicationId> {
        let both = self
            .applications
            .iter()
            .filter_map(|(application, record)| {
                Some((application, record, other.applications.get(application)?))
            });
        both.filter(|(_, mine, theirs)| !mine.agrees(theirs))
            .map(|(application, ..)| *application)
            .collect()
    }

    fn bytes(&self) -> usize {
        let unreleased: usize = self.unreleased.values().map(BTreeSet::len).sum();
        let pools = self.pools.values().map(crate::domain::pool::Pool::bytes);
        let records = self.applications.values().map(Record::bytes);
        let entry = size_of::<(ApplicationId, Record)>() + 1;
        // The trees' nodes are two thirds full, on the average.
        let trees = unreleased * size_of::<PlateKey>()
            + self.due.len() * size_of::<(Timestamp, Due)>()
            + (self.random_only.len() + self.withheld.len()) * size_of::<(PlateKey, Timestamp)>();
        pools.sum::<usize>()
            + records.sum::<usize>()
            + self.applications.capacity() * entry
            + self.away.capacity() * (size_of::<(PlateKey, Option<Timestamp>)>() + 1)
            + trees * 3 / 2
    }
}
