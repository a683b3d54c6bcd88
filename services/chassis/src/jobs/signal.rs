//! A wake-up that is never lost: raised while nobody waits, it is there for the next who does.

use tokio::sync::Notify;

/// Wakes one waiting worker. Several raisings before it wakes are one.
#[derive(Debug, Default)]
pub struct Signal(Notify);

impl Signal {
    /// Wakes the worker, now or when it next waits.
    pub fn raise(&self) {
        self.0.notify_one();
    }

    /// Waits until it is raised.
    pub async fn raised(&self) {
        self.0.notified().await;
    }
}
