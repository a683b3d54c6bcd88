//! Opening segments, at once or at an announced instant (E1, R-POOL-02, R-POOL-03, R-POOL-04).

use xuanhao_vocabulary::PlateKey;

use super::{Due, State};
use crate::domain::command::{Command, NewSegment, Release, UsedNumbers, Withdraw};
use crate::domain::error::Error;
use crate::domain::hold::HoldSet;
use crate::domain::ids::{RowKey, SegmentId};
use crate::domain::pool::Pool;
use crate::domain::rows::{Fact, News, Outcome, SegmentRow};
use crate::domain::state::Executed;

impl State {
    /// E1: opens all segments of a batch, or none. Each must be of the office's codes, disjoint from
    /// the others of its code and class, and have its used numbers imported and counted.
    pub(super) fn release(
        &mut self,
        key: RowKey,
        command: &Command,
        release: &Release,
    ) -> Result<Executed, Error> {
        if release.segments.is_empty() {
            return Err(Error::OutOfRange { field: "segments" });
        }
        for (index, segment) in release.segments.iter().enumerate() {
            self.check_segment(segment, &release.segments[..index])?;
        }
        let numbers: u64 = release
            .segments
            .iter()
            .map(|segment| segment.mask.count())
            .sum();
        let known: u64 = self
            .pools
            .values()
            .map(|pool| pool.figures().released)
            .sum();
        let announced: u64 = self
            .announced
            .values()
            .map(|segment| segment.mask.count())
            .sum();
        if numbers + known + announced > self.limits.numbers {
            return Err(Error::TooManyNumbers);
        }
        let outcome = Outcome::Released { numbers };
        let mut written = self.written(key, command, 0, outcome, HoldSet::default());
        for segment in &release.segments {
            self.open_or_announce(segment);
            let (batch, segment) = (release.batch, segment.clone());
            written.segments.push(SegmentRow {
                key,
                batch,
                segment,
            });
        }
        // Of an announced batch the news is told once it is open.
        if !release.segments.iter().any(|one| self.is_to_come(one)) {
            let news = News::BatchReleased {
                batch: release.batch,
                numbers,
            };
            written.facts.push(Fact { key, news });
        }
        Ok(Executed::Row(Box::new(written)))
    }

    /// Takes announced segments back, all or none, as long as their time has not come.
    pub(super) fn withdraw(
        &mut self,
        key: RowKey,
        command: &Command,
        withdraw: &Withdraw,
    ) -> Result<Executed, Error> {
        let waits = |segment| self.announced.contains_key(segment);
        if withdraw.segments.is_empty() || !withdraw.segments.iter().all(waits) {
            return Err(Error::NotAnnounced);
        }
        for segment in &withdraw.segments {
            if let Some(opens_at) = self.announced.remove(segment).and_then(|one| one.opens_at) {
                self.due.remove(&(opens_at, Due::Opens(*segment)));
            }
        }
        let written = self.written(key, command, 0, Outcome::Withdrawn, HoldSet::default());
        Ok(Executed::Row(Box::new(written)))
    }

    fn is_to_come(&self, segment: &NewSegment) -> bool {
        segment.opens_at.is_some_and(|at| at > self.clock)
    }

    /// Opens a segment that is known to fit, or notes when it will.
    pub(super) fn open_or_announce(&mut self, new: &NewSegment) {
        match new.opens_at.filter(|_| self.is_to_come(new)) {
            Some(opens_at) => {
                self.due.insert((opens_at, Due::Opens(new.id)));
                self.announced.insert(new.id, new.clone());
            }
            None => self.open_segment(new),
        }
    }

    fn check_segment(&self, new: &NewSegment, before: &[NewSegment]) -> Result<(), Error> {
        let segment = new.id;
        if !self.office.codes.contains(&new.code) {
            return Err(Error::ForeignCode { code: new.code });
        }
        if new.mask.check_class(new.class).is_err() {
            return Err(Error::MaskClass { segment });
        }
        let in_use = |id: SegmentId| {
            if id == segment {
                Err(Error::SegmentKnown { segment })
            } else {
                Ok(())
            }
        };
        let overlap = |other| Err(Error::SegmentOverlaps { segment, other });
        for (class, pool) in &self.pools {
            for open in pool.segments() {
                in_use(open.id)?;
                if *class == new.class && open.code == new.code && open.mask.overlaps(&new.mask) {
                    return overlap(open.id);
                }
            }
        }
        for other in before.iter().chain(self.announced.values()) {
            in_use(other.id)?;
            if (other.class, other.code) == (new.class, new.code) && other.mask.overlaps(&new.mask)
            {
                return overlap(other.id);
            }
        }
        match new.used {
            UsedNumbers::Open => Err(Error::ImportOpen { segment }),
            UsedNumbers::Closed { count: counted } => {
                let known = self.imported(new).count() as u64;
                let differs = Error::ImportDiffers {
                    segment,
                    counted,
                    known,
                };
                if known == counted {
                    Ok(())
                } else {
                    Err(differs)
                }
            }
        }
    }

    /// The numbers of a segment that were taken before it opens.
    fn imported<'a>(&'a self, segment: &'a NewSegment) -> impl Iterator<Item = PlateKey> + 'a {
        let imported = self.unreleased.get(&(segment.class, segment.code));
        let numbers = imported.into_iter().flatten().copied();
        numbers.filter(|plate| segment.mask.contains(&plate.unpack().1.serial()))
    }

    /// Opens a segment that is known to fit.
    pub(super) fn open_segment(&mut self, new: &NewSegment) {
        let taken: Vec<_> = self.imported(new).collect();
        if let Some(imported) = self.unreleased.get_mut(&(new.class, new.code)) {
            taken.iter().for_each(|plate| _ = imported.remove(plate));
        }
        let pool = self
            .pools
            .entry(new.class)
            .or_insert_with(|| Pool::new(new.class));
        pool.open_segment(new, self.clock);
        taken.into_iter().for_each(|plate| self.take(plate));
        let away = self.away.keys().copied();
        let away: Vec<_> = away.filter(|plate| plate.class() == new.class).collect();
        for plate in away {
            if let Some((pool, place)) = self.place_mut(plate) {
                pool.set_free(place, false);
            }
        }
        if let Some(until) = new.random_only_until.filter(|until| *until > self.clock) {
            self.due
                .insert((until, Due::SegmentComposable(new.class, new.id)));
        }
        self.close_again(new.class);
    }
}
