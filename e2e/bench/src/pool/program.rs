//! A measured program: a process of its own, known by its ready file.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use xuanhao_chassis::lifecycle::ReadyFile;
use xuanhao_local::BIN_DIR_VARIABLE;
use xuanhao_servers::process::{Daemon, DeathSignal, bound_command, signal};

use super::site::Site;
use crate::measure::Process;

const READY_LIMIT: Duration = Duration::from_secs(60);
/// Stands in lines that only inform.
const INFORMS: &str = r#""level":"INFO""#;
const MOST_COMPLAINTS: usize = 20;

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The server program as it ships.
    pub xuanhao: PathBuf,
    /// This one, which holds the peers.
    own: PathBuf,
}

impl Programs {
    /// The server program of the environment's folder, or the one built beside us.
    ///
    /// # Errors
    /// When it is not there.
    pub fn find() -> Result<Self> {
        let own = std::env::current_exe().context("asking where this program is")?;
        let folder = match std::env::var_os(BIN_DIR_VARIABLE) {
            Some(folder) => PathBuf::from(folder),
            None => own
                .parent()
                .context("a program lies in a folder")?
                .to_owned(),
        };
        let xuanhao = folder.join("xuanhao");
        ensure!(
            xuanhao.is_file(),
            "{} is not there; `cargo build --release -p xuanhao` builds it",
            xuanhao.display()
        );
        Ok(Self { xuanhao, own })
    }

    /// `xuanhao WORDS… --config FILE`.
    #[must_use]
    pub fn xuanhao(&self, words: &[&str], config: &Path) -> Command {
        command(&self.xuanhao, words, config)
    }

    /// `bench-pool serve PEER --config FILE`.
    #[must_use]
    pub fn peer(&self, peer: &str, config: &Path) -> Command {
        command(&self.own, &["serve", peer], config)
    }
}

fn command(program: &Path, words: &[&str], config: &Path) -> Command {
    let mut command = bound_command(program, DeathSignal::Terminate);
    command.args(words).arg("--config").arg(config);
    command.env_remove("XUANHAO_CONFIG").current_dir("/");
    command
}

/// A program that runs. It is killed when this value is dropped: nobody measures how it ends.
#[derive(Debug)]
pub struct Program {
    daemon: Daemon,
    ready_file: PathBuf,
}

impl Program {
    /// Starts it and does not wait.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(site: &Site, name: &'static str, command: Command) -> Result<Self> {
        let ready_file = site.ready_file(name);
        // A killed process leaves its file.
        let _ = fs::remove_file(&ready_file);
        let log = site.logs().join(format!("{name}.log"));
        Ok(Self {
            daemon: Daemon::start(name, command, log)?,
            ready_file,
        })
    }

    /// Writes the configuration, starts it and waits until it is ready. Blocks.
    ///
    /// # Errors
    /// When it does not become ready; with the end of its log.
    pub fn ready(
        site: &Site,
        name: &'static str,
        config: &Value,
        command: impl FnOnce(&Path) -> Command,
    ) -> Result<(Self, SocketAddr)> {
        let config = site.write(&format!("{name}.yaml"), &config.to_string())?;
        let mut program = Self::start(site, name, command(&config))?;
        let address = program.wait_ready()?;
        Ok((program, address))
    }

    /// Waits until it is ready, and tells where it answers gRPC. Blocks.
    ///
    /// # Errors
    /// When it does not become ready; with the end of its log.
    pub fn wait_ready(&mut self) -> Result<SocketAddr> {
        let (file, mut address) = (self.ready_file.clone(), None);
        self.daemon.wait_ready(READY_LIMIT, |pid| {
            let ready = ReadyFile::read(&file).ok().flatten();
            address = ready
                .filter(|ready| ready.pid == pid)
                .and_then(|ready| ready.addresses.get("grpc").copied());
            address.is_some()
        })?;
        address.context("a program that is ready has an address")
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> Process {
        Process::One(self.daemon.pid())
    }

    /// What it has logged since its log was emptied.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.daemon.log())?)
    }

    /// The last lines of its log that are worse than information.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let log = self.log()?;
        let mut last: Vec<_> = log
            .lines()
            .rev()
            .filter(|line| !line.contains(INFORMS))
            .take(MOST_COMPLAINTS)
            .map(str::to_owned)
            .collect();
        last.reverse();
        Ok(last)
    }

    /// Empties its log, so that logs do not pile up.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn empty_log(&self) -> Result<()> {
        Ok(File::options()
            .write(true)
            .open(self.daemon.log())?
            .set_len(0)?)
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.daemon.ended()?.is_none())
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill9(&mut self) -> Result<()> {
        Ok(self.daemon.kill9()?)
    }

    /// SIGTERM, as an orchestrator sends it. Does not wait.
    pub fn terminate(&self) {
        signal("TERM", &[self.daemon.pid()]);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.daemon.kill9();
    }
}
