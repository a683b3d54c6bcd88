//! Waits that are bounded and look at state, never at the clock alone.

use std::panic::Location;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(10);

/// Waits until `check` answers true.
///
/// # Panics
/// When it has not within `limit`, naming the caller's line.
#[track_caller]
pub fn wait_until<F>(limit: Duration, mut check: impl FnMut() -> F) -> impl Future<Output = ()>
where
    F: Future<Output = bool>,
{
    wait_for(limit, move || {
        let answer = check();
        async move { answer.await.then_some(()) }
    })
}

/// Waits until `check` finds a value, and returns it.
///
/// # Panics
/// When it has not within `limit`, naming the caller's line. A `check` that hangs counts as well.
#[track_caller]
pub fn wait_for<T, F>(limit: Duration, mut check: impl FnMut() -> F) -> impl Future<Output = T>
where
    F: Future<Output = Option<T>>,
{
    let caller = Location::caller();
    async move {
        let start = Instant::now();
        // Looked at once more after the limit: a slow machine may have slept past it.
        loop {
            let left = limit.saturating_sub(start.elapsed());
            match tokio::time::timeout(left.max(POLL), check()).await {
                Ok(Some(found)) => return found,
                Ok(None) if !left.is_zero() => tokio::time::sleep(POLL).await,
                _ => panic!("{caller}: not so after {limit:?}"),
            }
        }
    }
}
