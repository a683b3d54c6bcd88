//! What `make test` and CI do: stages in order, a line for each, one summary.

mod report;
mod run;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use xuanhao_servers::Toolbox;

use crate::say::say;
use crate::shell::Shell;
use report::{Outcome, Report};
use run::Bench;

#[derive(Debug)]
pub(crate) struct Options {
    /// Go on after a failed stage.
    pub(crate) keep_going: bool,
    /// In the order they run.
    pub(crate) stages: Vec<Stage>,
}

/// The stages in their order. What fails most often and tells most comes first; what shares
/// compiled code stands together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Bring Postgres, nats-server and the linters
    Tools,
    /// Start the Postgres and nats-server that all tests share
    Servers,
    /// The portal: types, lints, unit tests, build, budget
    Portal,
    /// Build all programs
    Build,
    /// Run all tests
    Tests,
    /// The portal in a browser, before the whole platform
    Browser,
    /// Formatting
    Fmt,
    /// Lints of the code
    Clippy,
    /// Forbidden crates, licences, sources
    Deny,
    /// Who imports whom
    Imports,
    /// Every rule has its code and its test
    Requirements,
    /// Lints of the contracts
    BufLint,
    /// Contracts against the last release's
    BufBreaking,
    /// `.sqlx` against migrations and queries
    Sqlx,
}

pub(crate) fn test(options: &Options, toolbox: Toolbox) -> Result<ExitCode> {
    let shell = Shell::new()?;
    let stages = &options.stages;
    let mut bench = Bench::new(toolbox, shell);
    let mut report = Report::default();
    for (index, stage) in stages.iter().enumerate() {
        let name = stage.name();
        say(format_args!(
            "\n=== {name} ({} of {})",
            index + 1,
            stages.len()
        ));
        let start = Instant::now();
        let outcome = match bench.run(*stage) {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        report.add(name, outcome, start.elapsed());
        bench.shell().interrupted()?;
        if report.has_failed() && !options.keep_going {
            break;
        }
    }
    drop(bench);
    Ok(report.close(stages.len()))
}

impl Stage {
    pub(crate) const ALL: [Self; 14] = [
        Self::Tools,
        Self::Servers,
        Self::Portal,
        Self::Build,
        Self::Tests,
        Self::Browser,
        Self::Fmt,
        Self::Clippy,
        Self::Deny,
        Self::Imports,
        Self::Requirements,
        Self::BufLint,
        Self::BufBreaking,
        Self::Sqlx,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Servers => "servers",
            Self::Portal => "portal",
            Self::Build => "build",
            Self::Tests => "tests",
            Self::Browser => "browser",
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Deny => "deny",
            Self::Imports => "imports",
            Self::Requirements => "requirements",
            Self::BufLint => "buf-lint",
            Self::BufBreaking => "buf-breaking",
            Self::Sqlx => "sqlx",
        }
    }
}
