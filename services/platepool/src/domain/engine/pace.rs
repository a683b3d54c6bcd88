//! How fast the queue drains, so that those it has no room for are told when to come back.

use jiff::{SignedDuration, Timestamp};

/// Nobody is told to come back sooner, or later.
const SOONEST: SignedDuration = SignedDuration::from_millis(100);
const LATEST: SignedDuration = SignedDuration::from_secs(10);

/// What is assumed before the queue was ever longer than a batch.
const UNKNOWN: SignedDuration = SignedDuration::from_secs(1);

/// The time that a request takes, on a moving average over batches.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<(Timestamp, usize)>,
    each: Option<SignedDuration>,
}

impl Pace {
    /// A batch of `taken` requests is decided at `now`. Only one that leaves a queue behind tells
    /// something: the next follows as soon as it can.
    pub(super) fn decided(&mut self, now: Timestamp, taken: usize, queue_is_left: bool) {
        if let Some((before, taken)) = self.last.take() {
            let requests = i32::try_from(taken).unwrap_or(i32::MAX).max(1);
            let sample = now.duration_since(before).max(SignedDuration::ZERO) / requests;
            self.each = Some(self.each.map_or(sample, |each| (each * 7 + sample) / 8));
        }
        self.last = (queue_is_left && taken > 0).then_some((now, taken));
    }

    /// When it is worth coming back to a queue of that length.
    pub(super) fn retry_after(&self, waiting: usize) -> SignedDuration {
        let waiting = i32::try_from(waiting).unwrap_or(i32::MAX);
        let wait = self.each.and_then(|each| each.checked_mul(waiting));
        wait.unwrap_or(UNKNOWN).clamp(SOONEST, LATEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_follows_the_queue_and_the_pace() {
        let mut pace = Pace::default();
        assert_eq!(pace.retry_after(5_000), UNKNOWN);
        let mut now = Timestamp::UNIX_EPOCH;
        for _ in 0..100 {
            pace.decided(now, 1_000, true);
            now += SignedDuration::from_millis(200);
        }
        assert_eq!(pace.retry_after(10_000), SignedDuration::from_secs(2));
        assert_eq!(pace.retry_after(10), SOONEST);
        assert_eq!(pace.retry_after(1_000_000), LATEST);
        // An hour without a queue is no pace.
        pace.decided(now, 1, false);
        now += SignedDuration::from_hours(1);
        pace.decided(now, 1, false);
        assert_eq!(pace.retry_after(10_000), SignedDuration::from_secs(2));
    }
}
