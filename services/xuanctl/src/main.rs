//! `xuanctl`, the operator's command line.
//!
//! [`args`] says what may be asked, [`commands`] holds one module per group of commands,
//! [`connection`] reaches the services under xuanctl's own certificate and on behalf of whoever signed
//! in, [`output`] writes answers and [`failure`] what there is in place of one. Exit codes: 0 when all
//! is well, 1 when something asked about is not or a service refused, 2 when the command line or the
//! configuration is wrong, 3 when a service gave no answer.

mod args;
mod commands;
mod connection;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut output = Output::stdout(cli.output);
    let done = commands::run(cli.command, cli.config.as_deref(), &mut output);
    output.exit_code(done)
}
