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

/// So many draws a second, whatever becomes of them.
///
/// # Errors
/// When a call fails.
pub async fn paced(engine: &mut Target, rate: f64, window: Window) -> Result<Latencies> {
    engine.program.empty_log()?;
    let mut drawers = std::mem::take(&mut engine.drawers);
    let run = open(&engine.desks, rate, &mut drawers, window).await;
    engine.drawers = drawers;
    Ok(run?.without_failures()?.latencies)
}
