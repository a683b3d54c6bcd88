//! What is done with numbers that are held: keep one, choose one, take one, let all go.

use super::State;
use super::execute::Step;
use crate::domain::command::{Choose, Confirm, ConfirmFrom, Keep};
use crate::domain::error::Error;
use crate::domain::hold::{Basket, HoldSet};
use crate::domain::ids::ApplicationId;
use crate::domain::rows::Outcome;

impl State {
    /// R-RND-06..08: one candidate a column goes into the basket, whose timer restarts. The rest of
    /// the column stays until its own time.
    pub(super) fn keep(&mut self, application: ApplicationId, keep: &Keep) -> Result<Step, Error> {
        let until = self.held_until(keep.basket_ttl, "basket_ttl")?;
        let mut set = self.live(application);
        let column = set.column.as_mut().ok_or(Error::HoldVoid)?;
        if column.chosen {
            return Err(Error::CandidateChosen);
        }
        let index = column.plates.iter().position(|plate| *plate == keep.plate);
        let plate = column.plates.remove(index.ok_or(Error::NotHeld)?);
        column.chosen = true;
        let basket = set.basket.get_or_insert(Basket {
            plates: Vec::new(),
            until,
        });
        if basket.plates.len() >= self.limits.wishes {
            return Err(Error::OutOfRange { field: "basket" });
        }
        basket.plates.push(plate);
        basket.until = until;
        self.put_set(application, set);
        Ok(Step::of(Outcome::Held { until }))
    }

    /// R-RND-09: takes a held number; column and basket end with it (P7).
    pub(super) fn confirm(
        &mut self,
        application: ApplicationId,
        confirm: &Confirm,
    ) -> Result<Step, Error> {
        let set = self.live(application);
        match held(&set, confirm) {
            Some(true) => {}
            Some(false) => return Err(Error::NotHeld),
            None => return Err(Error::HoldVoid),
        }
        if self
            .place(confirm.plate)
            .is_none_or(|(pool, place)| pool.is_allocated(place))
        {
            return Err(Error::PlateTaken);
        }
        self.allocate(application, confirm.plate);
        Ok(Step::allocated(confirm.plate, confirm.vehicle))
    }

    /// R-CNF-01, R-CNF-02: one held number becomes a column of one with a time of its own, at whose
    /// end it is free again; everything else is given up.
    pub(super) fn choose(
        &mut self,
        application: ApplicationId,
        choose: &Choose,
    ) -> Result<Step, Error> {
        let until = self.held_until(choose.ttl, "ttl")?;
        let set = self.live(application);
        if set.is_empty() {
            return Err(Error::HoldVoid);
        }
        if !set.plates().any(|plate| plate == choose.plate) {
            return Err(Error::NotHeld);
        }
        self.hold_alone(application, choose.plate, until);
        Ok(Step::of(Outcome::Held { until }))
    }

    /// Lets column and basket go.
    pub(super) fn give_up(&mut self, application: ApplicationId) -> Step {
        self.let_all_go(application);
        Step::of(Outcome::GivenUp)
    }
}

/// Whether the parts that may be confirmed from hold the number; none if nothing is held any more.
fn held(set: &HoldSet, confirm: &Confirm) -> Option<bool> {
    let basket = set
        .basket
        .as_ref()
        .map(|basket| basket.plates.contains(&confirm.plate));
    let column = set
        .column
        .as_ref()
        .map(|column| column.plates.contains(&confirm.plate));
    match confirm.from {
        // While the column lives its time is not up: the number is merely no candidate yet.
        ConfirmFrom::Basket => basket.or(column.map(|_| false)),
        // `None` is less than `Some(false)`, and that less than `Some(true)`.
        ConfirmFrom::ColumnOrBasket => basket.max(column),
    }
}
