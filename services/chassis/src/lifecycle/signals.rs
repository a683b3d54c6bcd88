//! What tells a process to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// The first asks for a drain, the second for an end at once.
#[derive(Debug)]
pub struct Signals(mpsc::Receiver<()>);

impl Signals {
    /// SIGTERM and SIGINT.
    ///
    /// # Panics
    /// When the system takes no signal handlers, or outside a runtime.
    #[expect(
        clippy::disallowed_methods,
        reason = "listens as long as the process lives"
    )]
    pub fn of_process() -> Self {
        let (sender, signals) = Self::manual();
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let mut signal = signal(kind).expect("the system takes signal handlers");
            let sender = sender.clone();
            tokio::spawn(async move {
                while signal.recv().await.is_some() && sender.send(()).await.is_ok() {}
            });
        }
        signals
    }

    /// Signals a test sends.
    pub fn manual() -> (mpsc::Sender<()>, Self) {
        let (sender, receiver) = mpsc::channel(4);
        (sender, Self(receiver))
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
