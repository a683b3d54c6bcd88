//! Measures the pool engine. See the crate's README.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tracing::subscriber::NoSubscriber;
use xuanhao_bench::pool;
use xuanhao_bench::pool::peers::{self, Serve};

// The same as in what is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the plate pool's engine against an empty echo and against its peers.
#[derive(Debug, Parser)]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench/pool.json")]
    report: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A peer as a process; started by the benchmark itself.
    #[command(subcommand, hide = true)]
    Serve(Serve),
}

fn main() -> ExitCode {
    let program = Program::parse();
    if let Some(Command::Serve(serve)) = &program.command {
        return peers::serve(serve);
    }
    measure(&program.report).unwrap_or_else(|error| {
        say(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn measure(file: &Path) -> Result<ExitCode> {
    xuanhao_chassis::tls::choose_library();
    // Nobody reads the load's own spans; with a subscriber that wants none they cost nothing.
    tracing::subscriber::set_global_default(NoSubscriber::default())?;
    // One thread: the load must leave the cores to what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(pool::run(say))?;
    // A closed output must not hide the verdict.
    let _ = writeln!(std::io::stdout(), "{}", report.told());
    report.write(file)?;
    Ok(if report.is_missed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Progress; nobody is left to be told if the stream is closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "bench-pool: {line}");
}
