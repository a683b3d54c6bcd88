//! What is seen of every call answered: a span, rate, errors and duration, and one log line.
//!
//! The line is an interface: `rpc.method`, `caller`, `principal.kind`, `principal.id`, `grpc.code`,
//! `reason`, `cause`, `duration_ms`. It is written when the last byte of the answer is, or when the
//! caller has gone.

use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, UpDownCounter};
use tokio::sync::OwnedSemaphorePermit;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{Span, field, info_span};
use uuid::Uuid;

use super::context::CallContext;
use super::status::code_name;
use crate::authz::Caller;
use crate::error::{Refusal, chain};
use crate::principal::Kind;
use crate::reason::Reason;
use crate::telemetry;

struct Metrics {
    duration: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
    refusals: Counter<u64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = telemetry::meter();
    Metrics {
        duration: meter
            .f64_histogram("rpc.server.duration")
            .with_unit("s")
            .with_description("Time from a call's arrival to the end of its answer.")
            .build(),
        in_flight: meter
            .i64_up_down_counter("rpc.server.in_flight")
            .with_description("Calls being answered.")
            .build(),
        refusals: meter
            .u64_counter("rpc.server.refusals")
            .with_description("Calls refused, by reason.")
            .build(),
    }
});

/// A call being answered. Whatever happens to it is told when this is dropped.
pub(super) struct Observation {
    rpc: &'static str,
    started: Instant,
    span: Span,
    /// What the certificate said, for callers the table does not know.
    peer: String,
    principal: Option<(Kind, Uuid)>,
    outcome: Option<Outcome>,
    _place: Option<OwnedSemaphorePermit>,
}

struct Outcome {
    code: Code,
    reason: Option<Reason>,
    cause: Option<String>,
}

impl Observation {
    pub(super) fn begin<B>(
        rpc: Option<&'static str>,
        peer: Option<&str>,
        request: &Request<B>,
    ) -> Self {
        let rpc = rpc.map_or("unknown", |rpc| rpc.trim_start_matches('/'));
        let span = info_span!(
            target: "xuanhao::rpc",
            "rpc.server",
            otel.name = rpc,
            otel.kind = "server",
            otel.status_code = field::Empty,
            rpc.system = "grpc",
            rpc.method = rpc,
            rpc.grpc.status_code = field::Empty,
            caller = peer,
        );
        let traceparent = request.headers().get(telemetry::TRACEPARENT);
        telemetry::set_parent(&span, traceparent.and_then(|value| value.to_str().ok()));
        METRICS
            .in_flight
            .add(1, &[KeyValue::new("rpc_method", rpc)]);
        Self {
            rpc,
            started: Instant::now(),
            span,
            peer: peer.unwrap_or("none").to_owned(),
            principal: None,
            outcome: None,
            _place: None,
        }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The call has its place, which it keeps until it has been answered.
    pub(super) fn admitted(&mut self, context: &CallContext, place: Option<OwnedSemaphorePermit>) {
        self.principal = context
            .principal()
            .map(|principal| (principal.kind, principal.sub));
        self._place = place;
    }

    /// Follows the answer to its end.
    pub(super) fn watch(mut self, response: Response<Body>) -> Response<ObservedBody> {
        // A handler that fails leaves its status, with the source it does not send.
        if let Some(status) = response.extensions().get::<Status>() {
            self.outcome = Some(Outcome::of(status));
        } else if let Some(status) = Status::from_header_map(response.headers()) {
            self.outcome = Some(Outcome::of(&status));
        }
        response.map(|body| ObservedBody {
            body,
            observation: self,
        })
    }
}

impl Outcome {
    fn of(status: &Status) -> Self {
        Self {
            code: status.code(),
            reason: Refusal::from_status(status).map(|refusal| refusal.reason()),
            cause: std::error::Error::source(status).map(chain),
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        // Nobody is left to read an answer that did not come to its end.
        let gone = Outcome {
            code: Code::Cancelled,
            reason: None,
            cause: None,
        };
        let Outcome {
            code,
            reason,
            cause,
        } = self.outcome.take().unwrap_or(gone);
        let elapsed = self.started.elapsed();
        let (code_name, reason) = (code_name(code), reason.map(Reason::code));

        let method = KeyValue::new("rpc_method", self.rpc);
        // Only names we know may become a label.
        let caller = Caller::from_word(&self.peer).map_or("unknown", Caller::as_str);
        let labels = [
            method.clone(),
            KeyValue::new("caller", caller),
            KeyValue::new("grpc_code", code_name),
        ];
        METRICS.duration.record(elapsed.as_secs_f64(), &labels);
        METRICS.in_flight.add(-1, std::slice::from_ref(&method));
        if let Some(reason) = reason {
            METRICS
                .refusals
                .add(1, &[method, KeyValue::new("reason", reason)]);
        }

        let fault = matches!(code, Code::Internal | Code::Unknown | Code::DataLoss);
        self.span.record("rpc.grpc.status_code", code as i32);
        self.span
            .record("otel.status_code", if fault { "ERROR" } else { "UNSET" });
        let _entered = self.span.enter();
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    target: "xuanhao::rpc",
                    $level,
                    rpc.method = self.rpc,
                    caller = self.peer,
                    principal.kind = self.principal.map(|(kind, _)| match kind {
                        Kind::Person => "person",
                        Kind::Staff => "staff",
                    }),
                    principal.id = self.principal.map(|(_, id)| field::display(id)),
                    grpc.code = code_name,
                    reason,
                    cause,
                    duration_ms = elapsed.as_secs_f64() * 1e3,
                    "rpc answered",
                )
            };
        }
        if fault {
            line!(tracing::Level::ERROR)
        } else {
            line!(tracing::Level::INFO)
        }
    }
}

/// The answer's body, which knows how it ended.
pub(super) struct ObservedBody {
    body: Body,
    observation: Observation,
}

impl HttpBody for ObservedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        let status = match &frame {
            Some(Ok(frame)) => frame.trailers_ref().and_then(Status::from_header_map),
            Some(Err(status)) => Some(status.clone()),
            None => None,
        };
        if let Some(status) = status {
            self.observation.outcome = Some(Outcome::of(&status));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
