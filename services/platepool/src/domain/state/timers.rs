//! The timers of what applications hold.
//!
//! A part that is held has one entry among what is due, at its end or before. An entry that comes
//! too early is put off: who draws again and again, each time for longer, winds no timer.

use super::{Due, State};
use crate::domain::hold::{HoldSet, Part};
use crate::domain::ids::ApplicationId;
use crate::domain::record::Record;

impl State {
    /// Sees to it that each part that the application holds has its entry, and no other has.
    pub(super) fn wind_timers(&mut self, application: ApplicationId) {
        let Some(record) = self.applications.get_mut(&application) else {
            return;
        };
        for part in Part::ALL {
            let (until, wound) = (record.live.until(part), *record.timer(part));
            let in_time = until.is_some() && wound.is_some() && wound <= until;
            if in_time || until == wound {
                continue;
            }
            if let Some(instant) = wound {
                self.due.remove(&(instant, Due::Void(application, part)));
            }
            if let Some(instant) = until {
                self.due.insert((instant, Due::Void(application, part)));
            }
            *record.timer(part) = until;
        }
    }

    /// An entry is due: the part ends, unless its end was put off.
    pub(super) fn let_time_end(&mut self, application: ApplicationId, part: Part) {
        let Some(record) = self.applications.get_mut(&application) else {
            return;
        };
        *record.timer(part) = None;
        let over = record
            .live
            .until(part)
            .is_some_and(|until| until <= self.clock);
        let plates = over.then(|| record.live.drop_part(part));
        self.wind_timers(application);
        self.free_all(plates.into_iter().flatten());
    }

    /// Takes a part of what an application holds, to be replaced at once: its timer stays.
    pub(super) fn take_part(&mut self, application: ApplicationId, part: Part) -> HoldSet {
        let record = self.applications.get_mut(&application);
        let live = record.map(|record| &mut record.live);
        let mut taken = HoldSet::default();
        match (live, part) {
            (Some(live), Part::Column) => taken.column = live.column.take(),
            (Some(live), Part::Basket) => taken.basket = live.basket.take(),
            (None, _) => {}
        }
        taken
    }

    /// When each part ends that has its entry. An entry is never later than that.
    pub(super) fn ends<'a>(
        &'a self,
        application: ApplicationId,
        record: &'a Record,
    ) -> impl Iterator<Item = (jiff::Timestamp, Due)> + 'a {
        let wound = move |part: &Part| {
            let until = record.live.until(*part)?;
            let instant = record.timers[*part as usize].filter(|instant| *instant <= until)?;
            let void = |at| (at, Due::Void(application, *part));
            self.due.contains(&void(instant)).then_some(void(until))
        };
        Part::ALL.into_iter().filter_map(move |part| wound(&part))
    }
}
