//! Latency: one call at a time, and an open loop at half of what the engine can do.

use std::time::Duration;

use anyhow::Result;

use crate::measure::Latencies;
use crate::pool::load::{Run, Window, closed, open};
use crate::pool::target::Target;

const SINGLE: Window = Window {
    warm_up: Duration::from_millis(500),
    measured: Duration::from_secs(3),
};

/// One draw at a time.
///
/// # Errors
/// When a call fails.
pub async fn single(engine: &mut Target) -> Result<Latencies> {
    let mut drawers = std::mem::take(&mut engine.drawers);
    let run = closed(&engine.desks[..1], 1, &mut drawers, SINGLE, || Ok(())).await;
    engine.drawers = drawers;
    Ok(run?.0.without_failures()?.latencies)
}

/// Windows of an open loop. Once in a while a shared machine stands still for a tenth of a second; what
/// is judged is the window in the middle.
const WINDOWS: usize = 5;

/// A window of an open loop, and one of the echo's right before it.
#[derive(Debug, Clone)]
pub struct Paced {
    /// Of the draws.
    pub latencies: Latencies,
    /// Of as many calls that nothing is done for.
    pub echo: Latencies,
    /// Calls that were told to come back later.
    pub shed: u64,
}

impl Paced {
    /// What a draw's p99 is beyond an echo's, in milliseconds. Both wait for the load, for its one thread
    /// and for the neighbours; only one of them decides and commits.
    #[must_use]
    pub fn beyond_echo_ms(&self) -> f64 {
        let [own, echo] = [&self.latencies, &self.echo].map(|one| one.percentile(99.0));
        (own.as_secs_f64() - echo.as_secs_f64()) * 1e3
    }
}

/// So many draws a second, whatever becomes of them: windows from the best to the worst. One in which
/// calls were shed is worse than one in which none was.
///
/// # Errors
/// When a call fails otherwise.
pub async fn paced(
    engine: &mut Target,
    echo: &mut Target,
    rate: f64,
    window: Window,
) -> Result<Vec<Paced>> {
    let mut windows = Vec::with_capacity(WINDOWS);
    while windows.len() < WINDOWS {
        let empty = open_window(echo, rate, window).await?;
        let run = open_window(engine, rate, window).await?;
        windows.push(Paced {
            latencies: run.latencies,
            echo: empty.latencies,
            shed: run.shed,
        });
    }
    windows.sort_by(|one, other| {
        let by_net = one.beyond_echo_ms().total_cmp(&other.beyond_echo_ms());
        one.shed.cmp(&other.shed).then(by_net)
    });
    Ok(windows)
}

async fn open_window(target: &mut Target, rate: f64, window: Window) -> Result<Run> {
    target.program.empty_log()?;
    let mut drawers = std::mem::take(&mut target.drawers);
    let run = open(&target.desks, rate, &mut drawers, window).await;
    target.drawers = drawers;
    run?.without_faults()
}
