//! The commands. Those without a server run at once; the others share one connection.

pub(crate) mod apply;
pub(crate) mod batch;
pub(crate) mod check;
pub(crate) mod get;
mod import;
pub(crate) mod mask;
pub(crate) mod outcome;
pub(crate) mod pool;
mod secret;
pub(crate) mod staff;
pub(crate) mod voucher;

use std::path::Path;

use crate::args::Command;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::{Output, Verdict};

/// Runs a command.
///
/// # Errors
/// When there is no answer.
pub(crate) fn run(
    command: Command,
    config: Option<&Path>,
    output: &mut Output,
) -> Result<Verdict, Failure> {
    match command {
        Command::Check(command) => Ok(command.run(output)?),
        Command::Mask(command) => Ok(command.run(output)?),
        Command::Voucher(command) => command.run(output),
        asked => {
            let connection = Connection::open(config)?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let done = runtime.block_on(ask(asked, &connection, output));
            // A prompt that was broken off may still wait for its line.
            runtime.shutdown_background();
            done.map(|()| Verdict::Fine)
        }
    }
}

async fn ask(command: Command, to: &Connection, output: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Staff(command) => command.run(to, output).await,
        Command::Batch(command) => command.run(to, output).await,
        Command::Pool(command) => command.run(to, output).await,
        Command::PublicValue(command) => command.run(to, output).await,
        Command::Apply(command) => command.run(to, output).await,
        Command::Get(command) => command.run(to, output).await,
        Command::Outcome(command) => command.run(to, output).await,
        Command::Check(_) | Command::Mask(_) | Command::Voucher(_) => Ok(()),
    }
}
