//! Log lines: one JSON object per event, on the standard output.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::trace;

/// Where log lines go.
#[derive(Clone, Default)]
pub enum Output {
    /// The standard output.
    #[default]
    Stdout,
    /// A buffer that tests read.
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "Stdout",
            Self::Memory(_) => "Memory",
        })
    }
}

/// The layer that writes them.
#[derive(Debug)]
pub struct JsonLines {
    service: &'static str,
    output: Output,
}

impl JsonLines {
    /// For a service's process.
    pub fn new(service: &'static str, output: Output) -> Self {
        Self { service, output }
    }

    fn write(&self, mut line: Vec<u8>) {
        line.push(b'\n');
        // A closed output must not end the service.
        let _ = match &self.output {
            Output::Stdout => std::io::stdout().lock().write_all(&line),
            Output::Memory(buffer) => buffer
                .lock()
                .map_or(Ok(()), |mut buffer| buffer.write_all(&line)),
        };
    }
}

impl<S: Subscriber> Layer<S> for JsonLines {
    #[expect(
        clippy::disallowed_methods,
        reason = "a log line tells the machine's own time"
    )]
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Map::new();
        let mut put = |key: &str, value: Value| line.insert(key.to_owned(), value);
        put("ts", jiff::Timestamp::now().to_string().into());
        put("level", metadata.level().as_str().into());
        put("service", self.service.into());
        put("target", metadata.target().into());
        if let Some((trace, span)) = trace::current_ids() {
            put("trace_id", trace.to_string().into());
            put("span_id", span.to_string().into());
        }
        event.record(&mut Fields(&mut line));
        if let Ok(line) = serde_json::to_vec(&line) {
            self.write(line);
        }
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}
