//! Sending what is due and asking what became of it: claim, call the provider, settle. The provider
//! is never called within a transaction; a crash between its answer and ours sends again.

use std::sync::LazyLock;

use futures::StreamExt;
use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::outbox;
use xuanhao_chassis::sealed;
use xuanhao_vocabulary::Mobile;
use zeroize::Zeroizing;

use super::App;
use crate::domain::message::{Attempt, Failure, Report, Status};
use crate::domain::template::Template;
use crate::error::Error;
use crate::events::{self, Finished};
use crate::provider::{Outgoing, Wiped};
use crate::store::due::{self, Claimed};
use crate::store::{contact_point, message};

/// What is to be written about a message.
enum Verdict {
    Sent {
        reference: String,
        ask_at: Option<Timestamp>,
    },
    Delivered,
    Failed(Failure),
    Due(Option<Timestamp>),
}

impl App {
    /// One pass over what is due. Safe to run in several processes at once.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn send_due(&self) -> Result<Progress, Error> {
        let now = self.clock.now();
        let again_at = now
            .saturating_add(self.limits.rules.claim)
            .expect("seconds are always added");
        let limit = i64::try_from(self.limits.concurrent).expect("few are sent at a time");
        let claimed = self
            .db
            .run_tx("notification.claim", async |tx: &mut Tx| {
                due::claim(tx, now, again_at, limit).await
            })
            .await?;
        let progress = if claimed.len() == self.limits.concurrent {
            Progress::More
        } else {
            Progress::Idle
        };
        let settled: Vec<Result<(), Error>> = futures::stream::iter(claimed)
            .map(|claimed| self.work_on(claimed))
            .buffer_unordered(self.limits.concurrent.max(1))
            .collect()
            .await;
        // One that cannot be settled is claimed again later and does not hold up the others.
        for error in settled.into_iter().filter_map(Result::err) {
            tracing::warn!(error = chain(&error), "a message could not be settled");
        }
        Ok(progress)
    }

    async fn work_on(&self, claimed: Claimed) -> Result<(), Error> {
        let verdict = match claimed.status {
            Status::Queued => self.send(&claimed).await,
            Status::Sent => self.ask(&claimed).await,
            Status::Delivered | Status::Failed => Ok(Verdict::Due(None)),
        };
        let verdict = match verdict {
            // The person was erased: there is nobody to tell any more.
            Err(Error::Sealed(sealed::Error::Erased)) => Verdict::Failed(Failure::Erased),
            other => other?,
        };
        self.settle(&claimed, verdict).await
    }

    async fn send(&self, claimed: &Claimed) -> Result<Verdict, Error> {
        let now = self.clock.now();
        if now >= claimed.expires_at {
            return Ok(Verdict::Failed(Failure::Expired));
        }
        let mobile = self.mobile(claimed).await?;
        let mut values = Zeroizing::new(Wiped(claimed.parameters.clone()));
        let secrets = Zeroizing::new(Wiped(self.secrets(claimed).await?));
        let template = Template::find(&claimed.template).ok_or(Error::Form)?;
        let text = template.fill(claimed.language, &claimed.parameters, &secrets.0);
        values.0.extend(secrets.0.clone());
        let outgoing = Outgoing {
            message_id: claimed.message_id.to_string(),
            mobile,
            template: &claimed.template,
            language: claimed.language,
            values,
            text,
        };
        let attempt = self.provider.send(&outgoing, now).await;
        let now = self.clock.now();
        Ok(match attempt {
            Attempt::Accepted { reference } => Verdict::Sent {
                reference,
                ask_at: self.limits.rules.report_at(now, now),
            },
            Attempt::Delivered => Verdict::Delivered,
            Attempt::Refused => Verdict::Failed(Failure::Refused),
            Attempt::Later(wait) => {
                let attempts = claimed.attempts.unsigned_abs();
                let due = self
                    .limits
                    .rules
                    .retry_at(attempts, wait, now, claimed.expires_at);
                due.map_or(Verdict::Failed(Failure::Expired), |at| {
                    Verdict::Due(Some(at))
                })
            }
        })
    }

    async fn ask(&self, claimed: &Claimed) -> Result<Verdict, Error> {
        let now = self.clock.now();
        let (Some(sent_at), Some(reference)) = (claimed.sent_at, &claimed.reference) else {
            return Ok(Verdict::Due(None));
        };
        let mobile = self.mobile(claimed).await?;
        Ok(
            match self.provider.report(mobile, reference, sent_at, now).await {
                Report::Pending => Verdict::Due(self.limits.rules.report_at(sent_at, now)),
                Report::Delivered => Verdict::Delivered,
                Report::Undeliverable => Verdict::Failed(Failure::Undeliverable),
            },
        )
    }

    async fn settle(&self, claimed: &Claimed, verdict: Verdict) -> Result<(), Error> {
        let (now, event_id, provider) = (self.clock.now(), self.ids.next(), self.provider.name());
        let finished = Finished {
            message_id: claimed.message_id,
            province: claimed.province,
            office: claimed.office,
            template: claimed.template.clone(),
            version: claimed.version + 1,
        };
        self.db
            .run_tx("notification.settle", async |tx: &mut Tx| {
                let event = match &verdict {
                    Verdict::Sent { reference, ask_at } => {
                        due::mark_sent(tx, claimed, provider, reference, *ask_at, now).await?;
                        return Ok(());
                    }
                    Verdict::Due(due_at) => {
                        due::mark_due(tx, claimed, *due_at).await?;
                        return Ok(());
                    }
                    Verdict::Delivered => {
                        let held =
                            due::mark_finished(tx, claimed, None, Some(provider), now).await?;
                        held.then(|| events::delivered(event_id, &finished, provider, now))
                    }
                    Verdict::Failed(failure) => {
                        let held =
                            due::mark_finished(tx, claimed, Some(*failure), None, now).await?;
                        held.then(|| events::failed(event_id, &finished, *failure, now))
                    }
                };
                match event {
                    Some(event) => outbox::append(tx, &event).await.map_err(Error::from),
                    None => Ok(()),
                }
            })
            .await?;
        MESSAGES.add(
            1,
            &[
                KeyValue::new("provider", provider),
                KeyValue::new("template", claimed.template.clone()),
                KeyValue::new("outcome", verdict.word()),
            ],
        );
        Ok(())
    }

    async fn mobile(&self, claimed: &Claimed) -> Result<Mobile, Error> {
        let text = match &claimed.mobile {
            Some(sealed) => {
                self.sealer
                    .open_text(claimed.person_id, message::MOBILE, sealed)
                    .await?
            }
            None => {
                let mut connection = self.db.pool().acquire().await?;
                let point = contact_point::lookup(&mut connection, claimed.person_id).await?;
                let sealed = point.ok_or(Error::Form)?.mobile;
                self.sealer
                    .open_text(claimed.person_id, contact_point::MOBILE, &sealed)
                    .await?
            }
        };
        Mobile::parse(&text).map_err(|_| Error::Form)
    }

    async fn secrets(&self, claimed: &Claimed) -> Result<crate::domain::template::Values, Error> {
        let Some(sealed) = &claimed.secrets else {
            return Ok(Default::default());
        };
        let json = self
            .sealer
            .open(claimed.person_id, message::SECRETS, sealed)
            .await?;
        serde_json::from_slice(&json).map_err(|_| Error::Form)
    }
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Delivered => "delivered",
            Self::Failed(failure) => failure.as_str(),
            Self::Due(_) => "later",
        }
    }
}

static MESSAGES: LazyLock<Counter<u64>> = LazyLock::new(|| {
    opentelemetry::global::meter("xuanhao")
        .u64_counter("notification.messages")
        .with_description(
            "Steps of messages by provider, template and outcome: sent, delivered, later, expired, \
             refused, undeliverable, erased.",
        )
        .build()
});
