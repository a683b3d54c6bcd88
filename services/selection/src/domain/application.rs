//! An application: one road of one VIN, from an office's notice to a number.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use xuanhao_chassis::ids::{AccountId, ApplicationId};
use xuanhao_vocabulary::{OfficeId, PlateClass, Vin};

use super::Refused;
use super::holding::Holding;
use super::operation::{Allocation, Outcome, Request, charge};
use super::policy::Policy;
use super::proof::Proof;
use super::quota::{Charge, VehicleQuota};
use super::rules::Rules;
use super::state::{Event, State};

/// The vehicle an application is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Info {
    /// Its VIN.
    pub(crate) vin: Vin,
    /// The class of plate it takes.
    pub(crate) class: PlateClass,
    /// The decision that found it eligible.
    pub(crate) assessment: Uuid,
    /// Keyed hash of the VIN, by which the pool knows the vehicle (E8).
    pub(crate) vehicle_key: Vec<u8>,
}

/// An application as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Application {
    pub(crate) id: ApplicationId,
    pub(crate) office: OfficeId,
    /// Whose it is.
    pub(crate) account: AccountId,
    /// Keyed blind index of the person: what a ban is kept under.
    pub(crate) person_key: Vec<u8>,
    pub(crate) state: State,
    /// Rises with every change.
    pub(crate) version: i64,
    /// The notice that was agreed to.
    pub(crate) notice_version: i32,
    /// Present from `InfoSubmitted` on.
    pub(crate) info: Option<Info>,
    /// Version of the office's policy in force at the lock.
    pub(crate) policy_version: Option<i32>,
    /// Number of the last operation; the next has the next (P3).
    pub(crate) last_op_no: u64,
    /// The next compose round may be sent from then on (R-SEL-05).
    pub(crate) compose_from: Option<Timestamp>,
    /// When the code of the last identity check could be sent in (R-AUTH-02).
    pub(crate) confirm_from: Option<Timestamp>,
    /// What the pool last said it holds.
    pub(crate) holding: Holding,
    pub(crate) opened_at: Timestamp,
}

/// A confirmed number with all that was frozen when it was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) allocation: Allocation,
    /// Last civil day for registering, inclusive (R-DONE-01).
    pub(crate) deadline: Date,
    /// What people read out (R-DONE-02).
    pub(crate) voucher_number: String,
    /// Once registered.
    pub(crate) registered_on: Option<Date>,
    /// Once its number went back to the pool.
    pub(crate) returned_at: Option<Timestamp>,
}

/// What settling an operation changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) application: Application,
    pub(crate) quota: VehicleQuota,
    /// The number that was confirmed by it.
    pub(crate) confirmed: Option<Allocation>,
}

impl Application {
    fn changed(&self, event: Event) -> Result<Self, Refused> {
        let state = self.state.after(event)?;
        Ok(Self {
            state,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// Agrees to a newer notice before the lock (R-ENT-04).
    pub(crate) fn agree_notice(&self, notice_version: i32) -> Result<Self, Refused> {
        Ok(Self {
            notice_version,
            ..self.changed(Event::AgreeNotice)?
        })
    }

    /// Takes over an eligible vehicle; may be repeated until it is confirmed.
    pub(crate) fn submit_info(&self, info: Info, policy: &Policy) -> Result<Self, Refused> {
        let next = self.changed(Event::SubmitInfo)?;
        if !policy.eligible.classes.contains(&info.class) {
            return Err(Refused::ClassNotEligible);
        }
        Ok(Self {
            info: Some(info),
            ..next
        })
    }

    /// Locks the submitted information for ever (R-INF-07) under the policy in force.
    pub(crate) fn confirm_info(&self, policy: &Policy, version: i32) -> Result<Self, Refused> {
        let next = self.changed(Event::ConfirmInfo)?;
        let info = next.info.as_ref().ok_or(Refused::StepNotReached)?;
        if !policy.eligible.classes.contains(&info.class) {
            return Err(Refused::ClassNotEligible);
        }
        Ok(Self {
            policy_version: Some(version),
            ..next
        })
    }

    /// Enters selecting after a fresh identity check (R-AUTH-01, R-AUTH-02). The compose interval
    /// begins here (R-SEL-05).
    pub(crate) fn start_selecting(
        &self,
        proof: &Proof,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let next = self.changed(Event::StartSelecting)?;
        rules.check_open(now)?;
        let until = later(proof.asked_at, rules.confirm_delay());
        if now < until {
            return Err(Refused::ConfirmDelay { until });
        }
        if quota.used_up() && !self.holding.is_live(now) {
            return Err(Refused::Exhausted);
        }
        Ok(Self {
            confirm_from: Some(until),
            compose_from: Some(later(now, rules.compose_interval())),
            ..next
        })
    }

    /// Takes up selecting again where chances were given back (P5).
    pub(crate) fn credit(
        &self,
        given: Charge,
        quota: &VehicleQuota,
    ) -> Result<(Self, VehicleQuota), Refused> {
        Ok((self.changed(Event::Credit)?, quota.credit(given)?))
    }

    /// Sets the operation's charge aside and gives it the application's next number (P1, P3). A
    /// number is never used again, whatever becomes of its operation.
    pub(crate) fn reserve(
        &self,
        request: &Request,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<(Self, VehicleQuota), Refused> {
        let next = self.changed(Event::Operate)?;
        rules.check_open(now)?;
        if let (Request::Compose { .. }, Some(until)) = (request, self.compose_from)
            && now < until
        {
            return Err(Refused::IntervalNotElapsed { until });
        }
        let quota = quota.reserve(request.reservation())?;
        Ok((
            Self {
                last_op_no: self.last_op_no + 1,
                ..next
            },
            quota,
        ))
    }

    /// Applies what became of an operation: charge, holding, state (P5, P7, P8).
    ///
    /// # Errors
    /// When the pool allocated a number to an application that cannot have one.
    pub(crate) fn settle(
        &self,
        request: &Request,
        outcome: &Outcome,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<Settled, Refused> {
        let quota = quota.settle(request.reservation(), charge(request, outcome));
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
            Outcome::Held { holding, .. } => next.holding = holding.clone(),
            Outcome::AllMissed | Outcome::Lodged { .. } => {
                // The countdown begins anew after each failed round (R-SEL-08).
                next.compose_from = Some(later(now, rules.compose_interval()));
            }
            Outcome::GivenUp
            | Outcome::Dropped {
                reason: super::operation::Dropped::TooLittleTime,
            } => {
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

    /// The pool gave the application a number, which ends column and basket (P7).
    pub(crate) fn allocate(&self) -> Result<Self, Refused> {
        Ok(Self {
            holding: Holding::default(),
            ..self.changed(Event::Allocate)?
        })
    }

    /// P8: both counters are 0 and nothing is held. That no operation is pending is the caller's to
    /// know.
    pub(crate) fn is_exhausted(&self, quota: &VehicleQuota, now: Timestamp) -> bool {
        matches!(self.state, State::InfoConfirmed | State::Selecting)
            && quota.used_up()
            && !self.holding.is_live(now)
    }

    /// Ends for want of chances (P8).
    pub(crate) fn exhaust(&self) -> Result<Self, Refused> {
        self.changed(Event::Exhaust)
    }

    /// An office registered the vehicle (R-DONE-05), in time or late.
    pub(crate) fn register(&self) -> Result<Self, Refused> {
        self.changed(Event::Register)
    }

    /// The deadline passed and the pool has closed the application (P9).
    pub(crate) fn expire(&self) -> Result<Self, Refused> {
        self.changed(Event::Expire)
    }

    /// An officer ends it; the pool has closed it where it may know it (P9).
    pub(crate) fn void(&self) -> Result<Self, Refused> {
        Ok(Self {
            holding: Holding::default(),
            ..self.changed(Event::Void)?
        })
    }
}

fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
pub(super) mod tests;
