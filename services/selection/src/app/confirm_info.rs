//! Locking the submitted information (R-INF-05, R-INF-07) and taking the VIN.
//!
//! The vehicle is claimed first, at the service that knows all claims; then one transaction uses the
//! proof, locks the information and gives the vehicle its counters. A claim without the transaction
//! is noted beforehand (`claiming_until`) and freed before other information is taken over.

use std::time::Duration;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;

use super::load::{info_of, own_for_update, policies_of, policy_in_force};
use super::open_application::read_id;
use super::{Act, App, Citizen, Done, View};
use crate::domain::application::Application;
use crate::domain::deadline::check_covered;
use crate::domain::proof::{Proof, Purpose};
use crate::domain::quota::VehicleQuota;
use crate::domain::rules::Permission;
use crate::domain::state::Event;
use crate::domain::verification::Claim;
use crate::error::Error;
use crate::store::{applications, calendars, proofs, quotas};

/// The longest a claim may be under way: a call with its retries, and some.
pub(super) const CLAIM_LIMIT: Duration = Duration::from_secs(30);

impl App {
    /// Locks the information for ever.
    ///
    /// # Errors
    /// `PROOF_INVALID`, `PROOF_USED`, `VIN_IN_USE`, `PURCHASE_PROOF_USED`, `INFO_LOCKED`,
    /// `STEP_NOT_REACHED`, `CALENDAR_NOT_COVERED`, `ENROLMENT_REQUIRED`.
    pub(crate) async fn confirm_info(
        &self,
        citizen: Citizen,
        act: &Act,
        id: ApplicationId,
        token: &str,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "ConfirmInfo", self.clock.now());
        if let Some(done) = self.answered(&key, act).await? {
            return self.view_by_id(read_id(&done)?).await;
        }
        let (application, proof) = self
            .db
            .run_tx("selection.begin_confirm_info", async |tx: &mut Tx| {
                self.begin_claim(tx, citizen, id, token).await
            })
            .await?;
        let info = info_of(&application).map_err(|refused| self.no(refused))?;
        let claim = self
            .peers
            .vehicle
            .claim(act.request_id.as_uuid(), info.assessment, id);
        let claim = match claim.await {
            Ok(claim) => claim,
            Err(error) => {
                // A refusal leaves nothing claimed; what else it was, the next attempt finds out.
                if let Error::Refused(_) = error {
                    self.end_claim(id).await?;
                }
                return Err(error);
            }
        };
        let done = self
            .db
            .run_once(
                "selection.confirm_info",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let own = own_for_update(tx, id, citizen.account).await?;
                    self.consume_proof(tx, &proof, &own).await?;
                    self.lock(tx, &own, &application, &claim).await?;
                    Ok::<_, Error>(Done::about(id))
                },
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    async fn begin_claim(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        id: ApplicationId,
        token: &str,
    ) -> Result<(Application, Proof), Error> {
        let application = own_for_update(tx, id, citizen.account).await?;
        application
            .state
            .after(Event::ConfirmInfo)
            .map_err(|refused| self.no(refused))?;
        policies_of(tx, &application)
            .await?
            .rules()
            .check_permission(Permission::Preselect, citizen.level)
            .map_err(|refused| self.no(refused))?;
        self.check_ban(tx, &application.person_key).await?;
        let proof = self.read_proof(token, Purpose::ConfirmInfo, citizen.account, id)?;
        if proofs::is_consumed(tx, proof.id).await? {
            return Err(Reason::ProofUsed.into());
        }
        applications::mark_claiming(tx, id, Some(self.later(CLAIM_LIMIT))).await?;
        Ok((application, proof))
    }

    pub(super) async fn end_claim(&self, id: ApplicationId) -> Result<(), Error> {
        self.db
            .run_tx("selection.end_claim", async |tx: &mut Tx| {
                Ok::<_, Error>(applications::mark_claiming(tx, id, None).await?)
            })
            .await
    }

    /// Locks the information of an application whose vehicle is claimed, and gives the vehicle its
    /// counters. What the claim did not verify yet excludes nobody.
    pub(super) async fn lock(
        &self,
        tx: &mut Tx,
        application: &Application,
        claimed: &Application,
        claim: &Claim,
    ) -> Result<Application, Error> {
        let now = self.clock.now();
        if application.info != claimed.info {
            return Err(Reason::ChangedMeanwhile.into());
        }
        let in_force = policy_in_force(tx, application.office).await?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        check_covered(now, in_force.policy.validity.working_days, &calendar)
            .map_err(|refused| self.no(refused))?;
        let locked = application
            .confirm_info(&in_force.policy, in_force.version)
            .map_err(|refused| self.no(refused))?
            .claimed(claim);
        let info = info_of(&locked).map_err(|refused| self.no(refused))?;
        let fresh = VehicleQuota::fresh(in_force.policy.compose.quota, in_force.policy.draw.quota);
        quotas::ensure(tx, &info.vin, locked.office, &fresh, now).await?;
        match applications::update(tx, &locked, now).await {
            Ok(()) => {}
            Err(error) if error.is_unique_violation(applications::VIN_KEY) => {
                return Err(Reason::VinInUse.into());
            }
            Err(error) => return Err(error.into()),
        }
        applications::mark_claiming(tx, locked.id, None).await?;
        self.tell_of_review(tx, &locked).await?;
        Ok(locked)
    }
}
