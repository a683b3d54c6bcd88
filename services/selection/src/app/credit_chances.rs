//! Staff give chances back that a proven outage of ours cost a vehicle (P5).

use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;

use super::acts::check_reason;
use super::load::{info_of, quota_for_update};
use super::{Act, App, Done, Staff};
use crate::domain::Refused;
use crate::domain::quota::{Charge, VehicleQuota};
use crate::error::Error;
use crate::store::{applications, audit, operations, quotas};

/// What staff give back, and why.
#[derive(Debug, Clone)]
pub(crate) struct CreditChances {
    pub(crate) application: ApplicationId,
    pub(crate) given: Charge,
    pub(crate) reason: String,
}

impl App {
    /// Gives chances back; tells what remains.
    ///
    /// # Errors
    /// `NOT_FOUND`, `STEP_NOT_REACHED` and what else the application's state says, `FIELD_REQUIRED`
    /// for nothing at all, `FIELD_INVALID` for more than was used, `OPERATION_PENDING`,
    /// `ALREADY_EXISTS`, `OUTSIDE_YOUR_OFFICE`, `STAFF_REASON_REQUIRED`.
    pub(crate) async fn credit_chances(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &CreditChances,
    ) -> Result<VehicleQuota, Error> {
        let reason = check_reason(&wish.reason)?;
        if wish.given == Charge::NONE {
            return Err(Refusal::required("compose").into());
        }
        let key = act.key(&Scope::Staff(staff.id), "CreditChances", self.clock.now());
        self.db
            .run_once(
                "selection.credit",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.write_credit(tx, staff, wish, &reason).await,
            )
            .await?;
        let found = applications::lookup(self.db.pool(), wish.application).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        let info = info_of(&application).map_err(|refused| self.no(refused))?;
        let quota = quotas::lookup(self.db.pool(), &info.vin).await?;
        let missing = || db::Error::corrupt("vehicle_quotas", "a locked vehicle has no counters");
        Ok(quota.ok_or_else(missing)?)
    }

    async fn write_credit(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        wish: &CreditChances,
        reason: &str,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let no = |refused: Refused| Error::from(refused.at(now));
        let id = wish.application;
        let found = applications::lookup_for_update(tx, id).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        staff.check_serves(application.office)?;
        let info = info_of(&application).map_err(no)?;
        // What it will cost is not known yet.
        if operations::find_pending(&mut **tx, &info.vin)
            .await?
            .is_some()
        {
            return Err(no(Refused::OperationPending));
        }
        let quota = quota_for_update(tx, &info.vin).await?;
        let (credited, quota) = application.credit(wish.given, &quota).map_err(no)?;
        quotas::update(tx, &info.vin, &quota).await?;
        match applications::update(tx, &credited, now).await {
            Err(error) if error.is_unique_violation(applications::OPEN_KEY) => {
                let refusal = Refusal::new(Reason::AlreadyExists);
                return Err(refusal.param("kind", "application").into());
            }
            updated => updated?,
        }
        let details = serde_json::json!({
            "from": application.state.as_str(),
            "compose": wish.given.compose,
            "draws": wish.given.draws,
        });
        let entry = self.entry(
            staff,
            credited.office,
            "chances.credited",
            id,
            reason,
            details,
        );
        audit::add(tx, &entry, now).await?;
        Ok(Done::about(id))
    }
}
