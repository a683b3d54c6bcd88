//! Log lines: one JSON object per event, on the standard output.
//!
//! There is a line for every call, so lines that only inform are written many at a time, a moment
//! after they were made. Warnings and errors are written at once, with all that was made before.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Serializer;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::trace;

/// Most lines are shorter.
const USUAL_LENGTH: usize = 512;
/// How long a line that only informs may wait for others.
const PAUSE: Duration = Duration::from_millis(10);
/// When so many bytes wait, whoever adds a line writes them: an output that is too slow must slow
/// down what it tells of, not eat the memory.
const MOST_WAITING: usize = 1 << 20;
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

/// Lines on their way to the standard output.
#[derive(Debug, Default)]
pub(super) struct Pending {
    lines: Mutex<Vec<u8>>,
    some: Condvar,
}

impl Pending {
    fn lines(&self) -> MutexGuard<'_, Vec<u8>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8], at_once: bool) {
        let mut lines = self.lines();
        let was_empty = lines.is_empty();
        lines.extend_from_slice(line);
        if at_once || lines.len() >= MOST_WAITING {
            write_out(&mut lines);
        } else if was_empty {
            self.some.notify_one();
        }
    }

    /// Writes what waits.
    pub(super) fn flush(&self) {
        write_out(&mut self.lines());
    }

    /// Writes as long as the process lives.
    fn run(&self) -> ! {
        loop {
            let lines = self.lines();
            drop(self.some.wait_while(lines, |lines| lines.is_empty()));
            thread::sleep(PAUSE);
            self.flush();
        }
    }
}

/// Whoever writes holds the lock, so that lines keep their order.
fn write_out(lines: &mut Vec<u8>) {
    let mut output = io::stdout().lock();
    // A closed output must not end the service.
    let _ = output.write_all(lines).and_then(|()| output.flush());
    lines.clear();
}

/// Where composed lines go.
#[derive(Debug)]
enum Sink {
    Stdout(Arc<Pending>),
    Memory(Arc<Mutex<Vec<u8>>>),
}

/// The layer that writes them.
#[derive(Debug)]
pub struct JsonLines {
    service: &'static str,
    sink: Sink,
}

impl JsonLines {
    /// For a service's process.
    pub fn new(service: &'static str, output: Output) -> Self {
        let sink = match output {
            Output::Stdout => {
                let pending = Arc::<Pending>::default();
                let writer = Arc::clone(&pending);
                thread::spawn(move || writer.run());
                Sink::Stdout(pending)
            }
            Output::Memory(buffer) => Sink::Memory(buffer),
        };
        Self { service, sink }
    }

    /// What waits to be written, if anything ever does.
    pub(super) fn pending(&self) -> Option<Arc<Pending>> {
        match &self.sink {
            Sink::Stdout(pending) => Some(Arc::clone(pending)),
            Sink::Memory(_) => None,
        }
    }

    fn write(&self, level: Level, mut line: Vec<u8>) {
        line.push(b'\n');
        match &self.sink {
            Sink::Stdout(pending) => pending.add(&line, level <= Level::WARN),
            Sink::Memory(buffer) => {
                if let Ok(mut buffer) = buffer.lock() {
                    buffer.extend_from_slice(&line);
                }
            }
        }
    }
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Vec::with_capacity(USUAL_LENGTH);
        // Writing into memory fails only where a value's own text does.
        if self.compose(&mut line, event).is_ok() {
            self.write(*event.metadata().level(), line);
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
