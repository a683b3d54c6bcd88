//! Self-composed numbers (R-SEL-06, R-SEL-09, R-SEL-10).

use jiff::Timestamp;
use xuanhao_vocabulary::PlateKey;
use xuanhao_vocabulary::plate::Energy;

use super::State;
use super::execute::Step;
use crate::domain::command::{Compose, OnHit};
use crate::domain::error::Error;
use crate::domain::hold::{Column, HoldSet};
use crate::domain::ids::ApplicationId;
use crate::domain::rows::Outcome;

impl State {
    /// R-SEL-06, R-POOL-06: takes the first wish, in the citizen's order, that is free and open for
    /// composing. A number that the citizen holds counts as free to them. A wish that is not
    /// released, or of another energy group, is missed like any other, so that nobody can ask what
    /// is in a segment. A hit is allocated at once (R-SEL-09) or held for a while (R-SEL-10). If all are missed, that is a row too
    /// (P4).
    pub(super) fn compose(
        &mut self,
        application: ApplicationId,
        compose: &Compose,
    ) -> Result<Step, Error> {
        if compose.wishes.is_empty() || compose.wishes.len() > self.limits.wishes {
            return Err(Error::OutOfRange { field: "wishes" });
        }
        let hold_until = match compose.on_hit {
            OnHit::Allocate(_) => None,
            OnHit::Hold { ttl } => Some(self.held_until(ttl, "ttl")?),
        };
        let hit = compose
            .wishes
            .iter()
            .copied()
            .find(|wish| self.is_hit(application, *wish, compose.energy));
        let Some(plate) = hit else {
            return Ok(Step::of(Outcome::AllMissed));
        };
        match (compose.on_hit, hold_until) {
            (OnHit::Allocate(vehicle), _) => {
                self.allocate(application, plate);
                Ok(Step::allocated(plate, vehicle))
            }
            (OnHit::Hold { .. }, until) => {
                let until = until.unwrap_or(self.clock);
                self.hold_alone(application, plate, until);
                Ok(Step::of(Outcome::Held { until }))
            }
        }
    }

    /// Whether the application would get the number it wishes for.
    fn is_hit(&self, application: ApplicationId, wish: PlateKey, energy: Option<Energy>) -> bool {
        let Some((pool, place)) = self.place(wish) else {
            return false;
        };
        let of = wish.unpack().1.serial().energy();
        if energy.is_some() && of.is_some() && energy != of {
            return false;
        }
        let own = || {
            let record = self.record(application);
            record.is_some_and(|record| record.live.plates().any(|plate| plate == wish))
        };
        pool.is_open(place) && !pool.is_allocated(place) && (pool.is_free(place) || own())
    }

    /// Makes a number the application's column of one; everything else it holds is given up.
    pub(super) fn hold_alone(
        &mut self,
        application: ApplicationId,
        plate: PlateKey,
        until: Timestamp,
    ) {
        self.let_all_go(application);
        let column = Some(Column {
            plates: vec![plate],
            until,
            chosen: false,
        });
        let basket = None;
        self.put_set(application, HoldSet { column, basket });
        if let Some((pool, place)) = self.place_mut(plate) {
            pool.set_free(place, false);
        }
    }
}
