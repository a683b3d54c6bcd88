//! What a service is built with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{info, warn};

use super::ready::ReadyFile;
use super::tasks::{Failure, Phase, Tasks};
use crate::admin::Readiness;
use crate::authz::{Caller, Table};
use crate::clock::Clock;
use crate::config::Config;
use crate::grpc::{self, ClientChannel, ClientConfig, Drained, Server};
use crate::principal::Verifier;
use crate::tls::{self, Identity};

type Closer = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Handed to a service's build. Cheap to clone.
#[derive(Clone)]
pub struct Boot(Arc<Inner>);

struct Inner {
    name: &'static str,
    version: &'static str,
    config: Config,
    identity: Identity,
    readiness: Readiness,
    tasks: [Tasks; Phase::COUNT],
    failures: tokio::sync::Mutex<mpsc::UnboundedReceiver<Failure>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ready: bool,
    addresses: BTreeMap<String, SocketAddr>,
    simulators: Vec<String>,
    leavers: Vec<Closer>,
    closers: Vec<Closer>,
}

impl Boot {
    pub(super) fn new(
        name: &'static str,
        version: &'static str,
        config: Config,
        identity: Identity,
        readiness: Readiness,
    ) -> Self {
        let (sender, failures) = mpsc::unbounded_channel();
        let limits = &config.lifecycle;
        let all = Duration::from_millis(limits.drain_limit_ms);
        // The listener drops what is left at its own limit; a second more lets it say so.
        let rpcs = Duration::from_millis(limits.rpc_drain_limit_ms + 1_000);
        let phases = [
            Phase::Rpcs,
            Phase::Consumers,
            Phase::Jobs,
            Phase::Relay,
            Phase::Last,
        ];
        let tasks = phases.map(|phase| {
            let limit = if phase == Phase::Rpcs {
                rpcs.min(all)
            } else {
                all
            };
            Tasks::new(phase, limit, sender.clone())
        });
        let (failures, state) = (tokio::sync::Mutex::new(failures), Mutex::default());
        let inner = Inner {
            name,
            version,
            config,
            identity,
            readiness,
            tasks,
            failures,
            state,
        };
        Self(Arc::new(inner))
    }

    /// The service's name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// The chassis' part of the configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Our certificate, to connect to others with.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// To add checks to.
    pub fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    /// The tasks of a phase.
    pub fn tasks(&self, phase: Phase) -> &Tasks {
        &self.0.tasks[phase as usize]
    }

    /// A channel to another service; see [`grpc::connect`].
    ///
    /// # Errors
    /// When the endpoint is malformed.
    pub fn connect(
        &self,
        config: &ClientConfig,
        peer: Caller,
    ) -> Result<ClientChannel, grpc::BadEndpoint> {
        grpc::connect(config, peer, &self.0.identity)
    }

    /// A gRPC server with our certificate, limits and, where configured, the keys of principals.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn server(&self, table: Table, clock: &Clock) -> Result<Server, crate::signed::Error> {
        let server = Server::new(&self.0.config.server, self.0.identity.clone(), table);
        let Some(keys) = &self.0.config.principals else {
            return Ok(server);
        };
        let verifier = Verifier::load(keys, clock.clone())?;
        let tasks = self.tasks(Phase::Last);
        let fresh = verifier
            .clone()
            .keep_fresh(tls::LOOK_EVERY, tasks.stopping());
        tasks.spawn_endless("principal keys", fresh);
        Ok(server.principals(verifier))
    }

    /// Starts answering; the address goes into the ready file as `grpc`.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn serve(&self, server: Server) -> Result<SocketAddr, grpc::Error> {
        let bound = server.bind().await?;
        let address = bound.address();
        self.announce("grpc", address);
        self.0.readiness.add_services(bound.service_names());
        let tasks = self.tasks(Phase::Rpcs);
        let stop = tasks.stopping();
        let limit = Duration::from_millis(self.0.config.lifecycle.rpc_drain_limit_ms);
        tasks.spawn_endless("grpc", async move {
            if bound.serve(stop, limit).await == Drained::ByLimit {
                warn!("some calls were cut off");
            }
        });
        Ok(address)
    }

    /// Puts an address into the ready file.
    pub fn announce(&self, kind: &str, address: SocketAddr) {
        self.state().addresses.insert(kind.to_owned(), address);
    }

    /// Says that an outside system is only simulated; told at start and in the ready file.
    pub fn simulated(&self, system: impl Into<String>) {
        self.state().simulators.push(system.into());
    }

    /// Runs first of all when the service is told to stop, while calls are still answered: to hand
    /// over what others can go on with. All of these run at once, and may take half of the drain's
    /// limit.
    pub fn on_leaving<F>(&self, leave: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.state().leavers.push(Box::new(|| Box::pin(leave())));
    }

    /// Runs when every phase has ended, the last added first.
    pub fn at_end<F>(&self, close: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.state().closers.push(Box::new(|| Box::pin(close())));
    }

    /// Tells everybody that the service is ready.
    pub(super) fn become_ready(&self) -> std::io::Result<()> {
        let file = {
            let mut state = self.state();
            state.ready = true;
            ReadyFile {
                service: self.0.name.to_owned(),
                version: self.0.version.to_owned(),
                pid: std::process::id(),
                addresses: state.addresses.clone(),
                simulators: state.simulators.clone(),
            }
        };
        self.0.readiness.set_accepting(true);
        if let Some(path) = &self.0.config.ready_file {
            file.write(path)?;
        }
        info!(
            version = file.version,
            pid = file.pid,
            addresses = ?file.addresses,
            simulators = file.simulators.join(","),
            clock_offset_s = self.0.config.clock.simulated_offset_s,
            "ready",
        );
        Ok(())
    }

    /// `true` if it was ready.
    pub(super) fn become_unready(&self) -> bool {
        self.0.readiness.set_accepting(false);
        self.0
            .config
            .ready_file
            .as_deref()
            .inspect(|path| remove(path));
        std::mem::take(&mut self.state().ready)
    }

    /// Waits for a task that ends as it must not.
    pub(super) async fn failed(&self) -> Failure {
        let failure = self.0.failures.lock().await.recv().await;
        failure.expect("the tasks hold senders as long as this lives")
    }

    /// What is to be done while calls are still answered. `false` if it had to be cut off.
    pub(super) async fn leave(&self) -> bool {
        let leavers = std::mem::take(&mut self.state().leavers);
        let limit = Duration::from_millis(self.0.config.lifecycle.drain_limit_ms / 2);
        let all = futures::future::join_all(leavers.into_iter().map(|leave| leave()));
        let in_time = timeout(limit, all).await.is_ok();
        if !in_time {
            warn!("not everything could be handed over");
        }
        in_time
    }

    pub(super) async fn close(&self) {
        loop {
            let Some(close) = self.state().closers.pop() else {
                return;
            };
            close().await;
        }
    }

    pub(super) fn kill(&self) {
        self.0.tasks.iter().for_each(Tasks::kill);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .state
            .lock()
            .expect("no panic while the lock is held")
    }
}

impl std::fmt::Debug for Boot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Boot")
            .field("name", &self.0.name)
            .finish_non_exhaustive()
    }
}

fn remove(path: &Path) {
    // It may never have been written.
    let _ = std::fs::remove_file(path);
}
