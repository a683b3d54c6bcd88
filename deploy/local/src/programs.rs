//! The programs that a local platform runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};
use xuanhao_servers::process::{DeathSignal, bound_command, spawn};

/// The folder variable that says where the programs are.
pub const BIN_DIR_VARIABLE: &str = "XUANHAO_BIN_DIR";

/// Where `xuanhao` and `xuanctl` are.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Those in a folder.
    ///
    /// # Errors
    /// When one is not there.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Result<Self> {
        let programs = Self {
            folder: folder.into(),
        };
        for name in ["xuanhao", "xuanctl"] {
            if !programs.program(name).is_file() {
                bail!(
                    "{} is not there; `cargo build --workspace` builds it ({BIN_DIR_VARIABLE} \
                     names another folder)",
                    programs.program(name).display()
                );
            }
        }
        Ok(programs)
    }

    /// Those of the environment's folder, or those built beside the running program: for a test,
    /// one folder up.
    ///
    /// # Errors
    /// When one is not there.
    pub fn find() -> Result<Self> {
        if let Some(folder) = std::env::var_os(BIN_DIR_VARIABLE) {
            return Self::in_folder(folder);
        }
        let own = std::env::current_exe().context("asking where this program is")?;
        let folder = own.parent().context("a program lies in a folder")?;
        let folder = match folder.file_name() {
            Some(name) if name == "deps" => folder.parent().unwrap_or(folder),
            _ => folder,
        };
        Self::in_folder(folder)
    }

    /// The server program.
    #[must_use]
    pub fn xuanhao(&self) -> PathBuf {
        self.program("xuanhao")
    }

    /// The operator's command line.
    #[must_use]
    pub fn xuanctl(&self) -> PathBuf {
        self.program("xuanctl")
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A command that ends with us and reads nothing of our configuration from the environment.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = bound_command(program, DeathSignal::Terminate);
    command
        .env_remove("XUANHAO_CONFIG")
        .env_remove("XUANCTL_CONFIG");
    command
}

/// Runs a command to its end.
pub(crate) fn output(mut command: Command) -> Result<Output> {
    let shown = shown(&command);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = spawn(command)?;
    child
        .wait_with_output()
        .with_context(|| format!("waiting for `{shown}`"))
}

/// Runs a command that must succeed; returns what it wrote to stdout.
pub(crate) fn run(command: Command) -> Result<String> {
    let shown = shown(&command);
    let output = output(command)?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(told);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    bail!("`{shown}` failed ({}): {}{told}", output.status, errors)
}

/// The command's words without the `setpriv --pdeathsig TERM` in front. Passwords are in files, so
/// none is among them.
fn shown(command: &Command) -> String {
    let words: Vec<_> = command
        .get_args()
        .skip(2)
        .map(|word| word.to_string_lossy())
        .collect();
    words.join(" ")
}
