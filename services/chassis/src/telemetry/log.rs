//! Log lines: one JSON object per event, on the standard output.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Serializer;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::trace;

/// Most lines are shorter.
const USUAL_LENGTH: usize = 512;
/// What stands at the head of every line.
const OWN: [&str; 6] = ["ts", "level", "service", "target", "trace_id", "span_id"];

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
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Vec::with_capacity(USUAL_LENGTH);
        // Writing into memory fails only where a value's own text does.
        if self.compose(&mut line, event).is_ok() {
            self.write(line);
        }
    }
}

impl JsonLines {
    #[expect(
        clippy::disallowed_methods,
        reason = "a log line tells the machine's own time"
    )]
    fn compose(&self, line: &mut Vec<u8>, event: &Event<'_>) -> serde_json::Result<()> {
        let metadata = event.metadata();
        let mut serializer = Serializer::new(line);
        let mut object = serde::Serializer::serialize_map(&mut serializer, None)?;
        object.serialize_entry("ts", &format_args!("{}", jiff::Timestamp::now()))?;
        object.serialize_entry("level", metadata.level().as_str())?;
        object.serialize_entry("service", self.service)?;
        object.serialize_entry("target", metadata.target())?;
        if let Some((trace, span)) = trace::current_ids() {
            object.serialize_entry("trace_id", &format_args!("{trace}"))?;
            object.serialize_entry("span_id", &format_args!("{span}"))?;
        }
        let mut fields = Fields {
            object: &mut object,
            outcome: Ok(()),
        };
        event.record(&mut fields);
        fields.outcome?;
        object.end()
    }
}

/// An event's fields, written as they come: there is a line for every call.
struct Fields<'a, M: SerializeMap> {
    object: &'a mut M,
    outcome: Result<(), M::Error>,
}

impl<M: SerializeMap> Fields<'_, M> {
    fn put(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        // An object has a name once.
        if self.outcome.is_ok() && !OWN.contains(&field.name()) {
            self.outcome = self.object.serialize_entry(field.name(), value);
        }
    }
}

impl<M: SerializeMap> Visit for Fields<'_, M> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &value);
    }
}
