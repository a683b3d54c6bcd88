//! The pool engine against an empty echo and against what a user would pick instead.

pub mod client;
pub mod load;
pub mod numbers;
pub mod peers;
pub mod program;
pub mod redis_server;
pub mod report;
pub mod rounds;
pub mod scenes;
pub mod site;
mod streams;
pub mod target;

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::measure::Disk;
use load::Window;
use program::Programs;
use report::Report;
use rounds::Shape;
use scenes::{flash, gaps, mix, offices, pace, rebuild, scarcity};
use site::Site;
use target::{Name, Target};

const ROUND: Window = Window {
    warm_up: Duration::from_secs(1),
    measured: Duration::from_secs(4),
};
/// Of the rate that a closed loop reaches, so much is asked of an open one.
const HALF: f64 = 0.5;

/// Measures all of it.
///
/// # Errors
/// When a program does not start, or a call fails that must not.
pub async fn run(say: fn(&str)) -> Result<Report> {
    let programs = Programs::find()?;
    say("servers and a million numbers, four times");
    let mut site = Site::start(say)?;
    let mut disk = Disk::beside(site.folder())?;
    let mut targets = vec![
        Target::echo(&site, &programs).context("echo")?,
        Target::skip_locked(&site, &programs)
            .await
            .context("skip-locked")?,
    ];
    match Target::redis(&site, &programs).await {
        Ok(redis) => targets.push(redis),
        Err(error) => say(&format!("SKIP redis: {error:#}")),
    }
    targets.push(Target::engine(&site, &programs).await.context("engine")?);
    let rounds = rounds::run(&mut targets, &mut disk, ROUND, say).await?;
    // Whatever fails later, this was measured.
    say(&format!("the comparison:\n{}", rounds.table()));
    // The others are done, and must not stand in the way.
    let mut engine = targets.pop().context("the engine is the last")?;
    drop(targets);
    // Nor must what it has to clean up.
    site.peer_postgres = None;

    say("latency");
    let fdatasync = disk.probe()?.p50;
    let single = pace::single(&mut engine).await.context("one at a time")?;
    let rate = rounds.median(Shape::Four, |round| {
        Some(round.by_name.get(&Name::Engine)?.rate)
    });
    let rate = rate.unwrap_or_default() * HALF;
    let paced = pace::paced(&mut engine, rate, ROUND)
        .await
        .context("open loop")?;
    say("a realistic mix");
    let (mixed, mixed_us) = mix::run(&mut engine, ROUND).await.context("mix")?;
    say("a flash crowd");
    let flash = flash::run(&site, &mut engine)
        .await
        .context("flash crowd")?;
    say("a hundred offices");
    let (spread, spread_us) = offices::run(&site, &mut engine, ROUND)
        .await
        .context("offices")?;
    say("scarcity");
    let levels = scarcity::run(&site, &mut engine)
        .await
        .context("scarcity")?;
    drop(engine);
    say("two million numbers: memory and rebuild");
    let (taken, url) = rebuild::run(&site, &programs).await.context("rebuild")?;
    say("three replicas: kill -9, then SIGTERM");
    let gaps = gaps::run(&site, &programs, &url)
        .await
        .context("replicas")?;
    Ok(Report {
        single,
        paced: (paced, rate),
        fdatasync,
        mix: (mixed.rate(), mixed_us, mixed.latencies),
        flash,
        offices: (spread.rate(), spread_us, spread.latencies),
        levels,
        taken,
        gaps,
        rounds,
    })
}
