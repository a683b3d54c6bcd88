//! Durable consumers: each fact has its effect once, and one that cannot have an effect is put
//! aside instead of blocking the others.

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::delivery::Worker;
use super::{Bus, Envelope, Error, Subject, stream_of};
use crate::clock::Clock;
use crate::db::{self, Db, Tx};
use crate::error::chain;

const PAUSE_AFTER_BREAK: Duration = Duration::from_secs(1);

/// What a handler says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handled {
    /// It had its effect, or rightly none.
    Done,
    /// Not now: undo, and deliver it again after that time.
    Retry(Duration),
    /// Never: undo, and put it aside for a person to look at. The reason holds no personal data.
    Reject(String),
}

/// Turns facts into effects. It is handed a fact once for each commit of its transaction and must
/// have an answer for every fact in every state.
pub trait Handler: Send + Sync + 'static {
    /// What can go wrong. An error is retried with growing pauses, and after many deliveries the
    /// fact is put aside; errors of an absent database are retried for ever.
    type Error: From<db::Error> + StdError + Send + Sync + 'static;

    /// Does what follows from a fact; SQL only, since it may run more than once.
    fn handle<'c>(
        &'c self,
        tx: &'c mut Tx,
        envelope: &'c Envelope,
    ) -> impl Future<Output = Result<Handled, Self::Error>> + Send + 'c;
}

/// One durable consumer of a service's facts.
#[derive(Debug, Clone)]
pub struct Consumer {
    name: &'static str,
    stream: String,
    subjects: Vec<String>,
    concurrency: usize,
    max_deliveries: i64,
    handling_limit: Duration,
}

impl Consumer {
    /// The consumer `name` (unique over the platform: `<service>-<purpose>`) of facts of `service`.
    pub fn new(name: &'static str, service: &str, facts: &[&str]) -> Self {
        Self {
            name,
            stream: stream_of(service),
            subjects: facts
                .iter()
                .map(|fact| Subject::filter_for(service, fact))
                .collect(),
            concurrency: 8,
            max_deliveries: 20,
            handling_limit: Duration::from_secs(20),
        }
    }

    /// How many facts are handled at the same time (8).
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// After how many deliveries a fact is put aside (20, which takes about an hour).
    #[must_use]
    pub fn max_deliveries(mut self, deliveries: u16) -> Self {
        self.max_deliveries = i64::from(deliveries.max(1));
        self
    }

    /// How long handling one fact may take (20 s).
    #[must_use]
    pub fn handling_limit(mut self, limit: Duration) -> Self {
        self.handling_limit = limit;
        self
    }

    /// Consumes until `stop`; facts in hand are finished. Waits for NATS and for the stream as long
    /// as they are absent.
    pub async fn run<H: Handler>(
        self,
        bus: Bus,
        db: Db,
        clock: Clock,
        handler: H,
        stop: CancellationToken,
    ) {
        let worker = Worker {
            consumer: self.name,
            max_deliveries: self.max_deliveries,
            handling_limit: self.handling_limit,
            db,
            clock,
            handler,
        };
        while !stop.is_cancelled() {
            if let Err(error) = Box::pin(self.consume(&bus, &worker, &stop)).await {
                tracing::warn!(
                    consumer = self.name,
                    error = chain(&error),
                    "consuming was interrupted"
                );
                stop.run_until_cancelled(tokio::time::sleep(PAUSE_AFTER_BREAK))
                    .await;
            }
        }
    }

    async fn consume<H: Handler>(
        &self,
        bus: &Bus,
        worker: &Worker<H>,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let consumer = bus
            .jetstream
            .create_consumer_on_stream(self.pull_config(), &self.stream)
            .await
            .map_err(Error::nats("creating a consumer"))?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(self.concurrency * 2)
            .messages()
            .await
            .map_err(Error::nats("asking for messages"))?;
        let mut broken = Ok(());
        messages
            .take_until(stop.cancelled())
            .scan(&mut broken, |broken, message| {
                let message =
                    message.map_err(|error| **broken = Err(Error::nats("receiving")(error)));
                std::future::ready(message.ok())
            })
            // What is in hand when it breaks or stops is finished.
            .for_each_concurrent(self.concurrency, |message| {
                Box::pin(worker.on_message(message))
            })
            .await;
        broken
    }

    fn pull_config(&self) -> pull::Config {
        pull::Config {
            durable_name: Some(self.name.to_owned()),
            filter_subjects: self.subjects.clone(),
            ack_policy: AckPolicy::Explicit,
            // Redelivered only after the handling has been given up here.
            ack_wait: self.handling_limit + Duration::from_secs(10),
            // The server would drop what was delivered too often; burying is ours.
            max_deliver: -1,
            // Facts that wait for their next delivery count too and must not stop the others.
            max_ack_pending: 10_000,
            ..pull::Config::default()
        }
    }
}
