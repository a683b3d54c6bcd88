//! Logs, traces and metrics: set up once per process, used through `tracing` and the OpenTelemetry
//! metrics API everywhere else.
//!
//! A log line is one JSON object on the standard output. Traces go out by OTLP where configured; span
//! ids are made in any case, because log lines and events carry them. Metrics are read from
//! `/metrics`; every histogram with unit `s` has bounds in seconds.

mod log;
mod metrics;
mod panic;
mod trace;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use serde::{Deserialize, Serialize};
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{FilterExt, FilterFn, LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::reload;

pub use log::{JsonLines, Output};
pub use metrics::meter;
pub use trace::{TRACEPARENT, current_traceparent, set_parent, span_linked_to};

/// What configuration says about logs and traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// Which log lines are written: a level, and `target=level` for what differs, separated by commas;
    /// the admin port changes it later.
    pub log_filter: String,
    /// The OTLP collector (gRPC), `http://host:4317`; without it no traces are recorded here, nor by
    /// who is called from here.
    pub otlp_endpoint: Option<String>,
    /// The share of traces begun here that are sent, 0 to 1.
    pub trace_ratio: f64,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log_filter: "info".to_owned(),
            otlp_endpoint: None,
            trace_ratio: 1.0,
        }
    }
}

/// Why telemetry could not be set up or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter is malformed.
    #[error("malformed log filter")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The filter cannot be changed any more.
    #[error("the log filter is gone")]
    Reload(#[from] reload::Error),
    /// The OTLP endpoint cannot be used.
    #[error("cannot set up the trace exporter")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The metrics exporter cannot be used.
    #[error("cannot set up metrics")]
    Metrics(#[from] opentelemetry_sdk::error::OTelSdkError),
    /// Somebody else set up `tracing` in this process.
    #[error("tracing is already set up")]
    Subscriber(#[from] tracing::subscriber::SetGlobalDefaultError),
    /// The registry cannot be written out.
    #[error("cannot encode metrics")]
    Encode(#[from] prometheus::Error),
}

/// The process's telemetry. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Telemetry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: prometheus::Registry,
    tracer: opentelemetry_sdk::trace::SdkTracerProvider,
    filter: FilterHandle,
    lines: Option<Arc<log::Pending>>,
}

/// The innermost layer's registry type, so that the handle has a name.
type FilterHandle = reload::Handle<Targets, tracing_subscriber::Registry>;

static STARTED: OnceLock<Telemetry> = OnceLock::new();

impl Telemetry {
    /// Sets up the process's telemetry, writing log lines to `output`. A process has one: later calls
    /// return the first.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn start(
        service: &'static str,
        version: &'static str,
        config: &TelemetryConfig,
        output: Output,
    ) -> Result<Self, Error> {
        if let Some(started) = STARTED.get() {
            return Ok(started.clone());
        }
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new("service.name", service),
                KeyValue::new("service.namespace", "xuanhao"),
                KeyValue::new("service.version", version),
            ])
            .build();
        let registry = metrics::install(resource.clone())?;
        let tracer = trace::provider(resource, config)?;
        let (filter, handle) = reload::Layer::new(parse_filter(&config.log_filter)?);
        panic::install(&output);
        let lines = JsonLines::new(service, output);
        let pending = lines.pending();
        let subscriber = tracing_subscriber::registry()
            .with(lines.with_filter(filter))
            .with(spans(&tracer));
        tracing::subscriber::set_global_default(subscriber)?;
        let telemetry = Self(Arc::new(Inner {
            registry,
            tracer,
            filter: handle,
            lines: pending,
        }));
        Ok(STARTED.get_or_init(|| telemetry).clone())
    }

    /// The metrics in Prometheus' text format.
    ///
    /// # Errors
    /// When the registry cannot be encoded.
    pub fn metrics(&self) -> Result<String, Error> {
        Ok(prometheus::TextEncoder::new().encode_to_string(&self.0.registry.gather())?)
    }

    /// The log filter in use.
    ///
    /// # Errors
    /// When the logs are gone.
    pub fn log_filter(&self) -> Result<String, Error> {
        Ok(self.0.filter.with_current(ToString::to_string)?)
    }

    /// Changes the log filter until the process ends.
    ///
    /// # Errors
    /// When it is malformed; the old one stays in use.
    pub fn set_log_filter(&self, filter: &str) -> Result<(), Error> {
        Ok(self.0.filter.reload(parse_filter(filter)?)?)
    }

    /// Sends and writes what is left, for at most `limit`.
    pub async fn stop(&self, limit: Duration) {
        let tracer = self.0.tracer.clone();
        // The exporter needs this runtime to go on while it is waited for, so the wait must not
        // occupy one of its workers.
        let stopping = tokio::task::spawn_blocking(move || tracer.shutdown_with_timeout(limit));
        match tokio::time::timeout(limit, stopping).await {
            Ok(Ok(Ok(()) | Err(opentelemetry_sdk::error::OTelSdkError::AlreadyShutdown))) => {}
            _ => tracing::warn!("some traces were not sent"),
        }
        if let Some(lines) = &self.0.lines {
            lines.flush();
        }
    }
}

fn parse_filter(filter: &str) -> Result<Targets, Error> {
    Ok(filter.parse()?)
}

/// Spans become traces, except those of the exporter's own transport: it would trace itself. Of
/// events a trace tells what went wrong; those that only inform are log lines, which name their span.
fn spans<S>(provider: &opentelemetry_sdk::trace::SdkTracerProvider) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    use opentelemetry::trace::TracerProvider;
    let own = [
        "h2",
        "hyper",
        "hyper_util",
        "tonic",
        "tower",
        "opentelemetry",
        "opentelemetry_otlp",
    ];
    let filter = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(own.map(|target| (target, LevelFilter::OFF)));
    // Without the hint `tracing` would look at each line of every level.
    let kept = FilterFn::new(|metadata| metadata.is_span() || *metadata.level() <= Level::WARN)
        .with_max_level_hint(LevelFilter::INFO);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("xuanhao"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        // Nothing here asks OpenTelemetry for the current span; all of it asks `tracing`.
        .with_context_activation(false)
        .with_filter(filter.and(kept))
}
