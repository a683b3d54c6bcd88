//! Telling of a confirmed number: first the pool is asked again, then the fact is written, then the
//! message is handed over (P11).

use std::sync::Arc;

use xuanhao_chassis::clock::start_of_day;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::{ApplicationId, EventId};
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::outbox;
use xuanhao_chassis::reason::Reason;
use xuanhao_vocabulary::{Office, VoucherNumber};

use super::App;
use crate::domain::application::Application;
use crate::error::Error;
use crate::peers::{Note, Standing};
use crate::store::announcements::{self, Unannounced};
use crate::store::applications;
use crate::store::selections::{self, View};

/// The template of the result's message (R-DONE-03).
const TEMPLATE: &str = "selection_confirmed";
/// Numbers told of by one run.
const BATCH: i64 = 100;

impl App {
    /// Tells of one confirmed number whatever has not been told yet. Repeats tell nothing twice.
    ///
    /// # Errors
    /// When a peer is away, or the pool has no such allocation.
    pub(super) async fn announce(&self, id: ApplicationId) -> Result<(), Error> {
        let view = self.confirmed_by_the_pool(id).await?;
        let told = self
            .db
            .run_tx("selection.announce", async |tx: &mut Tx| {
                self.write_fact(tx, id, &view).await
            })
            .await?;
        let Some((event, application)) = told else {
            return Ok(());
        };
        self.send_message(event, &application, &view).await?;
        self.db
            .run_tx("selection.mark_message", async |tx: &mut Tx| {
                Ok::<_, Error>(announcements::mark_message(tx, id, self.clock.now()).await?)
            })
            .await
    }

    /// P11: a stored selection together with the proof that the pool holds it, asked for now.
    pub(super) async fn confirmed_by_the_pool(&self, id: ApplicationId) -> Result<View, Error> {
        let view = selections::lookup(self.db.pool(), id).await?;
        let view = view.ok_or_else(|| Error::not_found("application"))?;
        let standing = self.peers.pool.allocation(view.office, id).await?;
        let same = |standing: &Standing| {
            standing.application == id && standing.allocation == view.selection.allocation
        };
        if standing.as_ref().is_some_and(same) {
            Ok(view)
        } else {
            tracing::error!(application.id = %id, "the pool does not hold a stored selection");
            Err(Error::Disagreement("the pool does not hold the number"))
        }
    }

    /// Writes the fact once; `None` when everything was told before.
    async fn write_fact(
        &self,
        tx: &mut Tx,
        id: ApplicationId,
        view: &View,
    ) -> Result<Option<(EventId, Application)>, Error> {
        let Some(Unannounced { event, .. }) = announcements::lookup_unannounced(tx, id).await?
        else {
            return Ok(None);
        };
        let application = applications::lookup(&mut **tx, id).await?;
        let application = application.ok_or_else(|| Error::not_found("application"))?;
        if let Some(event) = event {
            return Ok(Some((event, application)));
        }
        let event = self.ids.next();
        outbox::append(
            tx,
            &self.confirmed_fact(event, &application, &view.selection),
        )
        .await?;
        announcements::mark_announced(tx, id, event, self.clock.now()).await?;
        Ok(Some((event, application)))
    }

    /// R-DONE-03: the result's message, with the fact's id as request id.
    async fn send_message(
        &self,
        event: EventId,
        application: &Application,
        view: &View,
    ) -> Result<(), Error> {
        let expires_at = start_of_day(
            view.selection
                .deadline
                .tomorrow()
                .unwrap_or(view.selection.deadline),
        )
        .unwrap_or(jiff::Timestamp::MAX);
        if self.clock.now() >= expires_at {
            return Ok(());
        }
        let holder = self.peers.identity.holder(application.account).await?;
        let number = &view.selection.voucher_number;
        let office_name = office_name(view.office);
        let voucher = VoucherNumber::parse(number)
            .map_or_else(|_| number.clone(), |number| number.to_string());
        let parameters = [
            ("plate", view.selection.allocation.plate.to_string()),
            ("office", office_name),
            ("deadline", view.selection.deadline.to_string()),
            ("voucher", voucher),
        ];
        let note = Note {
            request_id: event.as_uuid(),
            person: holder.person,
            locale: holder.locale,
            office: view.office,
            template: TEMPLATE.to_owned(),
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            expires_at,
        };
        match self.peers.notification.enqueue(note).await {
            // Nobody to write to will not change by asking again; the portal shows the result.
            Err(Error::Refused(refusal)) if refusal.reason() == Reason::NotFound => {
                tracing::warn!(application.id = %application.id, "the citizen has no contact point");
                Ok(())
            }
            sent => sent,
        }
    }

    /// The reconciler for numbers whose request could not tell of them.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn announce_waiting(self: &Arc<Self>) -> Result<Progress, Error> {
        let now = self.clock.now();
        let before = now
            .saturating_sub(self.settings.announce_after)
            .unwrap_or(now);
        let waiting = announcements::list_unannounced(self.db.pool(), before, BATCH).await?;
        let mut failed = None;
        for unannounced in &waiting {
            if let Err(error) = self.announce(unannounced.application).await {
                failed = Some(error);
            }
        }
        match failed {
            Some(error) => Err(error),
            None if i64::try_from(waiting.len()).unwrap_or(0) >= BATCH => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }
}

/// The office's name over the door.
pub(super) fn office_name(office: xuanhao_vocabulary::OfficeId) -> String {
    let named = Office::by_id(office);
    named.map_or_else(
        || office.to_string(),
        |office| format!("{}车管所", office.name),
    )
}
