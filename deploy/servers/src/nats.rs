//! One private nats-server with JetStream.

mod access;
mod probe;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use access::{NatsAccess, NatsAccount, NatsSecret, NatsUser};

use crate::files::{lock, make_passable, write_private};
use crate::process::{Daemon, DeathSignal, give_to_server_user, server_command};
use crate::{Durability, Error, NatsTools, ports, secret};

const READY_LIMIT: Duration = Duration::from_secs(30);
const PORT_TRIES: usize = 8;
const STOP: [(&str, Duration); 1] = [("TERM", Duration::from_secs(10))];

/// How a nats-server is to run.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// Where streams, configuration and log are kept; made when missing, used again when there.
    pub store_dir: PathBuf,
    pub durability: Durability,
    /// Who may connect and what each may say.
    pub access: NatsAccess,
    /// A fixed client port, or `None` for any free one.
    pub port: Option<u16>,
    /// Whether to serve the HTTP monitor (`/varz`, `/jsz` …) on another free loopback port.
    pub monitor: bool,
    /// Upper bound of all streams on disk, in mebibytes.
    pub max_file_store_mib: u32,
    /// Further configuration text in the server's own language, such as a `tls { … }` block.
    pub extra_config: String,
}

impl NatsOptions {
    /// Full durability, no authorisation, any free port, no monitor, 2 GiB of streams.
    #[must_use]
    pub fn new(store_dir: impl Into<PathBuf>) -> Self {
        Self {
            store_dir: store_dir.into(),
            durability: Durability::Full,
            access: NatsAccess::Open,
            port: None,
            monitor: false,
            max_file_store_mib: 2_048,
            extra_config: String::new(),
        }
    }
}

/// A running (or stopped, restartable) private nats-server. Stops when dropped.
pub struct Nats {
    tools: NatsTools,
    options: NatsOptions,
    ports: Ports,
    daemon: Daemon,
    _lock: File,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    client: u16,
    monitor: Option<u16>,
}

impl Nats {
    /// Starts the server and waits until JetStream serves.
    ///
    /// # Errors
    /// When another process uses the folder, or the server does not come up.
    pub fn start(tools: &NatsTools, options: NatsOptions) -> Result<Self, Error> {
        let dir = &options.store_dir;
        make_passable(dir)?;
        let streams = dir.join("streams");
        make_passable(&streams)?;
        give_to_server_user(&streams)?;
        let lock = lock(dir)?;
        let (ports, daemon) = launch(tools, &options, None)?;
        Ok(Self {
            tools: tools.clone(),
            options,
            ports,
            daemon,
            _lock: lock,
        })
    }

    /// URL without a user: for open access, or for clients that bring their own credentials.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.ports.client)
    }

    /// URL with the name and password of a configured user; `None` when there is no such user or
    /// it has a key instead of a password.
    #[must_use]
    pub fn url_of(&self, user: &str) -> Option<String> {
        let password = self.options.access.password_of(user)?;
        Some(format!(
            "nats://{user}:{password}@127.0.0.1:{}",
            self.ports.client
        ))
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.ports.client
    }

    /// Port of the HTTP monitor, when asked for.
    #[must_use]
    pub fn monitor_port(&self) -> Option<u16> {
        self.ports.monitor
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    #[must_use]
    pub fn log_file(&self) -> &Path {
        self.daemon.log()
    }

    /// Whether the process runs (a stopped or killed one does not, a frozen one does).
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.daemon.ended(), Ok(None))
    }

    /// Orderly stop. Does nothing when it is down already.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.daemon.stop(&STOP)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When the process cannot be waited for.
    pub fn kill9(&mut self) -> Result<(), Error> {
        self.daemon.kill9()
    }

    /// Freezes the server (SIGSTOP), as a hung machine would look from outside.
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

    /// Stops it when it runs, and starts it on the same streams and ports.
    ///
    /// # Errors
    /// When the server does not come up.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.stop()?;
        let (_, daemon) = launch(&self.tools, &self.options, Some(self.ports))?;
        self.daemon = daemon;
        Ok(())
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.stop();
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ports, dir) = (&self.ports, &self.options.store_dir);
        f.debug_struct("Nats")
            .field("ports", ports)
            .field("dir", dir)
            .finish_non_exhaustive()
    }
}

/// Starts the server on the ports given, or on free ones until none was taken in between.
fn launch(
    tools: &NatsTools,
    options: &NatsOptions,
    ports: Option<Ports>,
) -> Result<(Ports, Daemon), Error> {
    let fixed = ports.is_some() || options.port.is_some();
    for _ in 0..PORT_TRIES {
        let chosen = ports.map_or_else(|| choose_ports(options), Ok)?;
        match launch_on(tools, options, chosen) {
            Ok(daemon) => return Ok((chosen, daemon)),
            Err(Error::Exited { log_tail, .. })
                if !fixed && log_tail.contains("address already in use") => {}
            Err(error) => return Err(error),
        }
    }
    Err(ports::none_left())
}

fn choose_ports(options: &NatsOptions) -> Result<Ports, Error> {
    let client = options.port.map_or_else(ports::free, Ok)?;
    let monitor = if options.monitor {
        Some(ports::free()?)
    } else {
        None
    };
    Ok(Ports { client, monitor })
}

fn launch_on(tools: &NatsTools, options: &NatsOptions, ports: Ports) -> Result<Daemon, Error> {
    // A fresh name tells our server from another one that took the port first.
    let name = format!("private-{}", secret()?);
    let config = options.store_dir.join("nats.conf");
    write_private(&config, &config_text(options, ports, &name))?;
    let mut command = server_command(tools.program(), DeathSignal::Terminate)?;
    command.arg("--config").arg(&config);
    let mut daemon = Daemon::start("nats-server", command, options.store_dir.join("nats.log"))?;
    daemon.wait_ready(READY_LIMIT, |_| {
        probe::serves_jetstream(ports.client, &name) && ports.monitor.is_none_or(probe::is_healthy)
    })?;
    Ok(daemon)
}

fn config_text(options: &NatsOptions, ports: Ports, name: &str) -> String {
    let quoted = access::quoted;
    let mut text = format!("server_name: {}\n", quoted(name));
    text.push_str(&format!("host: \"127.0.0.1\"\nport: {}\n", ports.client));
    if let Some(monitor) = ports.monitor {
        text.push_str(&format!("http: \"127.0.0.1:{monitor}\"\n"));
    }
    let streams = options.store_dir.join("streams");
    text.push_str("jetstream {\n");
    text.push_str(&format!(
        "  store_dir: {}\n",
        quoted(&streams.to_string_lossy())
    ));
    text.push_str(&format!(
        "  max_file_store: {}MB\n",
        options.max_file_store_mib
    ));
    text.push_str("  max_memory_store: 256MB\n");
    if options.durability == Durability::Full {
        text.push_str("  sync_interval: always\n");
    }
    text.push_str("}\n");
    text.push_str(&options.access.config_text());
    text.push_str(&options.extra_config);
    text.push('\n');
    text
}
