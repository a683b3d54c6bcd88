//! `xuanhao-local`: the whole platform on this machine. `cargo xtask demo|up|down|reset` builds
//! everything first and then runs this.

mod arguments;
mod day;
mod demo;
mod lab;
mod show;
mod tell;
mod up;
mod window;

use std::path;
use std::process::ExitCode;
use std::thread;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use xuanhao_local::{Interrupt, Programs};
use xuanhao_servers::Home;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show::trouble(&format!("错误 · error: {error:#}"));
            let own = error.downcast_ref::<xuanhao_servers::Error>();
            ExitCode::from(own.map_or(1, xuanhao_servers::Error::exit_code))
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let home = Home::discover()?;
    let programs = || {
        let folder = arguments.bin_dir.as_ref();
        folder.map_or_else(Programs::find, Programs::in_folder)
    };
    let data = match &arguments.data {
        Some(folder) => path::absolute(folder)?,
        None => home.base().join("platform"),
    };
    match arguments.command {
        Command::Demo { preset } => demo::run(home, programs()?, on_signals()?, preset),
        Command::Lab { preset } => lab::run(home, programs()?, on_signals()?, preset),
        Command::Up { pool_replicas } => {
            up::up(home, &data, programs()?, pool_replicas, on_signals()?)
        }
        Command::Down => up::down(&data),
        Command::Reset => up::reset(&data),
    }
}

/// A signal ends what runs in order: services, servers, then us.
fn on_signals() -> Result<Interrupt> {
    let interrupt = Interrupt::new();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("handling signals")?;
    let shared = interrupt.clone();
    thread::spawn(move || {
        for _ in signals.forever() {
            shared.set();
        }
    });
    Ok(interrupt)
}
