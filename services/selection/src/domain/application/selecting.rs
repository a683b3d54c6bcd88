//! What operations change in an application: numbers held, numbers chosen, chances used.

use jiff::Timestamp;
use xuanhao_vocabulary::PlateNumber;

use super::super::Refused;
use super::super::choice::Choice;
use super::super::holding::Holding;
use super::super::operation::{Channel, Dropped, Outcome, Request, Reserved};
use super::super::quota::VehicleQuota;
use super::super::rules::Rules;
use super::super::state::Event;
use super::{Application, Settled, later};

impl Application {
    /// What a countdown that is over leaves: the choice is gone, and a hit that lapsed costs what policy
    /// says (R-SEL-10, R-CNF-02). Only while no operation is pending: its outcome may have been in time.
    pub(crate) fn caught_up(
        &self,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> (Self, VehicleQuota) {
        match &self.choice {
            Some(choice) if !choice.is_live(now) => self.without_choice(quota, rules),
            _ => (self.clone(), *quota),
        }
    }

    /// The same with what the countdown's end changed written down.
    pub(crate) fn lapse_choice(
        &self,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Option<(Self, VehicleQuota)> {
        let lapsed = self
            .choice
            .as_ref()
            .is_some_and(|choice| !choice.is_live(now));
        lapsed.then(|| {
            let (mut next, quota) = self.without_choice(quota, rules);
            next.version += 1;
            (next, quota)
        })
    }

    fn without_choice(&self, quota: &VehicleQuota, rules: &Rules<'_>) -> (Self, VehicleQuota) {
        let composed = self.choice.as_ref().is_some_and(|choice| choice.composed);
        let quota = if composed {
            quota.abandon_hit(rules.forfeits())
        } else {
            *quota
        };
        let choice = None;
        (
            Self {
                choice,
                ..self.clone()
            },
            quota,
        )
    }

    /// Sets the operation's charge aside and gives it the application's next number (P1, P3). A
    /// number is never used again, whatever becomes of its operation.
    pub(crate) fn reserve(
        &self,
        reserved: &Reserved<'_>,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<(Self, VehicleQuota), Refused> {
        let event = match reserved.channel {
            Channel::Internet => Event::Operate,
            Channel::Window => Event::OperateAtCounter,
        };
        let next = self.changed(event)?;
        self.verification.check()?;
        rules.check_open(reserved.channel, now)?;
        self.check_choice(reserved, rules, now)?;
        if let (Request::Compose { .. }, Channel::Internet, Some(until)) =
            (reserved.request, reserved.channel, self.compose_from)
            && now < until
            && !quota.compose_forfeited
        {
            return Err(Refused::IntervalNotElapsed { until });
        }
        let (next, quota) = next.caught_up(quota, rules, now);
        let quota = quota.reserve(reserved.channel, reserved.charge)?;
        Ok((
            Self {
                last_op_no: self.last_op_no + 1,
                at_counter: self.at_counter || reserved.channel == Channel::Window,
                ..next
            },
            quota,
        ))
    }

    /// What a waiting number leaves room for (R-SEL-10, R-CNF-01): a chosen one only for its own
    /// confirmation, a held hit for being confirmed or abandoned.
    fn check_choice(
        &self,
        reserved: &Reserved<'_>,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let online = reserved.channel == Channel::Internet;
        let confirms_late = online && rules.checks_after_choosing();
        let Some(choice) = &self.choice else {
            return match reserved.request {
                Request::Confirm { .. } if confirms_late => Err(Refused::StepNotReached),
                _ => Ok(()),
            };
        };
        if !choice.is_live(now) {
            return match reserved.request {
                Request::Confirm { .. } | Request::Choose { .. } => Err(Refused::HoldExpired),
                _ => Ok(()),
            };
        }
        let is_held = |plate: &PlateNumber| {
            (*plate == choice.plate)
                .then_some(())
                .ok_or(Refused::PlateNotHeld)
        };
        match reserved.request {
            Request::Confirm { plate } if choice.is_final || !confirms_late => is_held(plate),
            Request::Confirm { .. } => Err(Refused::StepNotReached),
            _ if choice.is_final => Err(Refused::ChoiceFinal {
                until: choice.until,
            }),
            Request::Choose { plate } => is_held(plate),
            // A hit is confirmed or abandoned, never a candidate.
            Request::Keep { .. } => Err(Refused::StepNotOffered),
            Request::Compose { .. } if online && rules.forfeits() => Err(Refused::ComposeForfeited),
            Request::Compose { .. } | Request::Draw { .. } | Request::GiveUp => Ok(()),
        }
    }

    /// Applies what became of an operation: charge, holding, choice, state (P5, P7, P8).
    ///
    /// # Errors
    /// When the pool allocated a number to an application that cannot have one.
    pub(crate) fn settle(
        &self,
        reserved: &Reserved<'_>,
        outcome: &Outcome,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<Settled, Refused> {
        let mut quota = quota.settle(reserved.channel, reserved.charge, reserved.cost(outcome));
        let mut next = Self {
            version: self.version + 1,
            ..self.clone()
        };
        let mut confirmed = None;
        match outcome {
            Outcome::Allocated { allocation } => {
                next = self.allocate()?;
                confirmed = Some(allocation.clone());
            }
            Outcome::Held { holding, .. } => {
                (next, quota) = next.hold(reserved, holding, &quota, rules, now);
            }
            Outcome::AllMissed | Outcome::Lodged { .. } => {
                // The countdown begins anew after each failed round (R-SEL-08).
                next.compose_from = Some(later(now, rules.compose_interval()));
            }
            Outcome::GivenUp => {
                (next, quota) = next.without_choice(&quota, rules);
                next.holding = Holding::default();
            }
            // Ours is the fault, so it forfeits nothing (P6).
            Outcome::Dropped {
                reason: Dropped::TooLittleTime,
            } => {
                next.choice = None;
                next.holding = Holding::default();
            }
            Outcome::NoneFree | Outcome::Refused { .. } | Outcome::Dropped { .. } => {}
        }
        if next.is_exhausted(&quota, now) {
            next.state = next.state.after(Event::Exhaust)?;
        }
        Ok(Settled {
            application: next,
            quota,
            confirmed,
        })
    }

    /// What is held now, and which number of it waits for being confirmed. Whatever replaces a held hit
    /// abandons it (R-SEL-10).
    fn hold(
        &self,
        reserved: &Reserved<'_>,
        holding: &Holding,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> (Self, VehicleQuota) {
        let choose = |composed, is_final| {
            let column = holding.column.as_ref()?;
            Some(Choice {
                plate: *column.plates.first()?,
                composed,
                is_final,
                until: column.until,
            })
        };
        let (mut next, mut quota) = (self.clone(), *quota);
        match reserved.request {
            Request::Choose { .. } => {
                let composed = self.choice.as_ref().is_some_and(|choice| choice.composed);
                next.choice = choose(composed, true);
            }
            Request::Compose { .. } => {
                (next, quota) = self.without_choice(&quota, rules);
                next.choice = choose(true, false);
                next.compose_from = Some(later(now, rules.compose_interval()));
            }
            Request::Draw { .. } => (next, quota) = self.without_choice(&quota, rules),
            Request::Keep { .. } | Request::Confirm { .. } | Request::GiveUp => {}
        }
        next.holding = holding.clone();
        (next, quota)
    }
}
