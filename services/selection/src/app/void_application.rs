//! An officer ends an application: the pool refuses its operations first, then the VIN is free (P9).

use std::sync::Arc;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::outbox;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::PlateNumber;

use super::acts::check_reason;
use super::{Act, App, Done, Staff};
use crate::domain::Refused;
use crate::domain::application::Application;
use crate::domain::state::Event;
use crate::domain::telling::Telling;
use crate::domain::void::{Cause, Voided};
use crate::error::Error;
use crate::store::{applications, audit, endings, operations, selections};

/// An officer's wish.
#[derive(Debug, Clone)]
pub(crate) struct VoidApplication {
    pub(crate) application: ApplicationId,
    pub(crate) reason: String,
}

impl App {
    /// Ends an application; its number, if it has one, goes back later.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ALREADY_REGISTERED`, `DEADLINE_PASSED`, `APPLICATION_VOIDED`,
    /// `OUTSIDE_YOUR_OFFICE`, `STAFF_REASON_REQUIRED`, `OPERATION_PENDING`.
    pub(crate) async fn void_application(
        self: &Arc<Self>,
        staff: &Staff,
        act: &Act,
        wish: &VoidApplication,
    ) -> Result<(), Error> {
        let reason = check_reason(&wish.reason)?;
        let id = wish.application;
        let key = act.key(&Scope::Staff(staff.id), "VoidApplication", self.clock.now());
        if self.answered(&key, act).await?.is_some() {
            return Ok(());
        }
        let found = applications::lookup(self.db.pool(), id).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        staff.check_serves(application.office)?;
        application
            .state
            .after(Event::Void)
            .map_err(|refused| self.no(refused))?;
        if application.state.may_be_in_pool() {
            self.close_in_pool(&application, "voided").await?;
        }
        self.db
            .run_once(
                "selection.void",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let why = Voided {
                        cause: Cause::Officer,
                        reason: reason.clone(),
                    };
                    self.write_void(tx, id, why, Some(staff)).await
                },
            )
            .await?;
        self.signals.endings.raise();
        self.signals.messages.raise();
        Ok(())
    }

    /// P9: afterwards the pool refuses every operation of the application, and what it had done by
    /// then is known here.
    pub(super) async fn close_in_pool(
        self: &Arc<Self>,
        application: &Application,
        why: &str,
    ) -> Result<(), Error> {
        let (id, office) = (application.id, application.office);
        let standing = self.peers.pool.close(id.as_uuid(), office, id, why).await?;
        if standing
            .as_ref()
            .is_some_and(|standing| standing.is_registered)
        {
            return Err(Reason::AlreadyRegistered.into());
        }
        if let Some(info) = &application.info
            && let Some(pending) = operations::find_pending(self.db.pool(), &info.vin).await?
            && pending.application == id
        {
            self.recover(&pending).await?;
        }
        if let Some(standing) = standing {
            self.adopt(&standing).await?;
        }
        Ok(())
    }

    /// Ends an application that the pool has closed. Its citizen is told why; an act of staff is
    /// audited.
    pub(super) async fn write_void(
        &self,
        tx: &mut Tx,
        id: ApplicationId,
        why: Voided,
        staff: Option<&Staff>,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let no = |refused: Refused| Error::from(refused.at(now));
        let found = applications::lookup_for_update(tx, id).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        if let Some(info) = &application.info {
            let pending = operations::find_pending(&mut **tx, &info.vin).await?;
            if pending.is_some_and(|pending| pending.application == id) {
                return Err(no(Refused::OperationPending));
            }
        }
        let voided = application.void(why.clone()).map_err(no)?;
        applications::update(tx, &voided, now).await?;
        let selection = selections::lookup(&mut **tx, id).await?;
        let plate = selection.map(|view| view.selection.allocation.plate);
        if plate.is_some() {
            endings::mark_closed(tx, id, now).await?;
        }
        let number = plate.map(|plate| plate.to_string()).unwrap_or_default();
        outbox::append(tx, &self.voided_fact(&voided, number.clone())).await?;
        if let Some(told) = telling(&why, &voided, plate) {
            self.tell(tx, &voided, &told, "").await?;
        }
        if let Some(staff) = staff {
            let details =
                serde_json::json!({ "from": application.state.as_str(), "plate": number });
            let act = "application.voided";
            let entry = self.entry(staff, voided.office, act, id, &why.reason, details);
            audit::add(tx, &entry, now).await?;
        }
        Ok(Done::about(id))
    }
}

/// What the citizen is told of the end.
fn telling(why: &Voided, voided: &Application, plate: Option<PlateNumber>) -> Option<Telling> {
    let reason = why.reason.clone();
    match why.cause {
        Cause::Officer => Some(Telling::ApplicationVoided { reason }),
        Cause::Undone => plate.map(|plate| Telling::SelectionUndone { plate }),
        Cause::Evicted | Cause::Lapsed | Cause::Rejected => {
            let vin = voided.info.as_ref()?.vin;
            Some(Telling::VerificationFailed { vin, reason })
        }
    }
}
