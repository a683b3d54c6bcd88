//! An officer ends an application: the pool refuses its operations first, then the VIN is free (P9).

use std::sync::Arc;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::outbox;
use xuanhao_chassis::reason::Reason;

use super::acts::check_reason;
use super::{Act, App, Done, Staff};
use crate::domain::Refused;
use crate::domain::application::Application;
use crate::domain::state::Event;
use crate::error::Error;
use crate::store::{applications, audit, operations, selections};

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
            self.close_in_pool(&application).await?;
        }
        self.db
            .run_once(
                "selection.void",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.write_void(tx, staff, id, &reason).await,
            )
            .await?;
        self.signals.endings.raise();
        Ok(())
    }

    /// P9: afterwards the pool refuses every operation of the application, and what it had done by
    /// then is known here.
    async fn close_in_pool(self: &Arc<Self>, application: &Application) -> Result<(), Error> {
        let (id, office) = (application.id, application.office);
        let standing = self
            .peers
            .pool
            .close(id.as_uuid(), office, id, "voided")
            .await?;
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

    async fn write_void(
        &self,
        tx: &mut Tx,
        staff: &Staff,
        id: ApplicationId,
        reason: &str,
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
        let voided = application.void().map_err(no)?;
        applications::update(tx, &voided, now).await?;
        let selection = selections::lookup(&mut **tx, id).await?;
        let plate = selection.map(|view| view.selection.allocation.plate.to_string());
        if plate.is_some() {
            selections::mark_closed(tx, id, now).await?;
        }
        let plate = plate.unwrap_or_default();
        outbox::append(tx, &self.voided_fact(&voided, plate.clone())).await?;
        let details = serde_json::json!({ "from": application.state.as_str(), "plate": plate });
        let entry = self.entry(
            staff,
            voided.office,
            "application.voided",
            id,
            reason,
            details,
        );
        audit::add(tx, &entry, now).await?;
        Ok(Done::about(id))
    }
}
