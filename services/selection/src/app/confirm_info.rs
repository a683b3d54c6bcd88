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

use super::load::{info_of, own_for_update, policy_in_force};
use super::open_application::read_id;
use super::{Act, App, Citizen, Done, View};
use crate::domain::application::Application;
use crate::domain::deadline::check_covered;
use crate::domain::proof::{Proof, Purpose};
use crate::domain::quota::VehicleQuota;
use crate::domain::state::Event;
use crate::error::Error;
use crate::store::{applications, calendars, proofs, quotas};

/// The longest a claim may be under way: a call with its retries, and some.
const CLAIM_LIMIT: Duration = Duration::from_secs(30);

impl App {
    /// Locks the information for ever.
    ///
    /// # Errors
    /// `PROOF_INVALID`, `PROOF_USED`, `VIN_IN_USE`, `PURCHASE_PROOF_USED`, `INFO_LOCKED`,
    /// `STEP_NOT_REACHED`, `CALENDAR_NOT_COVERED`.
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
        if let Err(error) = claim.await {
            // A refusal leaves nothing claimed; what else it was, the next attempt finds out.
            if let Error::Refused(_) = error {
                self.end_claim(id).await?;
            }
            return Err(error);
        }
        let done = self
            .db
            .run_once(
                "selection.confirm_info",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.lock(tx, citizen, &application, &proof).await,
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
        self.check_ban(tx, &application.person_key).await?;
        let proof = self.read_proof(token, Purpose::ConfirmInfo, citizen.account, id)?;
        if proofs::is_consumed(tx, proof.id).await? {
            return Err(Reason::ProofUsed.into());
        }
        applications::mark_claiming(tx, id, Some(self.later(CLAIM_LIMIT))).await?;
        Ok((application, proof))
    }

    async fn end_claim(&self, id: ApplicationId) -> Result<(), Error> {
        self.db
            .run_tx("selection.end_claim", async |tx: &mut Tx| {
                Ok::<_, Error>(applications::mark_claiming(tx, id, None).await?)
            })
            .await
    }

    async fn lock(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        claimed: &Application,
        proof: &Proof,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let application = own_for_update(tx, claimed.id, citizen.account).await?;
        if application.info != claimed.info {
            return Err(Reason::ChangedMeanwhile.into());
        }
        let in_force = policy_in_force(tx, application.office).await?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        check_covered(now, in_force.policy.validity.working_days, &calendar)
            .map_err(|refused| self.no(refused))?;
        self.consume_proof(tx, proof, &application).await?;
        let locked = application
            .confirm_info(&in_force.policy, in_force.version)
            .map_err(|refused| self.no(refused))?;
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
        Ok(Done::about(locked.id))
    }
}
