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

use crate::measure::{Disk, Latencies};
use load::Window;
use program::Programs;
use report::Report;
use rounds::Shape;
use scenes::flash::Flash;
use scenes::pace::Paced;
use scenes::scarcity::Level;
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
    targets.truncate(1);
    let echo = targets.pop().context("the echo is the first")?;
    // Nor must what it has to clean up.
    site.peer_postgres = None;

    let rate = rounds.median(Shape::Four, |round| {
        Some(round.by_name.get(&Name::Engine)?.rate)
    });
    let rate = rate.unwrap_or_default() * HALF;
    let fdatasync = disk.probe()?.p50;
    let alone = match alone(&site, &mut engine, echo, rate, say).await {
        Ok(alone) => alone,
        Err(error) => {
            for line in engine.program.complaints()? {
                say(&format!("the engine's log: {line}"));
            }
            return Err(error);
        }
    };
    drop(engine);
    say("two million numbers: memory and rebuild");
    let (taken, url) = rebuild::run(&site, &programs).await.context("rebuild")?;
    say("three replicas: kill -9, then SIGTERM");
    let gaps = gaps::run(&site, &programs, &url)
        .await
        .context("replicas")?;
    Ok(Report {
        alone,
        paced_rate: rate,
        fdatasync,
        taken,
        gaps,
        rounds,
    })
}

/// What only the engine is asked.
#[derive(Debug)]
pub struct Alone {
    /// One draw at a time.
    pub single: Latencies,
    /// Draws at half of what it can do.
    pub paced: Vec<Paced>,
    /// The realistic mix: calls a second, microseconds each, latencies.
    pub mix: (f64, f64, Latencies),
    /// The flash crowd.
    pub flash: Flash,
    /// A hundred offices, as the mix.
    pub offices: (f64, f64, Latencies),
    /// Scarcity.
    pub levels: Vec<Level>,
}

async fn alone(
    site: &Site,
    engine: &mut Target,
    mut echo: Target,
    rate: f64,
    say: fn(&str),
) -> Result<Alone> {
    say("one draw at a time");
    let single = pace::single(engine).await.context("one at a time")?;
    say(&format!(
        "{} ms; then {rate:.0} draws a second",
        single.told()
    ));
    let paced = pace::paced(engine, &mut echo, rate, ROUND)
        .await
        .context("open loop")?;
    drop(echo);
    for window in &paced {
        let [own, echo] = [&window.latencies, &window.echo].map(Latencies::told);
        say(&format!(
            "engine {own} ms, echo {echo} ms, {} shed",
            window.shed
        ));
    }
    say("a realistic mix");
    let (mixed, mixed_us) = mix::run(engine, ROUND).await.context("mix")?;
    say("a flash crowd");
    let flash = flash::run(site, engine).await.context("flash crowd")?;
    say("a hundred offices");
    let (spread, spread_us) = offices::run(site, engine, ROUND).await.context("offices")?;
    say("scarcity");
    let levels = scarcity::run(site, engine).await.context("scarcity")?;
    Ok(Alone {
        single,
        paced,
        mix: (mixed.rate(), mixed_us, mixed.latencies),
        flash,
        offices: (spread.rate(), spread_us, spread.latencies),
        levels,
    })
}
