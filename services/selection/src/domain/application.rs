//! An application: one road of one VIN, from an office's notice to a number.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use xuanhao_chassis::ids::{AccountId, ApplicationId, SessionId};
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{OfficeId, PlateClass, Vin};

use super::Refused;
use super::choice::Choice;
use super::holding::Holding;
use super::office_acts::OfficeActs;
use super::operation::{Allocation, Channel};
use super::policy::Policy;
use super::proof::Proof;
use super::quota::{Charge, VehicleQuota};
use super::rules::Rules;
use super::state::{Event, State};
use super::verification::Verification;
use super::void::Voided;

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
    /// What drives it, where its class has energy letters (GA 36-2018).
    pub(crate) energy: Option<Energy>,
    /// Make and model, for people; may be empty.
    pub(crate) description: String,
    /// Kind and last digits of the purchase proof, for people.
    pub(crate) purchase_proof_masked: String,
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
    /// A number that waits for being confirmed.
    pub(crate) choice: Option<Choice>,
    /// The web session that passed the identity check.
    pub(crate) checked_session: Option<SessionId>,
    /// Opened or taken up at the window.
    pub(crate) at_counter: bool,
    /// Its citizen said that he needs more time.
    pub(crate) more_time: bool,
    pub(crate) opened_at: Timestamp,
    /// Whether outside answers have confirmed vehicle and purchase proof; told from the lock on.
    pub(crate) verification: Verification,
    /// The vehicle service's review, once one was opened.
    pub(crate) review: Option<Uuid>,
    /// Why it was ended; present exactly when it is voided since reasons are kept.
    pub(crate) voided: Option<Voided>,
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
    /// What happened at the office.
    pub(crate) acts: OfficeActs,
    /// When its citizen took it back; what follows may still have to be done.
    pub(crate) undoing_at: Option<Timestamp>,
}

/// A passed identity check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check<'a> {
    /// Absent where policy asks for no code before selecting.
    pub(crate) proof: Option<&'a Proof>,
    /// The web session it counts for.
    pub(crate) session: SessionId,
    /// Whether the citizen says that he needs more time.
    pub(crate) more_time: bool,
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

    /// The same one version on: something beside its own row changed that its citizen is shown.
    #[must_use]
    pub(crate) fn touched(&self) -> Self {
        Self {
            version: self.version + 1,
            ..self.clone()
        }
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

    /// Enters selecting after a fresh identity check (R-AUTH-01, R-AUTH-02), which counts for one web
    /// session; where policy asks for no code before selecting there is no proof. The compose interval
    /// begins here (R-SEL-05).
    pub(crate) fn start_selecting(
        &self,
        check: &Check<'_>,
        quota: &VehicleQuota,
        rules: &Rules<'_>,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let next = self.changed(Event::StartSelecting)?;
        self.verification.check()?;
        rules.check_open(Channel::Internet, now)?;
        let confirm_from = match check.proof {
            None if rules.checks_before_selecting() => return Err(Refused::ProofInvalid),
            None => None,
            Some(proof) => {
                let until = later(proof.asked_at, rules.confirm_delay());
                if now < until {
                    return Err(Refused::ConfirmDelay { until });
                }
                Some(until)
            }
        };
        if quota.used_up() && !self.holding.is_live(now) {
            return Err(Refused::Exhausted);
        }
        Ok(Self {
            confirm_from,
            compose_from: Some(later(now, rules.compose_interval())),
            checked_session: Some(check.session),
            more_time: check.more_time,
            ..next
        })
    }

    /// Walking in again ends the identity check that was passed (R-ENT-05): whoever goes on passes it
    /// anew. `None` when there is nothing to end.
    pub(crate) fn walk_in(&self) -> Option<Self> {
        self.checked_session.map(|_| Self {
            checked_session: None,
            version: self.version + 1,
            ..self.clone()
        })
    }

    /// Taken up by an officer (R-SEL-12).
    pub(crate) fn take_up(&self) -> Self {
        Self {
            at_counter: true,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Takes up selecting again where chances were given back (P5).
    pub(crate) fn credit(
        &self,
        given: Charge,
        quota: &VehicleQuota,
    ) -> Result<(Self, VehicleQuota), Refused> {
        Ok((self.changed(Event::Credit)?, quota.credit(given)?))
    }

    /// The pool gave the application a number, which ends column and basket (P7).
    pub(crate) fn allocate(&self) -> Result<Self, Refused> {
        Ok(Self {
            holding: Holding::default(),
            choice: None,
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

    /// It is ended; the pool has closed it where it may know it (P9).
    pub(crate) fn void(&self, why: Voided) -> Result<Self, Refused> {
        Ok(Self {
            holding: Holding::default(),
            choice: None,
            voided: Some(why),
            ..self.changed(Event::Void)?
        })
    }
}

fn later(at: Timestamp, by: std::time::Duration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

mod selecting;
#[cfg(test)]
pub(super) mod tests;
