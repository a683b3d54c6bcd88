//! A service as a process of its own.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use xuanhao_servers::Error;
use xuanhao_servers::process::Daemon;

use crate::folders::Folders;
use crate::programs::{Programs, command};
use crate::{Replica, interrupt::Interrupt};

/// The longest a service may take from its start until it is ready.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// The longest it may take to end in order; SIGKILL follows.
const STOP: [(&str, Duration); 1] = [("TERM", Duration::from_secs(10))];

/// What a service reports when it is ready.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Ready {
    pid: u32,
    /// Outside systems it only plays.
    #[serde(default)]
    pub(crate) simulators: Vec<String>,
}

/// A started service. It is told to stop when this value is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    replica: Replica,
    daemon: Daemon,
    ready: Option<Ready>,
}

impl Running {
    /// Starts it and does not wait.
    pub(crate) fn start(replica: Replica, folders: &Folders, programs: &Programs) -> Result<Self> {
        let ready = folders.ready(replica);
        match fs::remove_file(&ready) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", ready.display()));
            }
            // A killed process leaves its file.
            _ => {}
        }
        let mut command = command(&programs.xuanhao());
        command
            .arg(replica.service().name())
            .arg("--config")
            .arg(folders.config(&replica.to_string()))
            .current_dir("/");
        let daemon = Daemon::start(replica.service().name(), command, folders.log(replica))?;
        Ok(Self {
            replica,
            daemon,
            ready: None,
        })
    }

    /// Waits until it is ready. When it ends instead, the error holds the end of its log.
    pub(crate) fn wait_ready(
        &mut self,
        folders: &Folders,
        interrupt: &Interrupt,
    ) -> Result<&Ready> {
        let file = folders.ready(self.replica);
        let mut ready = None;
        self.daemon.wait_ready(READY_LIMIT, |pid| {
            ready = read(&file).filter(|ready| ready.pid == pid);
            ready.is_some() || interrupt.came()
        })?;
        interrupt.check()?;
        self.ready = ready;
        self.ready.as_ref().context("the service said it is ready")
    }

    pub(crate) fn ready(&self) -> Option<&Ready> {
        self.ready.as_ref()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// An error with the end of its log when it does not run any more.
    pub(crate) fn check(&mut self) -> Result<()> {
        let Some(status) = self.daemon.ended()? else {
            return Ok(());
        };
        let log_tail = self.daemon.log_tail();
        Err(Error::Exited {
            server: self.replica.service().name(),
            status,
            log_tail,
        }
        .into())
    }

    pub(crate) fn stop(&mut self) -> Result<()> {
        Ok(self.daemon.stop(&STOP)?)
    }

    pub(crate) fn kill9(&mut self) -> Result<()> {
        Ok(self.daemon.kill9()?)
    }

    pub(crate) fn sigstop(&mut self) -> Result<()> {
        Ok(self.daemon.freeze()?)
    }

    pub(crate) fn sigcont(&mut self) {
        self.daemon.thaw();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.stop();
    }
}

fn read(file: &std::path::Path) -> Option<Ready> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}
