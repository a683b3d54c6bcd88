//! The same requests at the same instants for a path that does nothing: HTTP, one gRPC call, an answer
//! from memory. What the machine and the way in cost, whoever is behind it.

use std::time::Duration;

use anyhow::Result;
use futures::future;
use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};
use xuanhao_local::citizen::Error;

use super::prepare::{CODE, OFFICE, Ready};
use super::storm::Journey;
use super::usage::{Processes, Usage};
use crate::measure::Latencies;

/// So much of the storm is repeated, from the opening on.
pub(super) const STRETCH: Duration = Duration::from_secs(20);

/// What it came to.
#[derive(Debug, Clone)]
pub(super) struct Yardstick {
    /// From the instant at which the request was to go out.
    pub(super) latencies: Latencies,
    /// Calls that were not answered with what was asked for.
    pub(super) failures: u64,
    /// Processor time of all.
    pub(super) usage: Usage,
    /// How long it took.
    pub(super) took: Duration,
}

/// The path: public, one gRPC call to the pool, nothing asked of a database.
#[must_use]
pub(super) fn path() -> String {
    format!("/offices/{OFFICE}/keyboard?plate_class=small&issuing_code={CODE}")
}

/// Sends what the journeys sent during [`STRETCH`], each on the connection of its citizen.
///
/// # Errors
/// When the processor time cannot be read.
pub(super) async fn repeat(
    ready: &[Ready],
    journeys: &[Journey],
    opening: Instant,
    processes: &Processes,
) -> Result<Yardstick> {
    let (before, begin) = (processes.usage()?, Instant::now() + Duration::from_secs(1));
    let all = ready.iter().zip(journeys).map(async |(ready, journey)| {
        let (mut latencies, mut failures) = (Latencies::default(), 0);
        let offsets = journey
            .calls
            .iter()
            .filter_map(|at| at.checked_duration_since(opening));
        for offset in offsets.take_while(|offset| *offset < STRETCH) {
            sleep_until(begin + offset).await;
            let nothing: Option<&Value> = None;
            let answer: Result<Value, Error> =
                ready.citizen.call(Method::GET, &path(), nothing).await;
            failures += u64::from(answer.is_err());
            latencies.record((begin + offset).elapsed());
        }
        (latencies, failures)
    });
    let parts = future::join_all(all).await;
    let mut yardstick = Yardstick {
        latencies: Latencies::default(),
        failures: 0,
        usage: processes.usage()? - before,
        took: begin.elapsed(),
    };
    for (latencies, failures) in &parts {
        yardstick.latencies.add(latencies);
        yardstick.failures += failures;
    }
    Ok(yardstick)
}
