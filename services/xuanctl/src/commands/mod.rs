//! The commands. Those without a server run at once; the others share one connection.

pub(crate) mod account;
pub(crate) mod answers;
pub(crate) mod appeal;
pub(crate) mod apply;
pub(crate) mod batch;
pub(crate) mod check;
pub(crate) mod counter;
pub(crate) mod describe;
pub(crate) mod document;
pub(crate) mod enrol;
pub(crate) mod get;
mod import;
pub(crate) mod mask;
pub(crate) mod notification;
pub(crate) mod outcome;
pub(crate) mod pool;
mod progress;
pub(crate) mod review;
mod secret;
pub(crate) mod service_point;
pub(crate) mod staff;
pub(crate) mod voucher;
pub(crate) mod withhold;

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
            done
        }
    }
}

async fn ask(command: Command, to: &Connection, output: &mut Output) -> Result<Verdict, Failure> {
    let done = match command {
        Command::Pool(command) => return command.run(to, output).await,
        Command::Staff(command) => command.run(to, output).await,
        Command::ServicePoint(command) => command.run(to, output).await,
        Command::Document(command) => command.run(to, output).await,
        Command::Enrol(command) => command.run(to, output).await,
        Command::Account(command) => command.run(to, output).await,
        Command::Counter(command) => command.run(to, output).await,
        Command::Appeal(command) => command.run(to, output).await,
        Command::Review(command) => command.run(to, output).await,
        Command::Answers(command) => command.run(to, output).await,
        Command::Questions(command) => command.run(to, output).await,
        Command::Batch(command) => command.run(to, output).await,
        Command::Withhold(command) => command.run(to, output).await,
        Command::Describe(command) => command.run(to, output).await,
        Command::Template(command) => command.run(to, output).await,
        Command::Provider(command) => command.run(to, output).await,
        Command::PublicValue(command) => command.run(to, output).await,
        Command::Apply(command) => command.run(to, output).await,
        Command::Get(command) => command.run(to, output).await,
        Command::Outcome(command) => command.run(to, output).await,
        Command::Check(_) | Command::Mask(_) | Command::Voucher(_) => Ok(()),
    };
    done.map(|()| Verdict::Fine)
}

/// What a service has to have told.
fn whole<T>(told: Option<T>) -> Result<T, Failure> {
    told.ok_or_else(Failure::incomplete)
}
