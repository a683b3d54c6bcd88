//! The comparison: interleaved rounds, turned about, judged by the median of each round's ratios.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::time::sleep;

use super::load::{Window, closed};
use super::target::{CONNECTIONS, Name, Target, Written};
use crate::measure::{Disk, Machine};

const IN_FLIGHT: usize = 64;
/// Rounds, and how many when they scatter.
const ROUNDS: usize = 3;
const MOST_ROUNDS: usize = 5;
/// Above this the ratio of the largest to the smallest is a scatter.
const SCATTER: f64 = 1.25;
/// Sessions tell of their commits no sooner than that.
const TOLD_AFTER: Duration = Duration::from_millis(1_200);
/// Calls that make every session of the pool tell.
const TELLING: usize = 24;

/// How many connections, each with 64 calls in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// 1×64.
    One,
    /// 4×64.
    Four,
}

impl Shape {
    fn connections(self) -> usize {
        match self {
            Self::One => 1,
            Self::Four => CONNECTIONS,
        }
    }

    /// In tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "1×64",
            Self::Four => "4×64",
        }
    }
}

/// One program in one round.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Draws a second.
    pub rate: f64,
    /// Of a draw, in milliseconds.
    pub p50_ms: f64,
    /// As above.
    pub p99_ms: f64,
    /// As above.
    pub p999_ms: f64,
    /// Processor time of the program for a draw, in microseconds.
    pub service_us: f64,
    /// That of its store.
    pub store_us: f64,
    /// Write-ahead log of a draw, page images included; 0 without a Postgres.
    pub wal_bytes: f64,
    /// Of them, page images, for a thousand draws.
    pub page_images_per_1000: f64,
    /// Transactions of a draw.
    pub commits: f64,
}

impl Measured {
    /// Processor time of a draw, in microseconds.
    #[must_use]
    pub fn cpu_us(&self) -> f64 {
        self.service_us + self.store_us
    }
}

/// One round.
#[derive(Debug, Clone, Serialize)]
pub struct Round {
    /// Which connections.
    pub shape: Shape,
    /// The median time of `fdatasync` before it, in microseconds.
    pub fdatasync_us: f64,
    /// Load average before it.
    pub load: f64,
    /// By program.
    #[serde(skip)]
    pub by_name: BTreeMap<Name, Measured>,
}

/// All rounds.
#[derive(Debug, Default)]
pub struct Rounds(pub Vec<Round>);

/// Runs the rounds of both shapes.
///
/// # Errors
/// When a call fails.
pub async fn run(
    targets: &mut [Target],
    disk: &mut Disk,
    window: Window,
    say: fn(&str),
) -> Result<Rounds> {
    let mut rounds = Rounds::default();
    for shape in [Shape::One, Shape::Four] {
        for number in 0..MOST_ROUNDS {
            if number >= ROUNDS && !rounds.scatters(shape) {
                break;
            }
            say(&format!("round {} at {}", number + 1, shape.as_str()));
            let round = round(targets, disk, window, shape, number).await?;
            rounds.0.push(round);
        }
    }
    Ok(rounds)
}

async fn round(
    targets: &mut [Target],
    disk: &mut Disk,
    window: Window,
    shape: Shape,
    number: usize,
) -> Result<Round> {
    let load = Machine::load();
    let fdatasync = disk.probe()?;
    let mut by_name = BTreeMap::new();
    let count = targets.len();
    for place in 0..count {
        let target = &mut targets[(place + number) % count];
        let name = target.name;
        // What an in-memory answer costs durably is told at 4×64.
        if name == Name::Redis && shape == Shape::One {
            continue;
        }
        let measured = measure(target, window, shape).await;
        by_name.insert(name, measured.with_context(|| name.as_str())?);
    }
    Ok(Round {
        shape,
        fdatasync_us: fdatasync.p50.as_secs_f64() * 1e6,
        load,
        by_name,
    })
}

async fn measure(target: &mut Target, window: Window, shape: Shape) -> Result<Measured> {
    target.program.empty_log()?;
    let before = target.written().await?;
    let desks = target.desks[..shape.connections()].to_vec();
    let mut drawers = std::mem::take(&mut target.drawers);
    let load = closed(&desks, IN_FLIGHT, &mut drawers, window, || target.ticks()).await;
    target.drawers = drawers;
    let (run, [first, last]) = load?;
    let run = run.without_failures()?;
    let (after, told) = told(target).await?;
    let draws = (run.total + told).max(1) as f64;
    let [service, store] = [0, 1].map(|part| (last[part] - first[part]).micros_each(run.count));
    let ms = |per_cent| run.latencies.percentile(per_cent).as_secs_f64() * 1e3;
    target.program.empty_log()?;
    Ok(Measured {
        rate: run.rate(),
        p50_ms: ms(50.0),
        p99_ms: ms(99.0),
        p999_ms: ms(99.9),
        service_us: service,
        store_us: store,
        wal_bytes: (after.wal - before.wal) as f64 / draws,
        page_images_per_1000: (after.page_images - before.page_images) as f64 * 1e3 / draws,
        commits: (after.commits - before.commits) as f64 / draws,
    })
}

/// What was written, once the engine's sessions have told it; and the draws that made them tell.
async fn told(target: &mut Target) -> Result<(Written, u64)> {
    if target.name != Name::Engine {
        return Ok((target.written().await?, 0));
    }
    sleep(TOLD_AFTER).await;
    let mut desk = target.desks[0].clone();
    for drawer in target.drawers.iter_mut().take(TELLING) {
        drawer.0.draw(&mut desk, super::client::DRAWN).await?;
    }
    Ok((target.written().await?, TELLING as u64))
}

impl Rounds {
    fn of(&self, shape: Shape) -> impl Iterator<Item = &Round> {
        let best = self.best_fdatasync_us();
        // A disk that was five times slower than its best belongs to somebody else at that moment.
        let quiet = move |round: &&Round| round.fdatasync_us <= best * 5.0;
        let any_quiet = self
            .0
            .iter()
            .any(|round| round.shape == shape && quiet(&round));
        self.0
            .iter()
            .filter(move |round| round.shape == shape && (!any_quiet || quiet(round)))
    }

    fn best_fdatasync_us(&self) -> f64 {
        self.0
            .iter()
            .map(|round| round.fdatasync_us)
            .fold(f64::MAX, f64::min)
    }

    /// Rounds whose disk was slow are noisy.
    #[must_use]
    pub fn is_noisy(&self, round: &Round) -> bool {
        round.fdatasync_us > self.best_fdatasync_us() * 5.0
    }

    /// The median over the rounds of a figure that is made within each; none when no round has it.
    #[must_use]
    pub fn median(&self, shape: Shape, figure: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        let mut all: Vec<f64> = self.of(shape).filter_map(figure).collect();
        all.sort_by(f64::total_cmp);
        let middle = all.len() / 2;
        match all.len() {
            0 => None,
            even if even % 2 == 0 => Some(f64::midpoint(all[middle - 1], all[middle])),
            _ => Some(all[middle]),
        }
    }

    /// How many times faster the engine is than another.
    #[must_use]
    pub fn ratio(&self, shape: Shape, to: Name) -> Option<f64> {
        self.median(shape, |round| round.ratio(to))
    }

    fn scatters(&self, shape: Shape) -> bool {
        [Name::Echo, Name::SkipLocked].into_iter().any(|to| {
            let ratios: Vec<f64> = self.of(shape).filter_map(|round| round.ratio(to)).collect();
            let (low, high) = ratios
                .iter()
                .fold((f64::MAX, f64::MIN), |(low, high), ratio| {
                    (low.min(*ratio), high.max(*ratio))
                });
            high > low * SCATTER
        })
    }
}

impl Round {
    fn ratio(&self, to: Name) -> Option<f64> {
        Some(self.by_name.get(&Name::Engine)?.rate / self.by_name.get(&to)?.rate)
    }

    /// How many times the processor time of the SQL that of the engine is, both without the echo's.
    #[must_use]
    pub fn cpu_ratio(&self) -> Option<f64> {
        let net = |name| {
            Some(self.by_name.get(&name)?.cpu_us() - self.by_name.get(&Name::Echo)?.cpu_us())
        };
        Some(net(Name::SkipLocked)? / net(Name::Engine)?)
    }
}
