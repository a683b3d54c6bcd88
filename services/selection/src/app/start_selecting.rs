//! Entering selecting after a fresh identity check (R-AUTH-01, R-AUTH-02).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;

use super::load::{info_of, own_for_update, policies_of, quota_for_update};
use super::open_application::read_id;
use super::{Act, App, Citizen, Done, View};
use crate::domain::Refused;
use crate::domain::application::Check;
use crate::domain::deadline::check_covered;
use crate::domain::proof::Purpose;
use crate::domain::rules::Permission;
use crate::error::Error;
use crate::store::{applications, calendars, operations, quotas};

impl App {
    /// Enters selecting; may be repeated with a fresh check.
    ///
    /// # Errors
    /// `VERIFICATION_PENDING`, `UNDER_REVIEW`, `PROOF_INVALID`, `PROOF_USED`, `CONFIRM_DELAY`, `EXHAUSTED`, `CALENDAR_NOT_COVERED`,
    /// `ENROLMENT_REQUIRED`, `OUTSIDE_SERVICE_HOURS`, `SELECTION_PAUSED`, `OPERATION_PENDING`.
    pub(crate) async fn start_selecting(
        &self,
        citizen: Citizen,
        act: &Act,
        id: ApplicationId,
        token: &str,
        more_time: bool,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "StartSelecting", self.clock.now());
        let done = self
            .db
            .run_once(
                "selection.start_selecting",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.start(tx, citizen, id, token, more_time).await,
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    async fn start(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        id: ApplicationId,
        token: &str,
        more_time: bool,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let no = |refused| self.no(refused);
        let application = own_for_update(tx, id, citizen.account).await?;
        self.check_ban(tx, &application.person_key).await?;
        application
            .state
            .after(crate::domain::state::Event::StartSelecting)
            .map_err(no)?;
        application.verification.check().map_err(no)?;
        let info = info_of(&application).map_err(no)?.clone();
        if operations::find_pending(&mut **tx, &info.vin)
            .await?
            .is_some()
        {
            return Err(no(Refused::OperationPending));
        }
        let policies = policies_of(tx, &application).await?;
        let rules = policies.rules();
        rules
            .check_permission(Permission::Preselect, citizen.level)
            .map_err(no)?;
        // Where policy asks for no code before selecting, none is looked at.
        let proof = if rules.checks_before_selecting() {
            let purpose = Purpose::StartSelecting;
            Some(self.read_proof(token, purpose, citizen.account, id)?)
        } else {
            None
        };
        let calendar = calendars::of_province(&mut **tx, application.office.province()).await?;
        check_covered(now, rules.validity(), &calendar).map_err(no)?;
        let before = quota_for_update(tx, &info.vin).await?;
        let (application, quota) = application.caught_up(&before, &rules, now);
        let check = Check {
            proof: proof.as_ref(),
            session: citizen.session,
            more_time,
        };
        let next = application
            .start_selecting(&check, &quota, &rules, now)
            .map_err(no)?;
        if let Some(proof) = &proof {
            self.consume_proof(tx, proof, &application).await?;
        }
        if quota != before {
            quotas::update(tx, &info.vin, &quota).await?;
        }
        applications::update(tx, &next, now).await?;
        Ok(Done::about(id))
    }
}
