//! Coarse counts of past days, for everybody: told once a day is over, from the rows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use xuanhao_chassis::clock::{civil_day, start_of_day};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::jobs::Progress;
use xuanhao_vocabulary::{Office, PlateClass, PlateKey};

use super::App;
use crate::error::Error;
use crate::store::history::{self, DayCounts};
use crate::store::segment::{self, Segment};

/// Days counted by one run of the job for an office.
const RUN: u32 = 31;

/// The counts of a class on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayView {
    /// The day.
    pub day: Date,
    /// The class.
    pub class: PlateClass,
    /// Numbers released by its end.
    pub released: u64,
    /// Multiples of `step`, rounded down: free and allocated at its end, come back on it.
    pub at_least: [u64; 3],
    /// How coarse the counts are.
    pub step: u64,
}

impl App {
    /// Counts the days that are over and not counted, of every office with open segments.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn count_days(&self) -> Result<Progress, Error> {
        for office in segment::offices_with_released(self.db().pool()).await? {
            if let Ok(office) = self.office(office) {
                self.count_days_of(office).await?;
            }
        }
        Ok(Progress::Idle)
    }

    async fn count_days_of(&self, office: &'static Office) -> Result<(), Error> {
        let pool = self.db().pool();
        let today = self.clock().today();
        let segments = segment::of_office(pool, office.id).await?;
        let opened = segments.iter().filter_map(Segment::opened_at).min();
        let Some(first) = opened.map(civil_day) else {
            return Ok(());
        };
        let next = match history::last_day(pool, office.id).await? {
            Some(last) => tomorrow(last)?,
            None => first,
        };
        let mut day = next;
        for _ in 0..RUN {
            if day >= today {
                break;
            }
            self.count_day(office, day, &segments).await?;
            day = tomorrow(day)?;
        }
        Ok(())
    }

    async fn count_day(
        &self,
        office: &'static Office,
        day: Date,
        segments: &[Segment],
    ) -> Result<(), Error> {
        let bounds = (beginning(day)?, beginning(tomorrow(day)?)?);
        let (pool, end) = (self.db().pool(), bounds.1);
        let allocated = history::allocated_at(pool, office.id, end).await?;
        let mut away = history::away_at(pool, office.id, end).await?;
        away.retain(|plate| !allocated.contains(plate));
        let returned = history::returned_within(pool, office.id, bounds).await?;
        let mut open: BTreeMap<PlateClass, Vec<&Segment>> = BTreeMap::new();
        for segment in segments {
            if segment.opened_at().is_some_and(|at| at < end) {
                open.entry(segment.class).or_default().push(segment);
            }
        }
        let step = u64::from(self.publication().step.max(1));
        let coarse = |count: u64| count / step * step;
        let (now, mut counts) = (self.clock().now(), Vec::new());
        for (class, open) in open {
            let inside = |plate: &&PlateKey| {
                let (of, number) = plate.unpack();
                let holds = |segment: &&Segment| {
                    segment.code == number.code() && segment.mask.contains(&number.serial())
                };
                of == class && open.iter().any(holds)
            };
            let count = |plates: &std::collections::HashSet<PlateKey>| {
                plates.iter().filter(inside).count() as u64
            };
            let released: u64 = open.iter().map(|segment| segment.mask.count()).sum();
            let taken = count(&allocated);
            counts.push(DayCounts {
                day,
                class,
                released,
                free_at_least: coarse(released.saturating_sub(taken + count(&away))),
                allocated_at_least: coarse(taken),
                returned_at_least: coarse(count(&returned)),
                step,
            });
        }
        self.db()
            .run_tx("platepool.history.count", async |tx: &mut Tx| {
                for one in &counts {
                    history::add(tx, office.id, one, now).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }

    /// The counts of days before one, newest first, and whether there are more.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn pool_history(
        &self,
        office: &'static Office,
        before: Option<Date>,
        limit: u16,
    ) -> Result<(Vec<DayView>, bool), Error> {
        let wanted = i64::from(limit) + 1;
        let mut found = history::list(self.db().pool(), office.id, before, wanted).await?;
        let mut days: Vec<Date> = found.iter().map(|one| one.day).collect();
        days.dedup();
        let more = days.get(usize::from(limit)).copied();
        found.retain(|one| more.is_none_or(|more| one.day > more));
        let view = |one: DayCounts| DayView {
            day: one.day,
            class: one.class,
            released: one.released,
            at_least: [
                one.free_at_least,
                one.allocated_at_least,
                one.returned_at_least,
            ],
            step: one.step,
        };
        Ok((found.into_iter().map(view).collect(), more.is_some()))
    }
}

fn tomorrow(day: Date) -> Result<Date, db::Error> {
    day.tomorrow()
        .map_err(|source| db::Error::corrupt("day", source))
}

fn beginning(day: Date) -> Result<jiff::Timestamp, db::Error> {
    start_of_day(day).map_err(|source| db::Error::corrupt("day", source))
}
