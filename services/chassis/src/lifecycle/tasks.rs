//! A service's background work, by the phase in which it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinError};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::BoxError;

/// The order in which a service stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Listeners: nobody is accepted, calls in progress end.
    Rpcs,
    /// Consumers of events.
    Consumers,
    /// Reconcilers and timers.
    Jobs,
    /// The outbox relay, after everything that writes events.
    Relay,
    /// Clock, certificates, admin port: needed until the end.
    Last,
}

impl Phase {
    /// Those that are waited for.
    pub(super) const DRAINED: [Self; 4] = [Self::Rpcs, Self::Consumers, Self::Jobs, Self::Relay];
    pub(super) const COUNT: usize = 5;
}

/// A task that ended as it must not.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) task: &'static str,
    pub(super) cause: String,
}

/// The tasks of one phase. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tasks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    phase: Phase,
    limit: Duration,
    stop: CancellationToken,
    tracker: TaskTracker,
    running: Mutex<Vec<AbortHandle>>,
    failures: mpsc::UnboundedSender<Failure>,
}

impl Tasks {
    pub(super) fn new(
        phase: Phase,
        limit: Duration,
        failures: mpsc::UnboundedSender<Failure>,
    ) -> Self {
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let running = Mutex::default();
        Self(Arc::new(Inner {
            phase,
            limit,
            stop,
            tracker,
            running,
            failures,
        }))
    }

    /// Cancelled when the phase is to end; tasks watch it.
    pub fn stopping(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Runs a task. It may end well at any time; an error or a panic ends the process.
    #[expect(clippy::disallowed_methods, reason = "this is where tasks are tracked")]
    pub fn spawn<E: Into<BoxError>>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let handle = tokio::spawn(async move { work.await.map_err(Into::into) });
        self.0
            .running
            .lock()
            .expect("no panic while the lock is held")
            .push(handle.abort_handle());
        let failures = self.0.failures.clone();
        self.0.tracker.spawn(async move {
            if let Some(cause) = cause_of(handle.await) {
                // The process may already have ended its listening.
                let _ = failures.send(Failure { task: name, cause });
            }
        });
    }

    /// Runs a task that knows no error.
    pub fn spawn_endless(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        self.spawn::<BoxError>(name, async move {
            work.await;
            Ok(())
        });
    }

    /// Asks the tasks to end and waits for them; `false` if some had to be cut off.
    pub(super) async fn stop(&self) -> bool {
        self.0.stop.cancel();
        self.0.tracker.close();
        let ended = timeout(self.0.limit, self.0.tracker.wait()).await.is_ok();
        if !ended {
            warn!(phase = ?self.0.phase, "tasks cut off");
            self.kill();
        }
        ended
    }

    pub(super) fn kill(&self) {
        self.0.stop.cancel();
        for task in self
            .0
            .running
            .lock()
            .expect("no panic while the lock is held")
            .drain(..)
        {
            task.abort();
        }
    }
}

fn cause_of(end: Result<Result<(), BoxError>, JoinError>) -> Option<String> {
    match end {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(crate::error::chain(error.as_ref())),
        // The panic hook has told more.
        Err(error) if error.is_panic() => Some("panic".to_owned()),
        Err(_aborted) => None,
    }
}
