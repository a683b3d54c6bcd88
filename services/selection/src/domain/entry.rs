//! Where the portal leads a citizen who comes (back) to an office: resume rules A, B and C (R-ENT-05,
//! R-ENT-06, R-ENT-07).

use jiff::Timestamp;
use jiff::civil::Date;

use super::Refused;
use super::application::{Application, Selection};
use super::ban::Ban;
use super::lapse::is_missed;
use super::quota::VehicleQuota;
use super::state::State;

/// The step the portal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The service description (R-ENT-02).
    Description,
    /// Phase 1 step 2.
    Info,
    /// Phase 1 step 3 (resume A).
    Explanation,
    /// Phase 2 step 3 (resume B).
    Completed,
    /// Nothing left: go to the office (R-SEL-12).
    Exhausted,
}

/// The citizen's latest application at the office, with what decides its step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) application: &'a Application,
    /// Present once locked.
    pub(crate) quota: Option<&'a VehicleQuota>,
    /// Present once confirmed.
    pub(crate) selection: Option<&'a Selection>,
    /// Years of the ban under the application's policy.
    pub(crate) ban_years: u16,
}

/// Decides the step.
///
/// # Errors
/// [`Refused::Blacklisted`] with the day of release (resume C). A missed deadline bans from 00:00 on,
/// whether or not the expiry has been written yet.
pub(crate) fn enter(
    standing: Option<Standing<'_>>,
    ban: Option<Ban>,
    pending: bool,
    now: Timestamp,
    today: Date,
) -> Result<Step, Refused> {
    if let Some(ban) = ban.filter(|ban| ban.covers(today)) {
        return Err(Refused::Blacklisted { until: ban.until });
    }
    let Some(standing) = standing else {
        return Ok(Step::Description);
    };
    match standing.application.state {
        State::NoticeAgreed | State::InfoSubmitted => Ok(Step::Info),
        State::InfoConfirmed | State::Selecting => {
            let spent = standing.quota.is_some_and(VehicleQuota::used_up);
            let done = spent && !pending && !standing.application.holding.is_live(now);
            Ok(if done {
                Step::Exhausted
            } else {
                Step::Explanation
            })
        }
        State::Confirmed => {
            let missed = standing.selection.filter(|own| is_missed(own, today));
            match missed.map(|selection| selection.deadline) {
                None => Ok(Step::Completed),
                Some(deadline) => match Ban::after(deadline, standing.ban_years) {
                    Ok(ban) if ban.covers(today) => Err(Refused::Blacklisted { until: ban.until }),
                    _ => Err(Refused::DeadlinePassed {
                        date: Some(deadline),
                    }),
                },
            }
        }
        State::Exhausted => Ok(Step::Exhausted),
        // The road is behind the citizen; another vehicle begins anew.
        State::Registered | State::Expired | State::Voided => Ok(Step::Description),
    }
}

#[cfg(test)]
mod tests;
