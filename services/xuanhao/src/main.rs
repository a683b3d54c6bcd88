//! The one server binary: every service under its name, and what an installation does beside them,
//! once per release: migrations, streams, the first administrator.
//!
//! One image holds it; an orchestrator runs one process per service.

mod arguments;
mod migrate;
mod serve;
mod staff;
mod streams;

use std::process::ExitCode;

use clap::Parser;
use xuanhao_chassis::{error, tls};

use arguments::{Command, Program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let program = Program::parse();
    match program.command {
        Command::Service(service) => serve::run(&service),
        Command::Migrate { store, args } => report(migrate::run(store, &args)),
        Command::Streams(command) => report(streams::run(&command)),
        Command::Staff(command) => report(staff::run(command)),
    }
}

/// Why a command ended early: with a code already told, or with something to tell.
#[derive(Debug)]
enum Stop {
    /// Told; this is the code.
    Told(ExitCode),
    /// To be told.
    Failed(xuanhao_chassis::lifecycle::BoxError),
}

impl<E: Into<xuanhao_chassis::lifecycle::BoxError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

fn report(outcome: Result<(), Stop>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Told(code)) => code,
        Err(Stop::Failed(error)) => {
            tell(
                std::io::stderr(),
                &format!("error: {}", error::chain(error.as_ref())),
            );
            ExitCode::FAILURE
        }
    }
}

/// Nobody is left to be told if the standard streams are closed.
fn tell(mut stream: impl std::io::Write, line: &str) {
    let _ = writeln!(stream, "{line}");
}

/// Runs what a command does on a small runtime.
fn block_on<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    tls::choose_library();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
