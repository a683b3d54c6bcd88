//! Whether a connection is used.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// After a goodbye, what is on its way arrives within this.
const LINGER: Duration = Duration::from_millis(500);

/// The requests in progress on one connection. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    in_progress: AtomicUsize,
    changed: Notify,
}

/// One request in progress, until this is dropped.
#[derive(Debug)]
pub(super) struct Busy(Activity);

impl Activity {
    pub(super) fn new() -> Self {
        let (in_progress, changed) = (AtomicUsize::new(0), Notify::new());
        Self(Arc::new(Inner {
            in_progress,
            changed,
        }))
    }

    pub(super) fn begin(&self) -> Busy {
        self.0.in_progress.fetch_add(1, Ordering::Relaxed);
        self.0.changed.notify_one();
        Busy(self.clone())
    }

    /// Waits until nothing has been in progress and nothing has begun for so long.
    pub(super) async fn idle_for(&self, limit: Duration) {
        loop {
            let changed = timeout(limit, self.0.changed.notified()).await.is_ok();
            if !changed && self.is_idle() {
                return;
            }
        }
    }

    /// Waits until nothing has been in progress for a moment.
    pub(super) async fn quiet(&self) {
        loop {
            sleep(LINGER).await;
            if self.is_idle() {
                return;
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.0.in_progress.load(Ordering::Relaxed) == 0
    }
}

impl Busy {
    /// Lasts until the last byte of the answer is handed over.
    pub(super) fn until_the_end_of(self, body: Body) -> Body {
        Body::new(BusyBody { body, _busy: self })
    }
}

struct BusyBody {
    body: Body,
    _busy: Busy,
}

impl HttpBody for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.in_progress.fetch_sub(1, Ordering::Relaxed);
        self.0.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_only_after_its_last_request() {
        let activity = Activity::new();
        let busy = activity.begin();
        let limit = Duration::from_secs(10);
        timeout(limit * 5, activity.idle_for(limit))
            .await
            .expect_err("a request is in progress");
        drop(busy);
        let ended = tokio::time::Instant::now();
        activity.idle_for(limit).await;
        assert!(ended.elapsed() >= limit);
    }
}
