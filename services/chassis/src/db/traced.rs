//! Spans for single statements.

use std::future::Future;

use tracing::Instrument;
use tracing::instrument::Instrumented;

/// Gives a statement's future a span of its own.
pub trait Traced: Future + Sized {
    /// Runs the statement within a span named `db.<entity>.<verb>`.
    fn traced(self, name: &'static str) -> Instrumented<Self> {
        self.instrument(tracing::info_span!(
            "sql",
            otel.name = name,
            db.system = "postgresql"
        ))
    }
}

impl<F: Future> Traced for F {}
