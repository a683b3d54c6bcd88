//! `chaos`: three replicas, hundreds of citizens, faults, and a verdict.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use xuanhao_chaos::faults::Kind;
use xuanhao_chaos::{Options, judge_again, run};
use xuanhao_servers::Durability;

/// Plays faults on replicas of the pool under load, and judges every answer. Exits with 1 where an
/// invariant is violated, or the platform has not become quiet afterwards.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long load and faults last, such as 30s or 10m.
    #[arg(long = "for", default_value = "60s", value_parser = duration)]
    duration: Duration,
    /// Fixes the citizens' choices and the schedule of faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Citizens at once.
    #[arg(long, default_value_t = 200)]
    clients: u32,
    /// Replicas of the pool.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
    /// Milliseconds between a citizen's calls, on average.
    #[arg(long, default_value_t = 100)]
    think_ms: u64,
    /// Only these faults; may be given several times.
    #[arg(long)]
    only: Vec<Kind>,
    /// Where histories are written.
    #[arg(long, default_value = "target/chaos")]
    folder: PathBuf,
    /// Judge what an earlier run has kept, and do nothing else.
    #[arg(long, value_name = "FILE")]
    judge: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(span).map_err(|error| error.to_string())
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    if let Some(file) = &arguments.judge {
        let verdict = judge_again(file)?;
        write!(out, "{verdict}")?;
        return Ok(code(verdict.holds()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let options = Options {
        duration: arguments.duration,
        seed: arguments.seed,
        clients: arguments.clients,
        replicas: arguments.replicas.into(),
        think: Duration::from_millis(arguments.think_ms),
        folder: std::path::absolute(&arguments.folder)?,
        durability: Durability::Full,
        finding_out: Duration::from_secs(120),
        only: arguments.only,
    };
    let report = runtime.block_on(async {
        tokio::select! {
            report = Box::pin(run(&options, say)) => report,
            // What runs is stopped as the run is dropped.
            came = tokio::signal::ctrl_c() => {
                came.context("waiting for Ctrl-C")?;
                bail!("interrupted")
            }
        }
    })?;
    write!(out, "{report}")?;
    match report.unsettled.is_empty() {
        true => Ok(code(report.verdict.holds())),
        false => Ok(ExitCode::FAILURE),
    }
}

fn code(holds: bool) -> ExitCode {
    match holds {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn say(what: &str) {
    // Whoever closed stderr does not want to know.
    let _ = writeln!(std::io::stderr(), "chaos: {what}");
}
