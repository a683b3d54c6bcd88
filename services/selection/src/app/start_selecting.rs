//! Entering selecting after a fresh identity check (R-AUTH-01, R-AUTH-02).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;

use super::load::{info_of, own_for_update, policies_of, quota_for_update};
use super::open_application::read_id;
use super::{Act, App, Citizen, Done, View};
use crate::domain::Refused;
use crate::domain::deadline::check_covered;
use crate::domain::proof::{Proof, Purpose};
use crate::error::Error;
use crate::store::{applications, calendars, operations};

impl App {
    /// Enters selecting; may be repeated with a fresh check.
    ///
    /// # Errors
    /// `PROOF_INVALID`, `PROOF_USED`, `CONFIRM_DELAY`, `EXHAUSTED`, `CALENDAR_NOT_COVERED`,
    /// `ENROLMENT_REQUIRED`, `OUTSIDE_SERVICE_HOURS`, `SELECTION_PAUSED`, `OPERATION_PENDING`.
    pub(crate) async fn start_selecting(
        &self,
        citizen: Citizen,
        act: &Act,
        id: ApplicationId,
        token: &str,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "StartSelecting", self.clock.now());
        let done = self
            .db
            .run_once(
                "selection.start_selecting",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let proof =
                        self.read_proof(token, Purpose::StartSelecting, citizen.account, id)?;
                    self.start(tx, citizen, id, &proof).await
                },
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    async fn start(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        id: ApplicationId,
        proof: &Proof,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let no = |refused| self.no(refused);
        let application = own_for_update(tx, id, citizen.account).await?;
        self.check_ban(tx, &application.person_key).await?;
        application
            .state
            .after(crate::domain::state::Event::StartSelecting)
            .map_err(no)?;
        let info = info_of(&application).map_err(no)?;
        if operations::find_pending(&mut **tx, &info.vin)
            .await?
            .is_some()
        {
            return Err(no(Refused::OperationPending));
        }
        let policies = policies_of(tx, &application).await?;
        let rules = policies.rules();
        rules.check_level(citizen.level).map_err(no)?;
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        check_covered(now, rules.validity(), &calendar).map_err(no)?;
        let quota = quota_for_update(tx, &info.vin).await?;
        let next = application
            .start_selecting(proof, &quota, &rules, now)
            .map_err(no)?;
        self.consume_proof(tx, proof, &application).await?;
        applications::update(tx, &next, now).await?;
        Ok(Done::about(id))
    }
}
