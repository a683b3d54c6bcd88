//! Handing a code over to notification, after the challenge was committed and outside any
//! transaction. What is not acknowledged is void (C1).

use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use tokio::task::JoinHandle;
use tracing::Instrument;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::grpc::{CallExt, call, timestamp};
use xuanhao_chassis::ids::ChallengeId;
use xuanhao_chassis::reason::Locale;
use xuanhao_chassis::telemetry;
use xuanhao_proto::notification::v1::EnqueueMessageRequest;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_vocabulary::{Mobile, ProvinceId};
use zeroize::Zeroizing;

use super::App;
use crate::domain::challenge::{Purpose, State};
use crate::error::Error;

/// The template of a code at notification.
const TEMPLATE: &str = "challenge_code";

/// The longest a citizen waits for the acknowledgement.
const PATIENCE: Duration = Duration::from_secs(5);

/// A code to be handed over.
pub(super) struct Delivery {
    pub(super) province: ProvinceId,
    pub(super) locale: Locale,
    pub(super) purpose: Purpose,
    pub(super) mobile: Mobile,
    pub(super) code: Zeroizing<String>,
    pub(super) expires_at: Timestamp,
}

/// The task's answer, whether the code is on its way.
pub(super) struct Settling(JoinHandle<Result<bool, Error>>);

impl Future for Settling {
    type Output = Result<bool, Error>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0)
            .poll(context)
            .map(|joined| joined?)
    }
}

impl App {
    /// Hands the code over and settles the challenge, in a task of its own: a caller who hangs up
    /// does not leave a code half sent. Without a delivery nothing is sent, and the challenge is
    /// settled as if it had been.
    pub(super) fn settle(
        self: &Arc<Self>,
        challenge_id: ChallengeId,
        settle_by: Timestamp,
        delivery: Option<Delivery>,
    ) -> Settling {
        let app = Arc::clone(self);
        let work = async move {
            let acknowledged = match delivery {
                Some(delivery) => {
                    let purpose = delivery.purpose;
                    let acknowledged = app.hand_over(challenge_id, delivery).await;
                    app.acknowledges.store(acknowledged, Ordering::Relaxed);
                    app.count(purpose, if acknowledged { "sent" } else { "not_sent" });
                    acknowledged
                }
                None => app.acknowledges.load(Ordering::Relaxed),
            };
            let in_time = app.clock.now() < settle_by;
            let state = if acknowledged && in_time {
                State::Enqueued
            } else {
                State::Void
            };
            app.db
                .run_tx("identity.challenge.settle", async |tx: &mut Tx| {
                    crate::store::challenge::mark_settled(tx, challenge_id, state).await
                })
                .await?;
            Ok(state == State::Enqueued)
        };
        Settling(self.settling.spawn(work.in_current_span()))
    }

    async fn hand_over(&self, challenge_id: ChallengeId, delivery: Delivery) -> bool {
        let minutes = (self.rules.code_ttl.as_secs() / 60).max(1).to_string();
        let message = EnqueueMessageRequest {
            request_id: challenge_id.to_string(),
            province: delivery.province.to_string(),
            office: String::new(),
            template: TEMPLATE.to_owned(),
            locale: delivery.locale.tag().to_owned(),
            // The code is bound to this number, so it goes to this number and to no contact point.
            recipient: Some(Recipient::Mobile(delivery.mobile.e164().to_owned())),
            parameters: [("minutes".to_owned(), minutes)].into(),
            secret_parameters: [("code".to_owned(), delivery.code.to_string())].into(),
            expires_at: Some(timestamp(delivery.expires_at)),
        };
        let mut notification = self.notification.clone();
        match notification
            .enqueue_message(call(message).idempotent().deadline(PATIENCE))
            .await
        {
            Ok(_) => true,
            Err(status) => {
                tracing::warn!(
                    error = chain(&status),
                    "a code was not acknowledged and is void"
                );
                false
            }
        }
    }

    /// Counts what became of a challenge.
    pub(super) fn count(&self, purpose: Purpose, outcome: &'static str) {
        CHALLENGES.add(
            1,
            &[
                KeyValue::new("purpose", purpose.as_str()),
                KeyValue::new("outcome", outcome),
            ],
        );
    }
}

static CHALLENGES: LazyLock<Counter<u64>> = LazyLock::new(|| {
    telemetry::meter()
        .u64_counter("identity.challenges")
        .with_description(
            "SMS codes by purpose and outcome: sent, not_sent, refused, verified, wrong, locked.",
        )
        .build()
});
