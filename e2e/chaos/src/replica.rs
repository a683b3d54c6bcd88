//! A replica of the pool: a process of its own behind a wire of its own.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_chassis::lifecycle::ReadyFile;
use xuanhao_servers::ports;
use xuanhao_servers::process::Daemon;

use crate::proxy::Proxy;
use crate::site::Site;

const READY_LIMIT: Duration = Duration::from_secs(90);
/// Longer than the drain takes at most; SIGKILL follows.
const STOP: [(&str, Duration); 1] = [("TERM", Duration::from_secs(15))];

/// A replica. It is stopped when this value is dropped.
#[derive(Debug)]
pub struct Replica {
    /// Between it and Postgres.
    pub proxy: Proxy,
    /// As selection calls it.
    pub selection: ClientChannel,
    /// As the operators' command line calls it.
    pub operator: ClientChannel,
    /// Where it answers gRPC; the same after a restart.
    pub port: u16,
    name: &'static str,
    config: PathBuf,
    ready_file: PathBuf,
    daemon: Option<Daemon>,
}

impl Replica {
    /// Makes its configuration and does not start it.
    ///
    /// # Errors
    /// When there is no free port, or a file cannot be written.
    pub async fn new(site: &Site, name: &'static str) -> Result<Self> {
        let proxy = Proxy::start(site.postgres_address()).await?;
        let port = ports::free()?;
        let config = site.pool_config(name, port, proxy.port())?;
        Ok(Self {
            selection: site.channel("selection", port)?,
            operator: site.channel(xuanhao_operator::CALLER, port)?,
            config: site.write(&format!("{name}.yaml"), &config.to_string())?,
            ready_file: site.ready_file(name),
            daemon: None,
            proxy,
            port,
            name,
        })
    }

    /// Starts it and waits until it is ready. Blocks.
    ///
    /// # Errors
    /// When it does not become ready; with the end of its log.
    pub fn start(&mut self, site: &Site) -> Result<()> {
        self.stop()?;
        // A killed process leaves its file.
        let _ = fs::remove_file(&self.ready_file);
        let log = site.folder().join(format!("{}.log", self.name));
        let command = site.command(&["platepool"], &self.config);
        let daemon = self.daemon.insert(Daemon::start(self.name, command, log)?);
        let file = &self.ready_file;
        daemon.wait_ready(READY_LIMIT, |pid| {
            let ready = ReadyFile::read(file).ok().flatten();
            ready.is_some_and(|ready| ready.pid == pid)
        })?;
        Ok(())
    }

    /// Whether it was started and nobody has ended it since.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.daemon.is_some()
    }

    /// SIGTERM, and waits for its end. Blocks.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn stop(&mut self) -> Result<()> {
        match self.daemon.take() {
            Some(mut daemon) => Ok(daemon.stop(&STOP)?),
            None => Ok(()),
        }
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn kill9(&mut self) -> Result<()> {
        match self.daemon.take() {
            Some(mut daemon) => Ok(daemon.kill9()?),
            None => Ok(()),
        }
    }

    /// Stops it where it stands (SIGSTOP).
    ///
    /// # Errors
    /// When the helper that ends the freeze with us cannot be started.
    pub fn freeze(&mut self) -> Result<()> {
        match &mut self.daemon {
            Some(daemon) => Ok(daemon.freeze()?),
            None => Ok(()),
        }
    }

    /// Lets it go on.
    pub fn thaw(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            daemon.thaw();
        }
    }

    /// An error with the end of its log when it ended by itself.
    ///
    /// # Errors
    /// As said.
    pub fn check(&mut self) -> Result<()> {
        let Some(daemon) = &mut self.daemon else {
            return Ok(());
        };
        if let Some(status) = daemon.ended()? {
            let log_tail = daemon.log_tail();
            anyhow::bail!("{} ended by itself ({status}): {log_tail}", self.name);
        }
        Ok(())
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.kill9();
    }
}
