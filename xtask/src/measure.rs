//! What is run on demand and never judged by the clock of `make test`: benchmarks, a release day's
//! load, faults against replicas, and seeds of the simulator. All of it is built as it ships.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use xuanhao_servers::Toolbox;

use crate::cargo;
use crate::platform::{BIN_DIR_VARIABLE, executable};
use crate::portal;
use crate::say::say;
use crate::shell::{self, Shell};

/// A program that measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// The pool engine beside an echo and its peers.
    Bench,
    /// A release day over HTTP.
    Load,
    /// Faults against three replicas of the pool.
    Chaos,
}

impl Measure {
    pub(crate) const ALL: [Self; 3] = [Self::Bench, Self::Load, Self::Chaos];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bench => "bench",
            Self::Load => "load",
            Self::Chaos => "chaos",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// For the list of commands.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Bench => "Measure the pool engine beside an empty echo and its peers",
            Self::Load => "Play a release day over HTTP against all services",
            Self::Chaos => "Break three replicas of the pool and judge what was answered",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Bench => "bench-pool",
            Self::Load => "release-day",
            Self::Chaos => "chaos",
        }
    }

    /// The crates whose programs it runs.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Bench => &["xuanhao", "xuanhao-bench"],
            Self::Load => &["xuanhao", "xuanctl", "xuanhao-bench"],
            Self::Chaos => &["xuanhao", "xuanctl", "xuanhao-chaos"],
        }
    }
}

/// Builds what is needed and becomes the program, so that signals reach it and its exit code is ours.
pub(crate) fn run(measure: Measure, options: &[OsString], toolbox: &Toolbox) -> Result<Infallible> {
    toolbox.postgres()?;
    toolbox.nats()?;
    let shell = Shell::new()?;
    portal::bring(toolbox, &shell)?;
    let program = build(measure, toolbox, &shell)?;
    shell.interrupted()?;
    let folder = program.parent().context("a program lies in a folder")?;
    let error = Command::new(&program)
        .args(options)
        .env(BIN_DIR_VARIABLE, folder)
        .current_dir(toolbox.home().checkout())
        .exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}

fn build(measure: Measure, toolbox: &Toolbox, shell: &Shell) -> Result<PathBuf> {
    say(format_args!("building for release"));
    let packages = measure.packages().iter().flat_map(|name| ["-p", *name]);
    let words = ["build", "--release", "--bins"].into_iter().chain(packages);
    let words = words.chain(["--message-format=json-render-diagnostics"]);
    let command = shell.command(cargo::program()).args(words);
    let (status, told) = shell.output(command.dir(toolbox.home().checkout()))?;
    ensure!(status.success(), "cargo build failed ({status})");
    let program = measure.program();
    executable(&told, program).with_context(|| format!("cargo does not say where {program} is"))
}

/// What seeds of the simulator to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seeds {
    /// So many, from 0.
    pub(crate) count: Option<String>,
    /// This one alone.
    pub(crate) one: Option<String>,
}

/// Runs seeds of the pool engine's simulator. A seed that fails says how it is run again.
pub(crate) fn simulate(seeds: &Seeds, toolbox: &Toolbox) -> Result<ExitCode> {
    let shell = Shell::new()?;
    let words = ["test", "--release", "-p", "xuanhao-platepool", "--test"];
    let filter = ["sim", "--", "--nocapture", "simulation::faults"];
    let set = [("SIM_SEEDS", &seeds.count), ("SIM_SEED", &seeds.one)];
    let set = set
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)));
    let command = shell
        .command(cargo::program())
        .args(words.into_iter().chain(filter))
        .envs(set)
        .dir(toolbox.home().checkout());
    let status = shell.status(command)?;
    Ok(shell::exit_code(status))
}
