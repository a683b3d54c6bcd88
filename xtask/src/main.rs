//! Developers' aids behind `cargo xtask`. The Makefile calls them by the same names.
//!
//! Owns the order of what `make test` does ([`stages`]), the rules of who may import whom
//! ([`imports`]), the trace from each rule to code and tests ([`requirements`]), the regeneration of what is committed although it is generated ([`sqlx`],
//! [`proto`]), the build of the citizens' [`portal`], the way to the whole platform on this machine ([`platform`]) and to what measures it
//! ([`measure`]). It knows no service from inside and builds in seconds.

mod arguments;
mod cargo;
mod doctor;
mod files;
mod imports;
mod measure;
mod platform;
mod portal;
mod proto;
mod requirements;
mod say;
mod shell;
mod sqlx;
mod stages;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use xuanhao_servers::shared::SharedServers;
use xuanhao_servers::{Home, Toolbox};

use arguments::Task;
use say::say;
use shell::Shell;

fn main() -> ExitCode {
    if let Some(code) = sqlx::wrapper::run_if_asked() {
        return code;
    }
    match run(arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            say(format_args!("error: {error:#}"));
            let own = error.downcast_ref::<xuanhao_servers::Error>();
            ExitCode::from(own.map_or(1, xuanhao_servers::Error::exit_code))
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    let home = Home::discover()?;
    let toolbox = Toolbox::new(home).reporting(|line| say(format_args!("  {line}")));
    match task {
        Task::Test(options) => stages::test(&options, toolbox),
        Task::Imports => imports::check(toolbox.home().checkout()).map(|()| ExitCode::SUCCESS),
        Task::Requirements => {
            requirements::tell(toolbox.home().checkout()).map(|()| ExitCode::SUCCESS)
        }
        Task::Sqlx(options) => sqlx::run(&options, &toolbox, &Shell::new()?),
        Task::Proto(options) => proto::run(&options, &toolbox, &Shell::new()?),
        Task::Portal => portal::run(&toolbox),
        Task::Tools => doctor::bring(&toolbox),
        Task::Doctor => doctor::tell(&toolbox),
        Task::WithServers(command) => with_servers(&command, &toolbox),
        Task::Measure(measure, options) => match measure::run(measure, &options, &toolbox)? {},
        Task::Simulate(seeds) => measure::simulate(&seeds, &toolbox),
        Task::Platform(verb, options) => match platform::run(verb, &options, &toolbox)? {},
    }
}

fn with_servers(command: &[OsString], toolbox: &Toolbox) -> Result<ExitCode> {
    let shell = Shell::new()?;
    let servers = SharedServers::start(toolbox)?;
    let (program, arguments) = command.split_first().context("no command")?;
    let command = shell
        .command(program)
        .args(arguments)
        .envs(servers.environment());
    let status = shell.status(command)?;
    drop(servers);
    Ok(shell::exit_code(status))
}
