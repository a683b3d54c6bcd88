//! Plays a release day against the whole platform. See the crate's README.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use xuanhao_bench::release_day::{self, Plan};

/// Plays a release day over HTTP against all services: 48,000 numbers, an announced second, and
/// everybody who wants one of them.
#[derive(Debug, Parser)]
struct Program {
    #[command(flatten)]
    plan: Plan,
}

fn main() -> ExitCode {
    match release_day::run(Program::parse().plan) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to be told if it is closed.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
