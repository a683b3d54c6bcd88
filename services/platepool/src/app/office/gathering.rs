//! A moment's wait for a batch that is worth its commit.
//!
//! A commit costs nearly the same for one request as for a hundred. When many were answered at once,
//! many are about to ask: those same callers, or whoever waited behind them for a place. Without the
//! wait the first few of them would have a commit of their own, and all the others would wait for it.
//! Where few ask, nobody waits.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::domain::engine::Effect;

/// Fewer answers than these promise nothing.
const FEWEST: usize = 8;
/// The longest wait; a commit takes about as long.
const LONGEST: Duration = Duration::from_millis(1);

/// A batch that is being gathered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gathering {
    until: Instant,
    /// As many as were answered are all that are expected.
    expected: usize,
}

impl Gathering {
    /// After a batch that had these effects.
    pub(super) fn after<T>(effects: &[Effect<T>]) -> Option<Self> {
        let is_answer = |effect: &&Effect<T>| matches!(effect, Effect::Answer { .. });
        let expected = effects.iter().filter(is_answer).count();
        (expected >= FEWEST).then(|| Self {
            until: Instant::now() + LONGEST,
            expected,
        })
    }

    /// Whether it is worth waiting for more than those who wait already.
    pub(super) fn goes_on(&self, waiting: usize) -> bool {
        waiting < self.expected && Instant::now() < self.until
    }
}

/// Waits for the end of the longest wait; for ever where nothing is gathered.
pub(super) async fn end(gathering: Option<Gathering>) {
    match gathering {
        Some(gathering) => sleep_until(gathering.until).await,
        None => std::future::pending().await,
    }
}
