//! Latency: one call at a time, and an open loop at half of what the engine can do.

use std::time::Duration;

use anyhow::Result;

use crate::measure::Latencies;
use crate::pool::load::{Window, closed, open};
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

/// A window of an open loop.
#[derive(Debug, Clone)]
pub struct Paced {
    /// Of the draws.
    pub latencies: Latencies,
    /// Calls that were told to come back later.
    pub shed: u64,
}

/// So many draws a second, whatever becomes of them: windows from the best to the worst. One in which
/// calls were shed is worse than one in which none was.
///
/// # Errors
/// When a call fails otherwise.
pub async fn paced(engine: &mut Target, rate: f64, window: Window) -> Result<Vec<Paced>> {
    let mut windows = Vec::with_capacity(WINDOWS);
    while windows.len() < WINDOWS {
        engine.program.empty_log()?;
        let mut drawers = std::mem::take(&mut engine.drawers);
        let run = open(&engine.desks, rate, &mut drawers, window).await;
        engine.drawers = drawers;
        let run = run?.without_faults()?;
        windows.push(Paced {
            latencies: run.latencies,
            shed: run.shed,
        });
    }
    windows.sort_by_key(|window| (window.shed, window.latencies.percentile(99.0)));
    Ok(windows)
}
