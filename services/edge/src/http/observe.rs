//! What is seen of every request answered: a span that goes on where the client's ended, rate, errors
//! and duration, one log line, and the headers that every answer carries.
//!
//! The line is an interface: `http.method`, `http.route`, `http.status`, `reason`, `cause`,
//! `duration_ms`, beside the trace's ids. No path, query, address, cookie or body is in it.

use std::sync::LazyLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, UpDownCounter};
use tracing::{Instrument, Span, field, info_span};
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_chassis::telemetry;

use super::problem;
use crate::error::Error;

struct Metrics {
    duration: Histogram<f64>,
    in_flight: UpDownCounter<i64>,
    refusals: Counter<u64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = telemetry::meter();
    Metrics {
        duration: meter
            .f64_histogram("http.server.duration")
            .with_unit("s")
            .with_description("Time from a request's head to its answer, by route.")
            .build(),
        in_flight: meter
            .i64_up_down_counter("http.server.in_flight")
            .with_description("Requests being answered.")
            .build(),
        refusals: meter
            .u64_counter("http.server.refusals")
            .with_description("Requests refused, by route and reason.")
            .build(),
    }
});

/// What has no route of the router's is told as this, when its answer carries one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route(pub(super) &'static str);

/// On every answer that does not say otherwise: TLS only, no guessing of types, no referrers, no frames,
/// nothing loaded, no use by other sites.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        STRICT_TRANSPORT_SECURITY,
        "max-age=63072000; includeSubDomains",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// The language a request asks for.
pub(super) fn locale(headers: &HeaderMap) -> Locale {
    let asked = headers.get(ACCEPT_LANGUAGE);
    asked
        .and_then(|value| value.to_str().ok())
        .map_or_else(Locale::default, Locale::negotiate)
}

/// Answers, writes problems, and tells what happened.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    let mut observation = Observation::begin(&request);
    let locale = locale(request.headers());
    let span = observation.span.clone();
    let response = next.run(request).instrument(span.clone()).await;
    let trace = span.in_scope(telemetry::current_traceparent);
    let trace = trace.and_then(|parent| parent.split('-').nth(1).map(str::to_owned));
    let (mut response, error) = problem::written(response, locale, trace);
    if let Some(Route(route)) = response.extensions_mut().remove() {
        observation.went_to(route);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    // What says nothing of itself is personal.
    let personal = HeaderValue::from_static("no-store");
    headers.entry(CACHE_CONTROL).or_insert(personal);
    observation.outcome = Some((response.status(), error));
    response
}

/// A request being answered. Whatever happens to it is told when this is dropped.
struct Observation {
    method: &'static str,
    route: String,
    started: Instant,
    span: Span,
    outcome: Option<(StatusCode, Option<Error>)>,
}

impl Observation {
    fn begin(request: &Request) -> Self {
        let method = known(request.method());
        // A path is the client's text and must not become a metric.
        let matched = request.extensions().get::<MatchedPath>();
        let route = matched.map_or("unknown", MatchedPath::as_str).to_owned();
        let span = info_span!(
            target: "xuanhao::http",
            "http.server",
            otel.name = format!("{method} {route}"),
            otel.kind = "server",
            otel.status_code = field::Empty,
            http.request.method = method,
            http.route = route,
            http.response.status_code = field::Empty,
        );
        let traceparent = request.headers().get(telemetry::TRACEPARENT);
        telemetry::set_parent(&span, traceparent.and_then(|value| value.to_str().ok()));
        METRICS.in_flight.add(1, &[]);
        Self {
            method,
            route,
            started: Instant::now(),
            span,
            outcome: None,
        }
    }

    fn went_to(&mut self, route: &str) {
        self.span
            .record("otel.name", format!("{} {route}", self.method));
        self.span.record("http.route", route);
        route.clone_into(&mut self.route);
    }
}

/// Only names we know may become a label.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        // 499, as proxies write it: the client left before its answer.
        let (status, error) = match self.outcome.take() {
            Some((status, error)) => (status.as_u16(), error),
            None => (499, None),
        };
        let elapsed = self.started.elapsed();
        let reason = error.as_ref().map(|error| error.refusal().reason().code());
        let cause = error.as_ref().and_then(Error::cause);

        let labels = [
            KeyValue::new("method", self.method),
            KeyValue::new("route", self.route.clone()),
            KeyValue::new("status", i64::from(status)),
        ];
        METRICS.duration.record(elapsed.as_secs_f64(), &labels);
        METRICS.in_flight.add(-1, &[]);
        if let Some(reason) = reason {
            let [_, route, _] = labels;
            METRICS
                .refusals
                .add(1, &[route, KeyValue::new("reason", reason)]);
        }

        let is_fault = error
            .as_ref()
            .is_some_and(|error| error.refusal().reason() == Reason::Internal);
        let outcome = if is_fault { "ERROR" } else { "UNSET" };
        self.span.record("http.response.status_code", status);
        self.span.record("otel.status_code", outcome);
        let _entered = self.span.enter();
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    target: "xuanhao::http",
                    $level,
                    http.method = self.method,
                    http.route = self.route,
                    http.status = status,
                    reason,
                    cause,
                    duration_ms = elapsed.as_secs_f64() * 1e3,
                    "http answered",
                )
            };
        }
        if is_fault {
            line!(tracing::Level::ERROR)
        } else {
            line!(tracing::Level::INFO)
        }
    }
}
