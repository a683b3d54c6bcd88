//! Writing what became of a message, in one transaction with the fact.

use std::sync::LazyLock;

use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::outbox;

use super::App;
use crate::domain::message::Failure;
use crate::error::Error;
use crate::events::{self, Finished};
use crate::store::due::{self, Claimed};

/// What is to be written about a message.
pub(super) enum Verdict {
    /// A provider took it.
    Sent {
        by: &'static str,
        reference: String,
        ask_at: Option<Timestamp>,
    },
    /// It arrived.
    Delivered(&'static str),
    /// It is given up.
    Failed(Failure),
    /// Nothing was learnt.
    Due(Option<Timestamp>),
    /// A provider did not take it.
    Untaken {
        by: &'static str,
        at: Timestamp,
        never_again: bool,
    },
}

impl App {
    pub(super) async fn settle(&self, claimed: &Claimed, verdict: Verdict) -> Result<(), Error> {
        let (now, event_id) = (self.clock.now(), self.ids.next());
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
                    Verdict::Sent {
                        by,
                        reference,
                        ask_at,
                    } => {
                        due::mark_sent(tx, claimed, by, reference, *ask_at, now).await?;
                        return Ok(());
                    }
                    Verdict::Due(due_at) => {
                        due::mark_due(tx, claimed, *due_at).await?;
                        return Ok(());
                    }
                    Verdict::Untaken {
                        by,
                        at,
                        never_again,
                    } => {
                        due::mark_untaken(tx, claimed, *at, by, *never_again).await?;
                        return Ok(());
                    }
                    Verdict::Delivered(by) => {
                        let held = due::mark_finished(tx, claimed, None, Some(by), now).await?;
                        held.then(|| events::delivered(event_id, &finished, by, now))
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
        let provider = verdict.provider().map_or_else(
            || claimed.provider.clone().unwrap_or_default(),
            str::to_owned,
        );
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
}

impl Verdict {
    fn provider(&self) -> Option<&'static str> {
        match self {
            Self::Sent { by, .. } | Self::Delivered(by) | Self::Untaken { by, .. } => Some(by),
            Self::Failed(_) | Self::Due(_) => None,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Delivered(_) => "delivered",
            Self::Failed(failure) => failure.as_str(),
            Self::Due(_) | Self::Untaken { .. } => "later",
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
