//! What a draw costs when little is free: it must not matter.

use std::time::Duration;

use anyhow::Result;

use super::super::client::Applications;
use super::super::load::{Window, closed};
use super::super::numbers::{self, Numbers};
use super::super::site::Site;
use super::super::target::{Drawer, Target};

/// Ten numbers for each of these fit into what is free at the scarcest.
const CITIZENS: usize = 16;
/// Of 240,000 numbers so many in a thousand are free.
const LEVELS: [(usize, &str, &str); 4] = [
    (1_000, "gd-shaoguan", "粤F"),
    (100, "gd-foshan", "粤E"),
    (10, "gd-zhuhai", "粤C"),
    (1, "gd-shantou", "粤D"),
];
const MASKS: &[&str] = &["LDDDD"];
const WINDOW: Window = Window {
    warm_up: Duration::from_millis(500),
    measured: Duration::from_secs(2),
};

/// A level.
#[derive(Debug, Clone, Copy)]
pub struct Level {
    /// What is free, in per cent.
    pub free: f64,
    /// Draws a second, sixteen at once.
    pub rate: f64,
    /// Processor time of the engine's process for a draw, in microseconds.
    pub service_us: f64,
    /// In milliseconds.
    pub p99_ms: f64,
}

/// Measures each level at an office of its own.
///
/// # Errors
/// When a call fails.
pub async fn run(site: &Site, engine: &mut Target) -> Result<Vec<Level>> {
    let operator = site.operator(engine.address)?;
    for (free, office, code) in LEVELS {
        let masks = MASKS;
        let numbers = Numbers {
            office,
            code,
            masks,
        };
        // Evenly spread, as years of drawing leave them.
        let used: Vec<_> = (0_usize..)
            .zip(numbers::all(&numbers)?)
            .filter(|(rank, _)| rank * 7_919 % 1_000 >= free)
            .map(|(_, key)| key.unpack().1.to_string())
            .collect();
        operator.open(office).await?;
        operator.release(&numbers.release(&used)).await?;
    }
    let mut levels = Vec::with_capacity(LEVELS.len());
    for (free, office, _) in LEVELS {
        engine.program.empty_log()?;
        let applications = Applications::default().several(office, CITIZENS);
        let mut drawers: Vec<_> = applications.into_iter().map(Drawer).collect();
        let desk = &engine.desks[..1];
        let look = || engine.ticks();
        let (run, [first, last]) = closed(desk, CITIZENS, &mut drawers, WINDOW, look).await?;
        let run = run.without_failures()?;
        levels.push(Level {
            free: free as f64 / 10.0,
            rate: run.rate(),
            service_us: (last[0] - first[0]).micros_each(run.count),
            p99_ms: run.latencies.percentile(99.0).as_secs_f64() * 1e3,
        });
    }
    Ok(levels)
}
