//! Telling citizens: a message is written in the transaction of what it tells of, and handed to
//! notification afterwards, by whoever finds it.

use jiff::SignedDuration;
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::idempotency::hash_of;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;

use super::{App, Fingerprint};
use crate::domain::application::Application;
use crate::domain::telling::Telling;
use crate::error::Error;
use crate::peers::Note;
use crate::store::messages::{self, Due, Message};

/// Messages handed over by one run.
const BATCH: i64 = 100;
/// A message that could not be handed over is tried again then.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// How long it is known what was told: longer than any reminder goes back.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 180);

impl App {
    /// Writes a message to an application's citizen, once for each occasion. The caller raises
    /// `signals.messages` after the transaction, or the reconciler finds it by itself.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        application: &Application,
        told: &Telling,
        occasion: &str,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let expires_at = told.useful_until(now);
        let from = if told.waits_for_daytime() {
            // Better at an odd hour than not at all.
            let day = self.settings.daytime.from(now);
            if day < expires_at { day } else { now }
        } else {
            now
        };
        let message = Message {
            id: message_id(application, told, occasion),
            application: application.id,
            office: application.office,
            template: told.template().to_owned(),
            parameters: told
                .parameters()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            day: civil_day(now),
            expires_at,
        };
        Ok(messages::add(tx, &message, now, from).await?)
    }

    /// The reconciler for messages that notification has not taken yet.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn tell_waiting(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let due = messages::list_due(self.db.pool(), now, BATCH).await?;
        let mut failed = None;
        for due in &due {
            let id = due.message.id;
            let handed = self.hand_over(due).await;
            let again = now.saturating_add(AGAIN_AFTER).unwrap_or(now);
            self.db
                .run_tx("selection.mark_told", async |tx: &mut Tx| {
                    match &handed {
                        Ok(()) => messages::mark_told(tx, id, self.clock.now()).await?,
                        Err(_) => messages::mark_next_try(tx, id, again).await?,
                    }
                    Ok::<_, Error>(())
                })
                .await?;
            if let Err(error) = handed {
                tracing::warn!(message.id = %id, message.template = due.message.template, error = chain(&error), "a message could not be handed over and is tried again");
                failed = Some(error);
            }
        }
        match failed {
            Some(error) => Err(error),
            None if i64::try_from(due.len()).unwrap_or(0) >= BATCH => Ok(Progress::More),
            None => Ok(Progress::Idle),
        }
    }

    async fn hand_over(&self, due: &Due) -> Result<(), Error> {
        let message = &due.message;
        if self.clock.now() >= message.expires_at {
            return Ok(());
        }
        let holder = match self.peers.identity.holder(due.account).await {
            Ok(holder) => holder,
            Err(error) => return nobody(error, due),
        };
        let note = Note {
            request_id: message.id,
            person: holder.person,
            locale: holder.locale,
            office: message.office,
            template: message.template.clone(),
            parameters: message.parameters.clone(),
            expires_at: message.expires_at,
        };
        match self.peers.notification.enqueue(note).await {
            Ok(()) => Ok(()),
            Err(error) => nobody(error, due),
        }
    }

    /// Deletes messages that were handed over half a year ago.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sweep_messages(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let before = now.saturating_sub(KEPT).unwrap_or(now);
        let deleted = self
            .db
            .run_tx("selection.sweep_messages", async |tx: &mut Tx| {
                Ok::<_, Error>(messages::delete_told(tx, before, BATCH).await?)
            })
            .await?;
        let full = deleted >= BATCH.unsigned_abs();
        Ok(if full { Progress::More } else { Progress::Idle })
    }
}

/// Nobody to write to will not change by asking again; the portal shows what happened.
fn nobody(error: Error, due: &Due) -> Result<(), Error> {
    match error {
        Error::Refused(refusal) if refusal.reason() == Reason::NotFound => {
            tracing::warn!(application.id = %due.message.application, "the citizen has no contact point");
            Ok(())
        }
        other => Err(other),
    }
}

/// The same occasion has the same id in every process, at every try.
fn message_id(application: &Application, told: &Telling, occasion: &str) -> uuid::Uuid {
    let text = format!("{}/{}/{occasion}", application.id, told.template());
    let hash = hash_of(&Fingerprint {
        request: text.into_bytes(),
    });
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
