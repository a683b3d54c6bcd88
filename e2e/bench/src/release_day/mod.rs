//! A release day over HTTP: 48,000 numbers open at an announced second, and citizens come for them.
//!
//! All services are processes of their own, on a Postgres and a nats-server that force everything to
//! disk. Accounts, sessions and applications are made through the API before the clock starts; arrivals
//! and thinking times are fixed beforehand (an open loop), and latencies count from the intended start.

mod alone;
mod holds;
mod prepare;
mod proof;
mod report;
mod script;
mod steps;
mod storm;
mod usage;
mod yardstick;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use futures::future;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep_until};
use xuanhao_local::{Options, Platform, seed};
use xuanhao_servers::Durability;

use crate::measure::{Disk, Machine, Probe};
use alone::Cost;
use holds::Shown;
use prepare::{OFFICE, Parts, Ready, say};
use proof::Proof;
use script::Manners;
use storm::Journey;
use usage::{Processes, Usage};
use yardstick::Yardstick;

/// Between announcing and the opening: for opening connections, and for the early.
const NOTICE: Duration = Duration::from_secs(25);
/// Before the opening from which on processor time is counted.
const LEAD: Duration = Duration::from_secs(6);
/// How long nobody does anything, to tell what the services do by themselves.
const IDLE: Duration = Duration::from_secs(4);
/// Connections opened at a time.
const GREETING: usize = 32;

/// What is to be played.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Citizens who come.
    #[arg(long, default_value_t = 2_000)]
    citizens: usize,
    /// Signing in, with code and proof, is part of the storm.
    #[arg(long)]
    cold: bool,
    /// Writes the same crowd again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The mean time after the opening at which somebody comes, in seconds.
    #[arg(long, default_value_t = 10.0)]
    arrival_s: f64,
    /// The mean time one thinks about an answer, in seconds. People take about 20.
    #[arg(long, default_value_t = 3.0)]
    think_s: f64,
    /// What part composes; the others draw.
    #[arg(long, default_value_t = 0.4)]
    composing: f64,
    /// Citizens by whom each step is measured by itself afterwards; 0 for none.
    #[arg(long, default_value_t = 64)]
    alone: usize,
    /// How many are prepared at a time.
    #[arg(long, default_value_t = 128)]
    preparing: usize,
    /// Where the report goes.
    #[arg(long, default_value = "target/bench/release-day.json")]
    report: PathBuf,
}

impl Plan {
    /// How many have to be ready to select, and how many of them sign in again during the storm.
    fn parts(&self) -> Parts {
        Parts {
            cold: if self.cold { self.citizens } else { 0 },
            all: self.citizens + self.alone,
            at_once: self.preparing.max(1),
        }
    }

    fn manners(&self) -> Manners {
        Manners {
            arrival: Duration::from_secs_f64(self.arrival_s),
            last_arrival: Duration::from_secs_f64(self.arrival_s * 4.0),
            early: 0.1,
            early_by: Duration::from_secs(5),
            composing: self.composing,
            lucky: 0.05,
            leaving: 0.3,
            thinking: Duration::from_secs_f64(self.think_s),
        }
    }
}

/// What was measured.
#[derive(Debug)]
struct Measured {
    plan: Plan,
    machine: Machine,
    load: f64,
    disk: Probe,
    preparing: Preparing,
    /// What runs by itself, for each second.
    idle: Usage,
    storm: Storm,
    yardstick: Yardstick,
    alone: Vec<Cost>,
    proof: Proof,
}

#[derive(Debug)]
struct Preparing {
    took: Duration,
    citizens: u64,
    usage: Usage,
}

#[derive(Debug)]
struct Storm {
    journeys: Vec<Journey>,
    usage: Usage,
    opening: Instant,
    /// From the opening to the last answer.
    took: Duration,
}

/// Plays the day, tells it, and says whether all went well.
///
/// # Errors
/// When the platform does not come up or a phase cannot be played.
pub fn run(plan: Plan) -> Result<bool> {
    let platform = Platform::start(Options {
        durability: Durability::Full,
        ..Options::of_story("release-day")?
    })?;
    say("the platform runs; filling it");
    seed::fill(&platform, |_| {})?;
    prepare::furnish(&platform)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let measured = play(&platform, &runtime, plan)?;
    let sound = report::tell(&measured)?;
    drop(runtime);
    platform.stop()?;
    Ok(sound)
}

fn play(platform: &Platform, runtime: &Runtime, plan: Plan) -> Result<Measured> {
    let processes = Processes::of(platform);
    let (before, begin) = (processes.usage()?, Instant::now());
    let mut crowd = runtime.block_on(prepare::citizens(platform, &plan.parts()))?;
    // The last are ready to select, in the cold form too.
    let apart = crowd.split_off(crowd.len().saturating_sub(plan.alone));
    let preparing = Preparing {
        took: begin.elapsed(),
        citizens: plan.parts().all as u64,
        usage: processes.usage()? - before,
    };
    let disk = Disk::beside(platform.folders().base())?.probe()?;
    let load = Machine::load();
    let before = processes.usage()?;
    std::thread::sleep(IDLE);
    let idle = processes.usage()? - before;

    // The opening second, told to the pool and to everybody.
    let notice = SignedDuration::try_from(NOTICE)?;
    let opens_at = Timestamp::from_second(platform.now().saturating_add(notice)?.as_second())?;
    let released = prepare::announce(platform, opens_at)?;
    say(&format!("{released} numbers open at {opens_at}"));
    let wait = Duration::try_from(opens_at.duration_since(platform.now()))?;
    let opening = Instant::now() + wait;
    let shown = Shown::default();
    let storm = runtime.block_on(storm(&plan, &crowd, &shown, opening, &processes))?;
    say("the same instants for an empty path");
    let yardstick = runtime.block_on(yardstick::repeat(
        &crowd,
        &storm.journeys,
        opening,
        &processes,
    ))?;
    let alone = if apart.is_empty() {
        Vec::new()
    } else {
        say("each step by itself");
        runtime.block_on(alone::each_step(&apart, &processes))?
    };
    say("waiting until all holds are over");
    let proof = runtime.block_on(proof::prove(platform, &shown, released))?;
    platform.check().context("a service ended during the day")?;
    Ok(Measured {
        plan,
        machine: Machine::this(),
        load,
        disk,
        preparing,
        idle,
        storm,
        yardstick,
        alone,
        proof,
    })
}

async fn storm(
    plan: &Plan,
    crowd: &[Ready],
    shown: &Shown,
    opening: Instant,
    processes: &Processes,
) -> Result<Storm> {
    let scripts = script::write(crowd.len(), prepare::CODE, &plan.manners(), plan.seed);
    if !plan.cold {
        greet(crowd).await?;
    }
    anyhow::ensure!(
        Instant::now() + LEAD < opening,
        "opening the connections took longer than the notice"
    );
    sleep_until(opening - LEAD).await;
    let before = processes.usage()?;
    let walks = crowd.iter().zip(&scripts).enumerate();
    let walks = walks
        .map(|(who, (ready, script))| storm::walk(who, ready, script, shown, opening, plan.cold));
    let journeys = future::join_all(walks).await;
    let usage = processes.usage()? - before;
    Ok(Storm {
        journeys,
        usage,
        opening,
        took: opening.elapsed(),
    })
}

/// Everybody has the page open before the numbers are: connections stand.
async fn greet(crowd: &[Ready]) -> Result<()> {
    stream::iter(crowd)
        .map(Ok)
        .try_for_each_concurrent(GREETING, async |ready: &Ready| {
            ready.citizen.notice(OFFICE).await.map(drop)
        })
        .await
        .context("opening the connections")
}
