//! The metrics registry and the bounds of its histograms.

use opentelemetry::metrics::Meter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, SdkMeterProvider, Stream,
};

use super::Error;

/// Bounds of durations, in seconds: from a read in memory to the longest deadline.
const SECONDS: [f64; 16] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0,
];

/// The process's meter. Instruments made before telemetry has started count nothing, so make them
/// where they are first used.
pub fn meter() -> Meter {
    opentelemetry::global::meter("xuanhao")
}

pub(super) fn install(resource: Resource) -> Result<prometheus::Registry, Error> {
    let registry = prometheus::Registry::new();
    let exporter = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .scope_info_enabled(false)
        .build()?;
    let provider = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_reader(exporter)
        .with_view(durations_in_seconds)
        .build();
    opentelemetry::global::set_meter_provider(provider);
    Ok(registry)
}

/// The SDK's own bounds are made for milliseconds.
fn durations_in_seconds(instrument: &Instrument) -> Option<Stream> {
    if instrument.kind() != InstrumentKind::Histogram || instrument.unit() != "s" {
        return None;
    }
    let boundaries = SECONDS.to_vec();
    let aggregation = Aggregation::ExplicitBucketHistogram {
        boundaries,
        record_min_max: false,
    };
    Stream::builder().with_aggregation(aggregation).build().ok()
}
