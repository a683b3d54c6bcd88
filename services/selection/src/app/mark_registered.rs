//! The vehicle was registered with its number: in time it ends the obligation (R-DONE-05), late it
//! lifts the ban and moves no plate (P10).

use jiff::civil::Date;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::outbox;
use xuanhao_chassis::reason::Reason;

use super::acts::check_reason;
use super::bans::Lifted;
use super::{Act, App, Done, Staff};
use crate::domain::Refused;
use crate::domain::office_acts::check_day;
use crate::domain::state::{Event, State};
use crate::domain::telling::Telling;
use crate::error::Error;
use crate::store::selections::View;
use crate::store::{applications, audit, endings, selections};

/// An officer's statement.
#[derive(Debug, Clone)]
pub(crate) struct MarkRegistered {
    pub(crate) application: ApplicationId,
    pub(crate) registered_on: Date,
    pub(crate) reason: String,
}

impl App {
    /// Marks a selection registered.
    ///
    /// # Errors
    /// `NOT_FOUND`, `STEP_NOT_REACHED`, `ALREADY_REGISTERED`, `OUTSIDE_YOUR_OFFICE`,
    /// `STAFF_REASON_REQUIRED`, `FIELD_INVALID` for a day before the decision or in the future.
    pub(crate) async fn mark_registered(
        &self,
        staff: &Staff,
        act: &Act,
        wish: &MarkRegistered,
    ) -> Result<View, Error> {
        let reason = check_reason(&wish.reason)?;
        let id = wish.application;
        let key = act.key(&Scope::Staff(staff.id), "MarkRegistered", self.clock.now());
        if self.answered(&key, act).await?.is_none() {
            let view = self.selection_for_staff(staff, id).await?;
            if view.state == State::Confirmed && view.selection.undoing_at.is_some() {
                return Err(self.no(Refused::Voided));
            }
            view.state
                .after(Event::Register)
                .map_err(|refused| self.no(refused))?;
            self.check_day(&view, wish.registered_on)?;
            if view.selection.returned_at.is_none() {
                self.peers
                    .pool
                    .mark_registered(id.as_uuid(), view.office, id)
                    .await?;
            }
            self.db
                .run_once(
                    "selection.mark_registered",
                    &key,
                    &act.fingerprint,
                    async |tx: &mut Tx| {
                        let details = serde_json::json!({ "registered_on": wish.registered_on });
                        let entry = self.entry(
                            staff,
                            view.office,
                            "selection.registered",
                            id,
                            &reason,
                            details,
                        );
                        self.write_registration(tx, &view, wish.registered_on, Some(&entry))
                            .await?;
                        Ok::<_, Error>(Done::about(id))
                    },
                )
                .await?;
        }
        let view = selections::lookup(self.db.pool(), id).await?;
        view.ok_or_else(|| Error::not_found("application"))
    }

    fn check_day(&self, view: &View, on: Date) -> Result<(), Error> {
        let decided = xuanhao_chassis::clock::civil_day(view.selection.allocation.decided_at);
        check_day("registered_on", on, decided, self.clock.today())
            .map_err(|refused| self.no(refused))
    }

    /// A selection an officer may act on.
    pub(super) async fn selection_for_staff(
        &self,
        staff: &Staff,
        id: ApplicationId,
    ) -> Result<View, Error> {
        if let Some(view) = selections::lookup(self.db.pool(), id).await? {
            staff.check_serves(view.office)?;
            return Ok(view);
        }
        let found = applications::lookup(self.db.pool(), id).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        staff.check_serves(application.office)?;
        Err(Reason::StepNotReached.into())
    }

    /// The registry says that the vehicle was registered with its number.
    pub(super) async fn register_by_registry(
        &self,
        view: &View,
        on: Option<Date>,
    ) -> Result<(), Error> {
        let id = view.application;
        if view.selection.returned_at.is_none() {
            self.peers
                .pool
                .mark_registered(id.as_uuid(), view.office, id)
                .await?;
        }
        let on = on.unwrap_or_else(|| self.clock.today());
        self.db
            .run_tx("selection.register_by_registry", async |tx: &mut Tx| {
                self.write_registration(tx, view, on, None).await
            })
            .await
    }

    async fn write_registration(
        &self,
        tx: &mut Tx,
        view: &View,
        on: Date,
        entry: Option<&audit::Entry>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let found = applications::lookup_for_update(tx, view.application).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        let fresh = selections::lookup(&mut **tx, view.application).await?;
        let returned = fresh.is_some_and(|fresh| fresh.selection.returned_at.is_some());
        let registered = application.register().map_err(|refused| self.no(refused))?;
        if !returned {
            applications::update(tx, &registered, now).await?;
            endings::mark_registered(tx, application.id, on).await?;
            let fact = self.registered_fact(&registered, &view.selection, on);
            outbox::append(tx, &fact).await?;
            let plate = view.selection.allocation.plate;
            let told = Telling::SelectionRegistered { plate };
            self.tell(tx, &registered, &told, "").await?;
        }
        // A number that went back stays where it is; the proof still lifts the ban.
        self.lift_ban(tx, &registered, Lifted::LateProof).await?;
        if let Some(entry) = entry {
            audit::add(tx, entry, now).await?;
        }
        Ok(())
    }
}
