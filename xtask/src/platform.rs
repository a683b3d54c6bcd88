//! The whole platform on this machine: brings the servers, builds the programs, and becomes the one
//! that runs them.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xuanhao_servers::Toolbox;

use crate::cargo;
use crate::portal;
use crate::say::say;
use crate::shell::Shell;

/// The program that runs the platform.
const PROGRAM: &str = "xuanhao-local";
/// Where the running program finds the others.
pub(crate) const BIN_DIR_VARIABLE: &str = "XUANHAO_BIN_DIR";

/// What is done with the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Two pre-selections on fresh data, then a clean stop.
    Demo,
    /// Serve until told to stop; data is kept.
    Up,
    /// End a running one.
    Down,
    /// End it and drop its data.
    Reset,
}

impl Verb {
    pub(crate) const ALL: [Self; 4] = [Self::Demo, Self::Up, Self::Down, Self::Reset];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Up => "up",
            Self::Down => "down",
            Self::Reset => "reset",
        }
    }

    /// For the list of commands.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Demo => "Run the whole platform on fresh data, pre-select two numbers, stop",
            Self::Up => "Run the whole platform until Ctrl-C; its data is kept",
            Self::Down => "End a running platform",
            Self::Reset => "End a running platform and drop its data",
        }
    }

    fn starts_servers(self) -> bool {
        matches!(self, Self::Demo | Self::Up)
    }
}

/// Builds what is needed and becomes `xuanhao-local`, so that signals reach it and its exit code is
/// ours. Returns only when that fails.
pub(crate) fn run(verb: Verb, options: &[OsString], toolbox: &Toolbox) -> Result<Infallible> {
    if verb.starts_servers() {
        toolbox.postgres()?;
        toolbox.nats()?;
    }
    let shell = Shell::new()?;
    let program = match built_before(verb) {
        Some(program) => program,
        None => {
            portal::bring(toolbox, &shell)?;
            build(toolbox, &shell)?
        }
    };
    shell.interrupted()?;
    let folder = program.parent().context("a program lies in a folder")?;
    let error = Command::new(&program)
        .arg(verb.name())
        .args(options)
        .env(BIN_DIR_VARIABLE, folder)
        .current_dir(toolbox.home().checkout())
        .exec();
    Err(error).with_context(|| format!("starting {}", program.display()))
}

/// Ending a platform needs no build: the program that holds it lies beside us.
fn built_before(verb: Verb) -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.with_file_name(PROGRAM);
    (!verb.starts_servers() && beside.is_file()).then_some(beside)
}

/// Builds every program, with cargo's own progress on stderr; returns where `xuanhao-local` is.
///
/// # Errors
/// When the build fails.
pub(crate) fn build(toolbox: &Toolbox, shell: &Shell) -> Result<PathBuf> {
    say(format_args!("building"));
    let words = cargo::BUILD_PROGRAMS
        .into_iter()
        .chain(["--message-format=json-render-diagnostics"]);
    let command = shell.command(cargo::program()).args(words);
    let (status, told) = shell.output(command.dir(toolbox.home().checkout()))?;
    ensure!(status.success(), "cargo build failed ({status})");
    executable(&told, PROGRAM).with_context(|| format!("cargo does not say where {PROGRAM} is"))
}

/// Where cargo put a program, from its messages.
pub(crate) fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_program_is() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"xuanhao_local"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"xuanhao-local"},"executable":"/t/debug/xuanhao-local"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executable(messages, PROGRAM),
            Some("/t/debug/xuanhao-local".into())
        );
        assert_eq!(executable(messages, "xuanhao"), None);
    }
}
