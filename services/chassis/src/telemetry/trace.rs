//! W3C trace context, carried in gRPC metadata and beside events.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, SpanId, TraceId};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Error, TelemetryConfig};

/// The name of the header and metadata key.
pub const TRACEPARENT: &str = "traceparent";

/// The current span's `traceparent`; `None` outside a recorded span.
pub fn current_traceparent() -> Option<String> {
    traceparent_of(&Span::current().context())
}

/// Links `span` to the span that `traceparent` names: it was caused by it, yet is not part of it.
/// An event's consumer uses this, because the event may be consumed again much later.
pub fn span_linked_to(span: Span, traceparent: Option<&str>) -> Span {
    if let Some(context) = traceparent.and_then(context_from) {
        span.add_link(context.span().span_context().clone());
    }
    span
}

/// Makes `span` a child of the span that `traceparent` names.
pub fn set_parent(span: &Span, traceparent: Option<&str>) {
    if let Some(context) = traceparent.and_then(context_from) {
        // Fails only where the span is not recorded, and then there is nothing to set.
        let _ = span.set_parent(context);
    }
}

/// Trace and span id of the current span, for log lines.
pub(crate) fn current_ids() -> Option<(TraceId, SpanId)> {
    let context = Span::current().context();
    let span = context.span();
    let ids = span.span_context();
    ids.is_valid().then(|| (ids.trace_id(), ids.span_id()))
}

fn traceparent_of(context: &Context) -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(context, &mut carrier);
    carrier.remove(TRACEPARENT)
}

fn context_from(traceparent: &str) -> Option<Context> {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    context.span().span_context().is_valid().then_some(context)
}

/// Makes spans, and sends them where an exporter is configured. Where none is, spans have ids and
/// nothing else: what is recorded of a call costs more than many a call.
pub(super) fn provider(
    resource: Resource,
    config: &TelemetryConfig,
) -> Result<SdkTracerProvider, Error> {
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(builder.with_sampler(Sampler::AlwaysOff).build());
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint.clone())
        .build()?;
    let root = Sampler::TraceIdRatioBased(config.trace_ratio);
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(root)))
        .with_batch_exporter(exporter)
        .build())
}
