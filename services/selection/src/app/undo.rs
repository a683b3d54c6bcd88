//! The citizen takes a confirmed number back: once for a vehicle, within the minutes policy grants.
//!
//! The wish is written first, with all that it uses up; then the pool closes the application, and only
//! then it is voided (P9). Whatever breaks off in between is finished by the next request or by the
//! reconciler; the citizen is never left with half of it.

use std::sync::Arc;

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;

use super::load::{info_of, policies_of};
use super::{Act, App, Citizen, Done, View};
use crate::domain::Refused;
use crate::domain::state::State;
use crate::domain::undo::check_undo;
use crate::domain::void::{Cause, Voided};
use crate::error::Error;
use crate::store::{applications, endings, selections, undos};

/// Numbers taken back looked at by one run.
const BATCH: i64 = 100;
/// What the citizen reads in place of an officer's reason.
const REASON: &str = "您已撤销预选的号牌。";

impl App {
    /// Takes a number back.
    ///
    /// # Errors
    /// `NOT_FOUND`, `UNDO_NOT_OFFERED`, `UNDO_TOO_LATE`, `UNDO_USED`, `STEP_NOT_REACHED` and what else
    /// the application's state says. `UNAVAILABLE` when the pool is away: the number is taken back as
    /// soon as it answers, and the same request id is answered then.
    pub(crate) async fn undo_selection(
        self: &Arc<Self>,
        citizen: Citizen,
        act: &Act,
        id: ApplicationId,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "UndoSelection", self.clock.now());
        self.db
            .run_once(
                "selection.begin_undo",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| self.begin_undo(tx, citizen, id).await,
            )
            .await?;
        self.finish_undo(id).await?;
        self.view_by_id(id).await
    }

    async fn begin_undo(
        &self,
        tx: &mut Tx,
        citizen: Citizen,
        id: ApplicationId,
    ) -> Result<Done, Error> {
        let now = self.clock.now();
        let no = |refused: Refused| Error::from(refused.at(now));
        let found = applications::lookup_for_update(tx, id).await?;
        let own = found.filter(|found| found.account == citizen.account);
        let application = own.ok_or_else(|| Error::not_found("application"))?;
        let selection = selections::lookup(&mut **tx, id).await?;
        let selection = selection.map(|view| view.selection);
        if selection
            .as_ref()
            .is_some_and(|own| own.undoing_at.is_some())
        {
            return Err(no(Refused::Voided));
        }
        let within = policies_of(tx, &application).await?.frozen.undo.within_min;
        let used = match &application.info {
            Some(info) => undos::is_used(&mut **tx, &info.vin).await?,
            None => false,
        };
        check_undo(application.state, selection.as_ref(), within, used, now).map_err(no)?;
        let info = info_of(&application).map_err(no)?;
        undos::mark(tx, &info.vin, Some(now)).await?;
        endings::mark_undoing(tx, id, Some(now)).await?;
        applications::update(tx, &application.touched(), now).await?;
        Ok(Done::about(id))
    }

    /// Does what is left of an undoing; nothing where it is done.
    async fn finish_undo(self: &Arc<Self>, id: ApplicationId) -> Result<(), Error> {
        let Some(view) = selections::lookup(self.db.pool(), id).await? else {
            return Ok(());
        };
        if view.state != State::Confirmed || view.selection.undoing_at.is_none() {
            return Ok(());
        }
        // The feed tells of the confirmation before it tells of its end; the pool can still be asked.
        if let Err(error) = self.announce(id).await {
            tracing::info!(application.id = %id, error = chain(&error), "a number is taken back before it was told of");
        }
        let pool = &self.peers.pool;
        let closed = pool.close(id.as_uuid(), view.office, id, "undone").await?;
        if closed.is_some_and(|standing| standing.is_registered) {
            return self.keep_registered(&view).await;
        }
        let why = Voided {
            cause: Cause::Undone,
            reason: REASON.to_owned(),
        };
        self.db
            .run_tx("selection.finish_undo", async |tx: &mut Tx| {
                let found = applications::lookup_for_update(tx, id).await?;
                // Another request or the reconciler came first.
                if found.is_none_or(|found| found.state != State::Confirmed) {
                    return Ok(());
                }
                self.write_void(tx, id, why.clone(), None).await.map(drop)
            })
            .await?;
        self.signals.messages.raise();
        // The vehicle is free for the next attempt at once where the peers are there; else soon.
        if self.give_plate_back(id).await.is_ok() {
            self.release_vehicle(id).await.ok();
        }
        self.signals.endings.raise();
        Ok(())
    }

    /// An office registered the vehicle while its citizen took the number back: it stays.
    async fn keep_registered(&self, view: &selections::View) -> Result<(), Error> {
        self.register_by_registry(view, None).await?;
        self.db
            .run_tx("selection.keep_registered", async |tx: &mut Tx| {
                endings::mark_undoing(tx, view.application, None).await?;
                Ok::<_, Error>(undos::mark(tx, &view.vin, None).await?)
            })
            .await
    }

    /// The reconciler for numbers whose taking back was broken off (P9).
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn finish_undos(self: &Arc<Self>) -> Result<Progress, Error> {
        let now = self.clock.now();
        let before = now
            .saturating_sub(self.settings.recover_after)
            .unwrap_or(now);
        let left = endings::list_undoing(self.db.pool(), before, BATCH).await?;
        let mut failed = None;
        for id in left {
            if let Err(error) = self.finish_undo(id).await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(Progress::Idle), Err)
    }
}
