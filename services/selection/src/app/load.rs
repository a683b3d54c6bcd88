//! Reading what a use case decides by.

use sqlx::PgConnection;
use xuanhao_chassis::db;
use xuanhao_chassis::ids::{AccountId, ApplicationId};
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{OfficeId, Vin};

use super::{App, Staff};
use crate::domain::Refused;
use crate::domain::application::{Application, Info};
use crate::domain::ban::Ban;
use crate::domain::policy::Policy;
use crate::domain::quota::VehicleQuota;
use crate::domain::rules::Rules;
use crate::domain::state::State;
use crate::error::Error;
use crate::store::policies::Versioned;
use crate::store::{applications, blacklist, policies, quotas, selections};

/// The two policies an application goes by.
#[derive(Debug, Clone)]
pub(super) struct Policies {
    pub(super) frozen: Policy,
    pub(super) live: Policy,
    more_time: bool,
}

impl Policies {
    pub(super) fn rules(&self) -> Rules<'_> {
        Rules::new(&self.frozen, &self.live).with_more_time(self.more_time)
    }
}

/// The policy in force at an office.
///
/// # Errors
/// `OFFICE_UNKNOWN`: an office without a policy does not take part.
pub(super) async fn policy_in_force(
    connection: &mut PgConnection,
    office: OfficeId,
) -> Result<Versioned, Error> {
    let found = policies::find_in_force(connection, office).await?;
    found.ok_or_else(|| Reason::OfficeUnknown.into())
}

/// The policies of a locked application.
pub(super) async fn policies_of(
    connection: &mut PgConnection,
    application: &Application,
) -> Result<Policies, Error> {
    let live = policy_in_force(&mut *connection, application.office).await?;
    let frozen = match application.policy_version {
        None => live.policy.clone(),
        Some(version) if version == live.version => live.policy.clone(),
        Some(version) => {
            let found = policies::lookup(connection, application.office, version).await?;
            let missing = || db::Error::corrupt("policy_version", "it names no policy");
            found.ok_or_else(missing)?.policy
        }
    };
    Ok(Policies {
        frozen,
        live: live.policy,
        more_time: application.more_time,
    })
}

/// An application of an office the officer works for, locked.
pub(super) async fn served_for_update(
    connection: &mut PgConnection,
    id: ApplicationId,
    staff: &Staff,
) -> Result<Application, Error> {
    let found = applications::lookup_for_update(connection, id).await?;
    let application = found.ok_or_else(|| Error::not_found("application"))?;
    staff.check_serves(application.office)?;
    Ok(application)
}

/// A citizen's own application, locked. Another's is not found.
pub(super) async fn own_for_update(
    connection: &mut PgConnection,
    id: ApplicationId,
    account: AccountId,
) -> Result<Application, Error> {
    let found = applications::lookup_for_update(&mut *connection, id).await?;
    let own = found.filter(|found| found.account == account);
    let application = own.ok_or_else(|| Error::not_found("application"))?;
    if application.state == State::Expired {
        // Whoever comes late is told which day it was.
        let selection = selections::lookup(connection, id).await?;
        let date = selection.map(|view| view.selection.deadline);
        let refused = Refused::DeadlinePassed { date };
        return Err(refused.at(jiff::Timestamp::UNIX_EPOCH).into());
    }
    Ok(application)
}

/// The vehicle of an application that has one.
pub(super) fn info_of(application: &Application) -> Result<&Info, Refused> {
    application.info.as_ref().ok_or(Refused::StepNotReached)
}

/// The counters of a locked vehicle, locked too.
pub(super) async fn quota_for_update(
    connection: &mut PgConnection,
    vin: &Vin,
) -> Result<VehicleQuota, Error> {
    let found = quotas::lookup_for_update(connection, vin).await?;
    let missing = || db::Error::corrupt("vehicle_quotas", "a locked vehicle has no counters");
    Ok(found.ok_or_else(missing)?)
}

impl App {
    /// R-ENT-07: the banned take no step.
    pub(super) async fn check_ban(
        &self,
        connection: &mut PgConnection,
        person_key: &[u8],
    ) -> Result<(), Error> {
        match blacklist::find(connection, person_key, self.clock.today()).await? {
            Some(Ban { until, .. }) => Err(self.no(Refused::Blacklisted { until })),
            None => Ok(()),
        }
    }
}
