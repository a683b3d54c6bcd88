//! From start to stop: one order for every service.
//!
//! Start: telemetry, identity, admin port, the service's own build, then ready. Stop, by SIGTERM or
//! SIGINT: unready, then what [others go on with](Boot::on_leaving), a pause in which clients turn
//! away, then each [`Phase`] in its order, then what was [opened](Boot::at_end) in reverse, the admin
//! port, telemetry. A second signal or the limit ends it at once. A task that ends by error or panic
//! ends the process, because half a service is worse than none.

mod boot;
mod parts;
mod ready;
mod signals;
mod tasks;

use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::admin::{Admin, Readiness};
use crate::config::Config;
use crate::error::chain;
use crate::telemetry::{Output, Telemetry};
use crate::tls::{self, Identity};

pub use boot::Boot;
pub use ready::ReadyFile;
pub use signals::Signals;
pub use tasks::{Phase, Tasks};

/// What is asked of any error that ends a build or a task.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Limits of stopping. The orchestrator's own limit must be longer than `drain_limit_ms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifecycleConfig {
    /// Between becoming unready and accepting nobody, so that clients can turn away.
    pub lameduck_ms: u64,
    /// The longest the calls in progress may take.
    pub rpc_drain_limit_ms: u64,
    /// The longest all of it may take.
    pub drain_limit_ms: u64,
}

impl Default for LifecycleConfig {
    fn default() -> Self {
        Self {
            lameduck_ms: 3_000,
            rpc_drain_limit_ms: 12_000,
            drain_limit_ms: 25_000,
        }
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Asked to, with nothing left undone.
    Clean,
    /// Asked to, but something was cut off.
    Cut,
    /// It could not start, or a part of it failed.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Cut | Exit::Failed => Self::FAILURE,
        }
    }
}

/// A busy worker looks for sockets that became ready after so many polls. With the runtime's own 61 the
/// answer of a commit, for which dozens wait, lay there for milliseconds.
const POLLS_BETWEEN_EVENTS: u32 = 13;

/// Runs a service until it is told to stop. `build` makes the service with what [`Boot`] offers and
/// returns; what it spawned goes on.
pub fn run<F, R, E>(
    name: &'static str,
    version: &'static str,
    config: &Config,
    build: F,
) -> ExitCode
where
    F: FnOnce(Boot) -> R,
    R: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get().max(2));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .event_interval(POLLS_BETWEEN_EVENTS)
        .enable_all()
        .build()
        .expect("the system gives threads to a process that starts");
    let exit = runtime.block_on(async {
        let signals = Signals::of_process();
        run_until(name, version, config, Output::Stdout, signals, build).await
    });
    // What the drain cut off must not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(100));
    exit.into()
}

/// [`run`] on the current runtime, with other signals and another place for log lines; for tests.
pub async fn run_until<F, R, E>(
    name: &'static str,
    version: &'static str,
    config: &Config,
    output: Output,
    mut signals: Signals,
    build: F,
) -> Exit
where
    F: FnOnce(Boot) -> R,
    R: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    tls::choose_library();
    let telemetry = match Telemetry::start(name, version, &config.telemetry, output) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprint(&format!("{name}: {}\n", chain(&error)));
            return Exit::Failed;
        }
    };
    let exit = match Running::start(name, version, config, &telemetry).await {
        Ok(running) => running.live(&mut signals, build).await,
        Err(error) => {
            error!(error = chain(error.as_ref()), "cannot start");
            Exit::Failed
        }
    };
    info!(exit = ?exit, "stopped");
    telemetry.stop(Duration::from_secs(3)).await;
    exit
}

/// Where log lines do not exist yet.
fn eprint(text: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
}

/// A process past its first steps.
struct Running {
    boot: Boot,
    admin_stop: CancellationToken,
}

impl Running {
    async fn start(
        name: &'static str,
        version: &'static str,
        config: &Config,
        telemetry: &Telemetry,
    ) -> Result<Self, BoxError> {
        let identity = Identity::load(&config.tls)?;
        let readiness = Readiness::default();
        let admin = Admin::bind(&config.admin, telemetry.clone(), readiness.clone()).await?;
        let boot = Boot::new(name, version, config.clone(), identity, readiness);
        boot.announce("admin", admin.address());
        let admin_stop = CancellationToken::new();
        boot.tasks(Phase::Last)
            .spawn("admin", admin.serve(admin_stop.clone()));
        let tasks = boot.tasks(Phase::Last);
        let fresh = boot
            .identity()
            .clone()
            .keep_fresh(tls::LOOK_EVERY, tasks.stopping());
        tasks.spawn_endless("certificates", fresh);
        Ok(Self { boot, admin_stop })
    }

    async fn live<F, R, E>(self, signals: &mut Signals, build: F) -> Exit
    where
        F: FnOnce(Boot) -> R,
        R: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        let built = tokio::select! {
            built = build(self.boot.clone()) => built.map_err(Into::into),
            () = signals.next() => {
                info!("told to stop while starting");
                return self.drain(signals, Exit::Clean).await;
            }
        };
        let exit = match built.and_then(|()| Ok(self.boot.become_ready()?)) {
            Err(error) => {
                error!(error = chain(error.as_ref()), "cannot start");
                Exit::Failed
            }
            Ok(()) => tokio::select! {
                () = signals.next() => Exit::Clean,
                failure = self.boot.failed() => {
                    error!(task = failure.task, error = failure.cause, "a task failed");
                    Exit::Failed
                }
            },
        };
        self.drain(signals, exit).await
    }

    /// Stops everything in its order, and at once when told again or too late.
    async fn drain(self, signals: &mut Signals, exit: Exit) -> Exit {
        let limits = &self.boot.config().lifecycle;
        let deadline = Instant::now() + Duration::from_millis(limits.drain_limit_ms);
        let drained = tokio::select! {
            drained = timeout_at(deadline, self.phases(exit)) => drained.unwrap_or(false),
            () = signals.next() => {
                warn!("told to stop at once");
                false
            }
        };
        self.admin_stop.cancel();
        self.boot.kill();
        if drained {
            exit
        } else {
            exit.max_severity(Exit::Cut)
        }
    }

    /// `true` if nothing had to be cut off.
    async fn phases(&self, exit: Exit) -> bool {
        let limits = &self.boot.config().lifecycle;
        let was_ready = self.boot.become_unready();
        let mut complete = true;
        if was_ready && exit == Exit::Clean {
            info!("stopping");
            complete &= self.boot.leave().await;
            sleep(Duration::from_millis(limits.lameduck_ms)).await;
        }
        for phase in Phase::DRAINED {
            complete &= self.boot.tasks(phase).stop().await;
        }
        self.boot.close().await;
        complete
    }
}

impl Exit {
    fn max_severity(self, other: Self) -> Self {
        if self == Self::Failed { self } else { other }
    }
}
