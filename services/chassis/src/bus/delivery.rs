//! One delivery of a fact: its effect, its answer and its line in the log.

use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use async_nats::jetstream::{AckKind, Message};
use futures::FutureExt;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};
use tracing::Instrument;

use super::dead_letters::{self, DeadLetter};
use super::{Envelope, Handled, Handler};
use crate::clock::Clock;
use crate::db::{self, Db, Tx};
use crate::error::chain;
use crate::ids::EventId;
use crate::inbox::{self, Arrival};
use crate::telemetry;

const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A consumer at work.
pub(super) struct Worker<H> {
    pub(super) consumer: &'static str,
    pub(super) max_deliveries: i64,
    pub(super) handling_limit: Duration,
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) handler: H,
}

/// What became of a delivery.
#[derive(Debug)]
enum Outcome {
    Done,
    Repeated,
    Retry(Duration),
    Buried,
}

impl Outcome {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Repeated => "repeated",
            Self::Retry(_) => "retry",
            Self::Buried => "buried",
        }
    }
}

/// Why a fact had no effect yet; as an error, so that the transaction is undone.
#[derive(Debug, thiserror::Error)]
enum NoEffect<E> {
    #[error("the handler wants it later")]
    Retry(Duration),
    #[error("the handler rejects it")]
    Reject(String),
    #[error("handling failed")]
    Failed(#[source] E),
    #[error("the database failed")]
    Db(#[from] db::Error),
}

impl<H: Handler> Worker<H> {
    pub(super) async fn on_message(&self, message: Message) {
        let started = Instant::now();
        let envelope = Envelope::from_bytes(&message.payload)
            .and_then(|envelope| envelope.event_id().map(|id| (id, envelope)));
        let span = tracing::info_span!("event", otel.name = format!("event.{}", message.subject));
        let trace = envelope
            .as_ref()
            .ok()
            .map(|(_, envelope)| envelope.trace.as_str());
        let span = telemetry::span_linked_to(span, trace.filter(|trace| !trace.is_empty()));
        async {
            let outcome = match &envelope {
                Ok((id, envelope)) => self.handle(&message, *id, envelope).await,
                Err(malformed) => self.bury(&message, None, chain(malformed)).await,
            };
            self.answer(&message, &outcome).await;
            self.tell(
                &message,
                envelope.as_ref().ok().map(|(id, _)| *id),
                &outcome,
                started,
            );
        }
        .instrument(span)
        .await;
    }

    async fn handle(&self, message: &Message, id: EventId, envelope: &Envelope) -> Outcome {
        let effect = AssertUnwindSafe(self.effect(id, envelope)).catch_unwind();
        let (why, transient) = match tokio::time::timeout(self.handling_limit, effect).await {
            Ok(Ok(Ok(Arrival::First))) => return Outcome::Done,
            Ok(Ok(Ok(Arrival::Repeated))) => return Outcome::Repeated,
            Ok(Ok(Err(NoEffect::Reject(reason)))) => {
                return self.bury(message, Some(id), reason).await;
            }
            Ok(Ok(Err(NoEffect::Retry(after)))) => {
                if deliveries(message) < self.max_deliveries {
                    return Outcome::Retry(after);
                }
                ("the handler wanted it later too often".to_owned(), false)
            }
            Ok(Ok(Err(error))) => (chain(&error), is_transient(&error)),
            Ok(Err(_)) => ("the handler panicked".to_owned(), false),
            Err(_) => ("handling took too long".to_owned(), false),
        };
        tracing::warn!(consumer = self.consumer, event.id = %id, error = why, "event failed");
        if transient || deliveries(message) < self.max_deliveries {
            Outcome::Retry(pause_after(deliveries(message)))
        } else {
            self.bury(message, Some(id), why).await
        }
    }

    async fn effect(
        &self,
        id: EventId,
        envelope: &Envelope,
    ) -> Result<Arrival, NoEffect<H::Error>> {
        self.db
            .run_tx(self.consumer, async |tx: &mut Tx| {
                let now = self.clock.now();
                if inbox::accept(tx, self.consumer, id, now).await? == Arrival::Repeated {
                    return Ok(Arrival::Repeated);
                }
                match self.handler.handle(tx, envelope).await {
                    Ok(Handled::Done) => Ok(Arrival::First),
                    Ok(Handled::Retry(after)) => Err(NoEffect::Retry(after)),
                    Ok(Handled::Reject(reason)) => Err(NoEffect::Reject(reason)),
                    Err(error) => Err(NoEffect::Failed(error)),
                }
            })
            .await
    }

    /// Puts a message aside. If that fails it comes again later.
    async fn bury(&self, message: &Message, id: Option<EventId>, reason: String) -> Outcome {
        let letter = DeadLetter {
            consumer: self.consumer,
            event: id,
            reason: &reason,
            deliveries: deliveries(message),
            message,
        };
        match dead_letters::add(&self.db, &letter, self.clock.now()).await {
            Ok(()) => {
                tracing::error!(consumer = self.consumer, reason, "event was put aside");
                Outcome::Buried
            }
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(consumer = self.consumer, error, "event cannot be put aside");
                Outcome::Retry(pause_after(deliveries(message)))
            }
        }
    }

    async fn answer(&self, message: &Message, outcome: &Outcome) {
        let answered = match outcome {
            Outcome::Done | Outcome::Repeated => message.double_ack().await,
            Outcome::Retry(after) => message.ack_with(AckKind::Nak(Some(*after))).await,
            Outcome::Buried => message.double_ack_with(AckKind::Term).await,
        };
        if let Err(error) = answered {
            // It is delivered again, and the inbox or the dead letter makes that harmless.
            tracing::debug!(consumer = self.consumer, %error, "answering a delivery failed");
        }
    }

    /// The canonical line of a delivery, and its metrics.
    fn tell(&self, message: &Message, id: Option<EventId>, outcome: &Outcome, started: Instant) {
        let took = started.elapsed();
        let labels = [
            KeyValue::new("consumer", self.consumer),
            KeyValue::new("outcome", outcome.as_str()),
        ];
        METRICS.deliveries.add(1, &labels);
        METRICS.duration.record(took.as_secs_f64(), &labels);
        tracing::info!(
            consumer = self.consumer,
            event.subject = %message.subject,
            event.id = id.map(tracing::field::display),
            event.deliveries = deliveries(message),
            outcome = outcome.as_str(),
            duration_ms = took.as_secs_f64() * 1e3,
            "event"
        );
    }
}

fn deliveries(message: &Message) -> i64 {
    message.info().map_or(1, |info| info.delivered)
}

fn is_transient<E: StdError + 'static>(error: &NoEffect<E>) -> bool {
    let mut below: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = below {
        if let Some(error) = error.downcast_ref::<db::Error>() {
            return error.is_transient();
        }
        if let Some(error) = error.downcast_ref::<sqlx::Error>() {
            return db::is_transient(error);
        }
        below = error.source();
    }
    false
}

/// 1, 2, 4 … seconds, five minutes at most.
fn pause_after(deliveries: i64) -> Duration {
    let doublings = u32::try_from(deliveries.clamp(1, 10) - 1).expect("it is below ten");
    Duration::from_secs(1 << doublings).min(LONGEST_PAUSE)
}

struct Metrics {
    deliveries: Counter<u64>,
    duration: Histogram<f64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("xuanhao");
    Metrics {
        deliveries: meter
            .u64_counter("consumer.deliveries")
            .with_description("Deliveries by consumer and outcome.")
            .build(),
        duration: meter
            .f64_histogram("consumer.duration")
            .with_unit("s")
            .with_description("Time of handling one delivery, by consumer and outcome.")
            .build(),
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes() {
        assert_eq!(pause_after(1), Duration::from_secs(1));
        assert_eq!(pause_after(4), Duration::from_secs(8));
        assert_eq!(pause_after(500), LONGEST_PAUSE);
        let until_buried: Duration = (1..20).map(pause_after).sum();
        assert!(until_buried > Duration::from_secs(3_000));
    }
}
