//! Sending what is due and asking what became of it: claim, call a provider, settle. Providers are
//! never called within a transaction; a crash between an answer and our row sends again, and after a
//! receipt nothing is sent (R-DONE-03).

use std::time::{Duration, Instant};

use futures::StreamExt;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::sealed;
use xuanhao_vocabulary::Mobile;
use zeroize::Zeroizing;

use super::App;
use super::settle::Verdict;
use crate::domain::message::{Attempt, Failure, Report, Status};
use crate::domain::template::Template;
use crate::error::Error;
use crate::provider::{Outgoing, Provider, Wiped};
use crate::store::due::{self, Claimed};
use crate::store::{contact_point, message};

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
        let senders = self.senders(&claimed.template, claimed.language).await?;
        let open: Vec<_> = senders
            .iter()
            .filter(|sender| !claimed.refused_by.iter().any(|by| by == sender.provider))
            .collect();
        let may = |provider: &Provider| open.iter().any(|s| s.provider == provider.name());
        let Some(provider) = self.switch.choose(may, claimed.tried.as_deref(), now) else {
            // Each that had approved the text refused the message, or the approvals were withdrawn:
            // then another may come in time.
            return Ok(if claimed.refused_by.is_empty() {
                self.later(claimed, Duration::ZERO)
            } else {
                Verdict::Failed(Failure::Refused)
            });
        };
        let template_id = open
            .iter()
            .find(|sender| sender.provider == provider.name())
            .map_or("", |sender| sender.template_id.as_str());
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
            places: template.places(claimed.language),
            values,
            text,
        };
        let started = Instant::now();
        let attempt = provider.send(&outgoing, template_id, now).await;
        let now = self.clock.now();
        self.switch
            .saw_call(provider, &attempt, started.elapsed(), now);
        let by = provider.name();
        let others = open.len() > 1;
        Ok(match attempt {
            Attempt::Accepted { reference } => Verdict::Sent {
                by,
                reference,
                ask_at: self.limits.rules.report_at(now, now),
            },
            Attempt::Delivered => Verdict::Delivered(by),
            Attempt::Refused => Verdict::Failed(Failure::Refused),
            Attempt::NotHere if others => self.untaken(claimed, by, true, Duration::ZERO),
            Attempt::NotHere => Verdict::Failed(Failure::Refused),
            Attempt::Failed => self.untaken(claimed, by, false, Duration::ZERO),
            // Another provider need not wait for this one's limit.
            Attempt::Later(_) if others => self.untaken(claimed, by, false, Duration::ZERO),
            Attempt::Later(wait) => self.untaken(claimed, by, false, wait),
        })
    }

    /// It is tried again, by another provider if there is one; or given up, when that would be too
    /// late to be of use.
    fn untaken(
        &self,
        claimed: &Claimed,
        by: &'static str,
        never_again: bool,
        wait: Duration,
    ) -> Verdict {
        match self.later(claimed, wait) {
            Verdict::Due(Some(at)) => Verdict::Untaken {
                by,
                at,
                never_again,
            },
            other => other,
        }
    }

    fn later(&self, claimed: &Claimed, wait: Duration) -> Verdict {
        let (rules, now) = (&self.limits.rules, self.clock.now());
        let attempts = claimed.attempts.unsigned_abs();
        let due = rules.retry_at(attempts, wait, now, claimed.expires_at);
        due.map_or(Verdict::Failed(Failure::Expired), |at| {
            Verdict::Due(Some(at))
        })
    }

    /// A receipt is asked for where the message went.
    async fn ask(&self, claimed: &Claimed) -> Result<Verdict, Error> {
        let now = self.clock.now();
        let (Some(sent_at), Some(reference)) = (claimed.sent_at, &claimed.reference) else {
            return Ok(Verdict::Due(None));
        };
        let taken_by = claimed.provider.as_deref();
        let Some(provider) = taken_by.and_then(|name| self.switch.find(name)) else {
            // It is not configured any more: nobody can tell.
            return Ok(Verdict::Due(None));
        };
        let mobile = self.mobile(claimed).await?;
        let report = provider.report(mobile, reference, sent_at, now).await;
        self.switch.saw_report(provider, report, sent_at, now);
        Ok(match report {
            Report::Pending => Verdict::Due(self.limits.rules.report_at(sent_at, now)),
            Report::Delivered => Verdict::Delivered(provider.name()),
            Report::Undeliverable => Verdict::Failed(Failure::Undeliverable),
        })
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
