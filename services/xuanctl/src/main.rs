//! `xuanctl`, the operator's command line.
//!
//! One module per command. Commands write through [`output`] and answer with an exit code: 0 when
//! all is well, 1 when something asked about is not, 2 when the command line itself is wrong.

mod check;
mod mask;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::output::Output;

/// 选号平台运维命令 · Xuanhao operator's command line
#[derive(Debug, Parser)]
#[command(name = "xuanctl", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 校验号码，无需服务器 · Check numbers; needs no server
    Check(check::Check),
    /// 计算号段，无需服务器 · Work out segment masks; needs no server
    Mask(mask::Mask),
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let mut output = Output::stdout();
    let done = match command {
        Command::Check(command) => command.run(&mut output),
        Command::Mask(command) => command.run(&mut output),
    };
    output.exit_code(done)
}
