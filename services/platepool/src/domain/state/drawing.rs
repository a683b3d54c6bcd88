//! Drawing numbers into the column (R-RND-01, R-RND-02, R-RND-05, R-RND-07, R-RND-11, E6, E9, E10).

use jiff::{SignedDuration, Timestamp};

use super::execute::Step;
use super::{State, later};
use crate::domain::command::Draw;
use crate::domain::draw::Days;
use crate::domain::error::Error;
use crate::domain::hold::{Column, Part};
use crate::domain::ids::ApplicationId;
use crate::domain::pool::Filter;
use crate::domain::rows::Outcome;

/// Which numbers the draw sees.
fn filter(draw: &Draw) -> Filter {
    Filter::new(draw.class, draw.from, draw.energy)
}

impl State {
    /// R-RND-07, R-RND-12: replaces the column. Its old numbers are free before the first pick and may come again; a
    /// basket that still lives has its timer restarted. Where fewer are free than asked for, all of
    /// them are given; where none is, nothing changes (P4).
    pub(super) fn draw(
        &mut self,
        application: ApplicationId,
        op_no: u64,
        draw: &Draw,
        days: &Days,
    ) -> Result<Step, Error> {
        if draw.count == 0 || draw.count > self.limits.draw {
            return Err(Error::OutOfRange { field: "count" });
        }
        let column_until = self.held_until(draw.column_ttl, "column_ttl")?;
        let basket_until = self.held_until(draw.basket_ttl, "basket_ttl")?;
        let key = days.draw_key(self.clock)?;
        if !self.can_draw(application, draw) {
            return Err(Error::NoneFree);
        }
        let own = self.take_part(application, Part::Column);
        self.free_all(own.plates());
        let filter = filter(draw);
        let mut picks = key.picks(&self.office.id, application, op_no);
        let mut plates = Vec::with_capacity(draw.count as usize);
        if let Some(pool) = self.pools.get_mut(&draw.class) {
            for _ in 0..draw.count {
                let free = pool.free_count(filter);
                if free == 0 {
                    break;
                }
                let rank = picks.next_rank(free);
                let place = pool
                    .select(filter, rank)
                    .expect("the rank is below the count");
                pool.set_free(place, false);
                plates.push(pool.key_at(place));
            }
        }
        let live = &mut self.record_mut(application).live;
        live.column = Some(Column {
            plates,
            until: column_until,
            chosen: false,
        });
        if let Some(basket) = &mut live.basket {
            basket.until = basket_until;
        }
        self.wind_timers(application);
        Ok(Step::of(Outcome::Held {
            until: column_until,
        }))
    }

    /// Whether there is a number to draw once the application's own column is free again.
    fn can_draw(&self, application: ApplicationId, draw: &Draw) -> bool {
        let Some(pool) = self.pools.get(&draw.class) else {
            return false;
        };
        let column = self
            .record(application)
            .and_then(|record| record.live.column.as_ref());
        let mut own = column.iter().flat_map(|column| &column.plates);
        pool.free_count(filter(draw)) > 0
            || own.any(|plate| {
                let place = pool.place_of(*plate);
                plate.class() == draw.class
                    && place.is_some_and(|place| {
                        !pool.is_allocated(place) && pool.matches(place, filter(draw))
                    })
            })
    }

    /// R-RND-04: when a hold of that length ends. It counts from before the statement, and the same instant
    /// is written and shown (E7).
    pub(super) fn held_until(
        &self,
        ttl: SignedDuration,
        field: &'static str,
    ) -> Result<Timestamp, Error> {
        // Microseconds are what rows can hold.
        let micros = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
        if micros <= 0 || ttl > self.limits.longest_hold {
            return Err(Error::OutOfRange { field });
        }
        Ok(later(self.clock, SignedDuration::from_micros(micros)))
    }
}
