//! One run: servers, load, faults, quiet, judgement.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{Instant, sleep, timeout};

use crate::durable;
use crate::evidence::{Evidence, Sample};
use crate::faults::{Played, Schedule};
use crate::furnish;
use crate::judge::judge;
use crate::load::{Load, TTL_S, citizen};
use crate::options::Options;
use crate::player::Cluster;
use crate::replica::Replica;
use crate::report::Report;
use crate::site::{OFFICES, Site};

const NAMES: [&str; 5] = ["pool-1", "pool-2", "pool-3", "pool-4", "pool-5"];
/// Between two looks at the leases.
const SAMPLING: Duration = Duration::from_secs(1);
/// A hold that is over is back so soon after (I5).
const BACK: Duration = Duration::from_secs(3);

/// Starts everything, plays, judges. Everything has ended when it returns, or is dropped.
///
/// # Errors
/// When servers or replicas do not come up, or the rows cannot be read. What the judge finds is in
/// the report.
pub async fn run(options: &Options, say: fn(&str)) -> Result<Report> {
    fs::create_dir_all(&options.folder)?;
    let kept = |name: &str| options.folder.join(format!("seed-{}.{name}", options.seed));
    say("servers");
    let site = block_in_place(|| Site::start(options.durability, say))?;
    site.prepare().await?;
    say("replicas");
    let mut replicas = Vec::new();
    for name in NAMES.iter().take(options.replicas) {
        replicas.push(Replica::new(&site, name).await?);
    }
    block_in_place(|| {
        replicas
            .iter_mut()
            .try_for_each(|replica| replica.start(&site))
    })?;
    let selection: Vec<_> = replicas
        .iter()
        .map(|replica| replica.selection.clone())
        .collect();
    let operator = replicas.iter().map(|replica| replica.operator.clone());
    let operator = site.operator(operator)?;
    say("20,000 numbers");
    furnish::open_all(&operator).await?;
    let url = site.database_url();
    let cluster = Cluster {
        replicas: replicas.into_iter().map(Mutex::new).collect(),
        site: Mutex::new(site),
    };
    let load = Load::new(
        &selection,
        options.think,
        options.seed,
        &kept("calls.jsonl"),
    )?;
    let load = Arc::new(load);
    say("load and faults");
    let mut citizens = JoinSet::new();
    for client in 0..options.clients {
        let seed = options
            .seed
            .wrapping_mul(1_000_003)
            .wrapping_add(client.into());
        citizens.spawn(citizen(Arc::clone(&load), client, seed));
    }
    let mut samples = Vec::new();
    let played = tokio::select! {
        played = play(options, &cluster, &load) => played,
        // It ends with the other.
        () = look(&url, &mut samples) => Ok(Vec::new()),
    };
    let log = logs(&cluster, &options.folder, options.seed);
    let played = played.context(log)?;
    say("citizens find out");
    load.end();
    let finding_out = async { while citizens.join_next().await.is_some() {} };
    let mut unsettled = Vec::new();
    if timeout(options.finding_out, finding_out).await.is_err() {
        let left = citizens.len();
        unsettled.push(format!(
            "{left} citizens did not find out what came of their operations"
        ));
    }
    load.abandon();
    while citizens.join_next().await.is_some() {}
    say("holds come back");
    sleep(Duration::from_secs(TTL_S.unsigned_abs().into()) + BACK).await;
    let figures = furnish::figures(&operator).await.unwrap_or_else(|error| {
        unsettled.push(format!("no engine's counts: {error:#}"));
        Vec::new()
    });
    let mut evidence = Evidence {
        figures,
        ..Evidence::default()
    };
    say("judgement");
    samples.extend(durable::sample(&url).await?);
    samples.sort_by(|one, two| (&one.office, one.epoch).cmp(&(&two.office, two.epoch)));
    samples.dedup();
    (evidence.calls, evidence.samples) = (load.calls(), samples);
    let site = cluster.site.into_inner().expect("nobody panics holding it");
    durable::collect(&site, &mut evidence).await?;
    let file = kept("evidence.json");
    serde_json::to_writer(fs::File::create(&file)?, &evidence)?;
    let verdict = judge(&evidence);
    Ok(Report::new(options.seed, played, &evidence.calls, verdict, file).with(unsettled))
}

/// Judges what an earlier run has kept.
///
/// # Errors
/// When the file cannot be read.
pub fn judge_again(file: &Path) -> Result<crate::judge::Verdict> {
    let text = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(judge(&serde_json::from_slice(&text)?))
}

async fn play(options: &Options, cluster: &Cluster, load: &Load) -> Result<Vec<Played>> {
    let (begin, mut played) = (Instant::now(), Vec::new());
    let mut schedule = Schedule::new(options.seed, &options.only, OFFICES.len());
    loop {
        let mut planned = schedule.draw();
        sleep(planned.pause).await;
        let left = options.duration.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Ok(played);
        }
        planned.lasts = planned.lasts.min(left + Duration::from_secs(1));
        played.push(cluster.play(planned, load).await?);
    }
}

/// Looks at the leases again and again, until it is dropped. While Postgres is away nothing is seen.
async fn look(url: &str, samples: &mut Vec<Sample>) {
    loop {
        if let Ok(seen) = durable::sample(url).await {
            samples.extend(seen);
            samples.dedup();
        }
        sleep(SAMPLING).await;
    }
}

/// Keeps the replicas' logs, and tells where.
fn logs(cluster: &Cluster, folder: &Path, seed: u64) -> String {
    let from = cluster.site().folder().to_owned();
    for name in NAMES {
        // There may be fewer replicas.
        let _ = fs::copy(
            from.join(format!("{name}.log")),
            folder.join(format!("seed-{seed}.{name}.log")),
        );
    }
    format!(
        "playing faults; the replicas' logs are in {}",
        folder.display()
    )
}
