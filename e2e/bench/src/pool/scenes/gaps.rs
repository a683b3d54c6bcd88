//! The gaps that three replicas leave when the one that writes is killed, and when it is told to stop.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_servers::ports;

use super::super::client::{Applications, Desk};
use super::super::numbers::TWO_MILLION;
use super::super::program::{Program, Programs};
use super::super::site::Site;

const REPLICAS: [&str; 3] = ["replica-1", "replica-2", "replica-3"];
/// Draws a second.
const RATE: f64 = 100.0;
/// Before the fault, so that there is something to interrupt.
const BEFORE: Duration = Duration::from_secs(1);
/// Leases are three seconds; what is not there again after three times that is not there.
const AFTER_KILL: Duration = Duration::from_secs(8);
const AFTER_TERM: Duration = Duration::from_secs(3);
/// The longest that one try may take.
const TRY: Duration = Duration::from_secs(6);
const MOST_TRIES: usize = 8;
const PATIENCE: Duration = Duration::from_secs(30);

/// What callers saw of a fault.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gap {
    /// The longest time without an answer.
    pub longest: Duration,
    /// The most tries that a call needed.
    pub most_tries: usize,
    /// Calls that were never answered.
    pub lost: u64,
    /// Calls made.
    pub calls: u64,
}

/// Kills the writer, and then, when all are there again, tells the next one to stop.
///
/// # Errors
/// When the replicas cannot be started, or nobody writes.
pub async fn run(site: &Site, programs: &Programs, url: &str) -> Result<[Gap; 2]> {
    let mut replicas = Vec::new();
    for name in REPLICAS {
        replicas.push(Replica::start(site, programs, name, url)?);
    }
    let killed = fault(site, &mut replicas, AFTER_KILL, |program| program.kill9()).await?;
    for replica in &mut replicas {
        if !replica.program.runs()? {
            *replica = Replica::start(site, programs, replica.name, url)?;
        }
    }
    // The one that came back is known to the others by now.
    sleep(Duration::from_secs(2)).await;
    let stopped = fault(site, &mut replicas, AFTER_TERM, |program| {
        program.terminate();
        Ok(())
    });
    Ok([killed, stopped.await?])
}

struct Replica {
    name: &'static str,
    program: Program,
    address: SocketAddr,
}

impl Replica {
    fn start(site: &Site, programs: &Programs, name: &'static str, url: &str) -> Result<Self> {
        let mut config = site.pool_config(name, ports::free()?, url)?;
        config["serves"] = json!({ "offices": [TWO_MILLION.office] });
        let command = |file: &std::path::Path| programs.xuanhao(&["platepool"], file);
        let (program, address) = Program::ready(site, name, &config, command)?;
        Ok(Self {
            name,
            program,
            address,
        })
    }
}

async fn fault(
    site: &Site,
    replicas: &mut [Replica],
    after: Duration,
    strike: impl FnOnce(&mut Program) -> Result<()>,
) -> Result<Gap> {
    let mut desks = Vec::new();
    for replica in &*replicas {
        desks.push(Desk::several(site, replica.address, 1)?.remove(0));
    }
    let writer = writer(site, replicas, &desks).await?;
    let (answers, begin) = (Arc::new(Mutex::new(Answers::default())), Instant::now());
    let calls = async {
        let (applications, mut calls) = (Applications::default(), JoinSet::new());
        let mut sent = 0_usize;
        while begin.elapsed() < BEFORE + after {
            let (application, answers) =
                (applications.one(TWO_MILLION.office), Arc::clone(&answers));
            let mut order = desks.clone();
            order.rotate_left(sent % desks.len());
            calls.spawn(draw(application, order, answers));
            sent += 1;
            sleep_until(begin + Duration::from_secs_f64(sent as f64 / RATE)).await;
        }
        while let Some(ended) = calls.join_next().await {
            ended?;
        }
        Ok::<_, anyhow::Error>(sent as u64)
    };
    let strike = async {
        sleep(BEFORE).await;
        strike(&mut replicas[writer].program)
    };
    let (calls, struck) = tokio::join!(calls, strike);
    struck?;
    let mut told: Answers =
        std::mem::take(&mut *answers.lock().expect("no panic while it is held"));
    Ok(Gap {
        longest: told.longest_gap(begin + BEFORE / 2, begin + BEFORE + after),
        most_tries: told.most_tries,
        lost: told.lost,
        calls: calls?,
    })
}

/// The replica that writes, once one does.
async fn writer(site: &Site, replicas: &[Replica], desks: &[Desk]) -> Result<usize> {
    let begin = Instant::now();
    let operator = site.operator(replicas[0].address)?;
    let mut desk = desks[0].clone();
    while begin.elapsed() < PATIENCE {
        // Somebody begins to write when somebody is asked.
        let _ = Applications::default()
            .one(TWO_MILLION.office)
            .draw(&mut desk, 1)
            .await;
        let address = operator
            .writer_of(TWO_MILLION.office)
            .await
            .context("asking who writes")?;
        let found = address.and_then(|address| {
            let is_it = |replica: &Replica| replica.address.to_string() == address;
            replicas.iter().position(is_it)
        });
        if let Some(found) = found {
            return Ok(found);
        }
        sleep(Duration::from_millis(100)).await;
    }
    bail!("nobody writes for {}", TWO_MILLION.office)
}

/// Draws once, trying one replica after the other with the very same operation.
async fn draw(
    mut application: super::super::client::Application,
    mut order: Vec<Desk>,
    answers: Arc<Mutex<Answers>>,
) {
    let request = application.drawing(1, false);
    for tries in 1..=MOST_TRIES {
        let at = tries % order.len();
        let outcome = order[at]
            .pool
            .draw(call(request.clone()).deadline(TRY))
            .await;
        if outcome.is_ok() {
            let mut answers = answers.lock().expect("no panic while it is held");
            answers.at.push(Instant::now());
            answers.most_tries = answers.most_tries.max(tries);
            return;
        }
    }
    answers.lock().expect("no panic while it is held").lost += 1;
}

#[derive(Debug, Default)]
struct Answers {
    at: Vec<Instant>,
    most_tries: usize,
    lost: u64,
}

impl Answers {
    fn longest_gap(&mut self, from: Instant, to: Instant) -> Duration {
        self.at.sort();
        let within = self.at.iter().copied().filter(|at| (from..to).contains(at));
        let (mut last, mut longest) = (from, Duration::ZERO);
        for at in within.chain([to]) {
            longest = longest.max(at - last);
            last = at;
        }
        longest
    }
}
