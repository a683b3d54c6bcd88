//! One private Postgres.

mod cluster;

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::{lock, make_passable};
use crate::process::{Daemon, DeathSignal, server_command};
use crate::{Durability, Error, Home, PostgresTools, ports};

const READY_LIMIT: Duration = Duration::from_secs(60);
/// How often another port is tried when one was taken between choosing and binding.
const PORT_TRIES: usize = 8;
/// Fast shutdown, then immediate shutdown; SIGKILL comes last.
const STOP: [(&str, Duration); 2] = [
    ("INT", Duration::from_secs(15)),
    ("QUIT", Duration::from_secs(5)),
];
const SUPERUSER: &str = "postgres";

/// How a Postgres is to run.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Where the server keeps its data, password and log; made when missing, used again when there.
    pub data_dir: PathBuf,
    pub durability: Durability,
    pub max_connections: u16,
    /// A fixed port, or `None` for any free one.
    pub port: Option<u16>,
    /// Further settings, such as `("log_statement", "all")`.
    pub settings: Vec<(String, String)>,
    /// Where a pristine cluster may be cached. Copying it takes a sixth of the time of making one;
    /// the copies share the cache's password and system identifier, so this is for tests.
    pub cache: Option<Home>,
}

impl PostgresOptions {
    /// Full durability, 100 connections, any free port.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            durability: Durability::Full,
            max_connections: 100,
            port: None,
            settings: Vec::new(),
            cache: None,
        }
    }
}

/// A running (or stopped, restartable) private Postgres. Stops when dropped.
pub struct Postgres {
    tools: PostgresTools,
    options: PostgresOptions,
    password: String,
    port: u16,
    daemon: Daemon,
    _lock: File,
}

impl Postgres {
    /// Makes the cluster when there is none, starts the server and waits until it serves.
    ///
    /// # Errors
    /// When another process uses the folder, or the server does not come up.
    pub fn start(tools: &PostgresTools, options: PostgresOptions) -> Result<Self, Error> {
        let dir = &options.data_dir;
        make_passable(dir)?;
        let lock = lock(dir)?;
        let data = cluster::folder(dir);
        cluster::await_former_server(&data)?;
        if !data.is_dir() {
            cluster::make_or_copy(tools, &options)?;
        }
        let password = cluster::read_password(dir)?;
        let (port, daemon) = launch(tools, &options, options.port)?;
        Ok(Self {
            tools: tools.clone(),
            options,
            password,
            port,
            daemon,
            _lock: lock,
        })
    }

    /// Superuser URL of the `postgres` database.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Superuser URL of a database.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        format!(
            "postgres://{SUPERUSER}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Process id of the postmaster.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    #[must_use]
    pub fn log_file(&self) -> &Path {
        self.daemon.log()
    }

    #[must_use]
    pub fn tools(&self) -> &PostgresTools {
        &self.tools
    }

    /// Whether the process runs (a stopped or killed one does not, a frozen one does).
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.daemon.ended(), Ok(None))
    }

    /// Fast shutdown: clients are cut, data is flushed. Does nothing when it is down already.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.daemon.stop(&STOP)
    }

    /// `kill -9` of the postmaster; returns when its backends are gone too.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn kill9(&mut self) -> Result<(), Error> {
        self.daemon.kill9()
    }

    /// Freezes the whole server (SIGSTOP), as a hung machine would look from outside.
    ///
    /// # Errors
    /// When the helper that ends the freeze with us cannot be started.
    pub fn sigstop(&mut self) -> Result<(), Error> {
        self.daemon.freeze()
    }

    /// Lets a frozen server go on.
    pub fn sigcont(&mut self) {
        self.daemon.thaw();
    }

    /// Stops it when it runs, and starts it on the same data and port.
    ///
    /// # Errors
    /// When the server does not come up.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.stop()?;
        cluster::await_former_server(&cluster::folder(&self.options.data_dir))?;
        let (_, daemon) = launch(&self.tools, &self.options, Some(self.port))?;
        self.daemon = daemon;
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.stop();
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (port, dir) = (self.port, &self.options.data_dir);
        f.debug_struct("Postgres")
            .field("port", &port)
            .field("dir", dir)
            .finish_non_exhaustive()
    }
}

/// Starts the server on the port asked for, or on free ones until none was taken in between.
fn launch(
    tools: &PostgresTools,
    options: &PostgresOptions,
    port: Option<u16>,
) -> Result<(u16, Daemon), Error> {
    for _ in 0..PORT_TRIES {
        let chosen = port.map_or_else(ports::free, Ok)?;
        match launch_on(tools, options, chosen) {
            Ok(daemon) => return Ok((chosen, daemon)),
            Err(Error::Exited { log_tail, .. })
                if port.is_none() && log_tail.contains("Address already in use") => {}
            Err(error) => return Err(error),
        }
    }
    Err(ports::none_left())
}

fn launch_on(tools: &PostgresTools, options: &PostgresOptions, port: u16) -> Result<Daemon, Error> {
    let data = cluster::folder(&options.data_dir);
    let mut command = server_command(&tools.program("postgres"), DeathSignal::Interrupt)?;
    command.arg("-D").arg(&data);
    let mut set = |name: &str, value: &str| {
        command.arg("-c").arg(format!("{name}={value}"));
    };
    set("listen_addresses", "127.0.0.1");
    set("port", &port.to_string());
    set("unix_socket_directories", "");
    set("max_connections", &options.max_connections.to_string());
    set("max_wal_size", "1GB");
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    set("log_line_prefix", "%m [%p] %a %d ");
    // Compiling a query costs more than running any query we have.
    set("jit", "off");
    if options.durability == Durability::TestOnlyFast {
        // Commits still reach the kernel before they are acknowledged: `kill9` loses none.
        set("fsync", "off");
        set("full_page_writes", "off");
    }
    for (name, value) in &options.settings {
        set(name, value);
    }
    let log = options.data_dir.join("postgres.log");
    let mut daemon = Daemon::start("postgres", command, log)?;
    let pid_file = data.join("postmaster.pid");
    daemon.wait_ready(READY_LIMIT, |pid| is_ready(&pid_file, pid))?;
    Ok(daemon)
}

/// The postmaster writes its state into the eighth line of its pid file.
fn is_ready(pid_file: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next().and_then(|line| line.parse().ok()) == Some(pid) && lines.nth(6) == Some("ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_is_read_from_the_pid_file_of_our_own_server() {
        let scratch = crate::Scratch::new(&Home::discover().unwrap(), "pid-file").unwrap();
        let path = scratch.path().join("postmaster.pid");
        fs::write(&path, "42\n/data\n1\n5432\n\n127.0.0.1\n 1 2\nready   \n").unwrap();
        assert!(is_ready(&path, 42));
        assert!(!is_ready(&path, 43));
        fs::write(&path, "42\n/data\n1\n5432\n\n127.0.0.1\n 1 2\nstarting\n").unwrap();
        assert!(!is_ready(&path, 42));
    }
}
