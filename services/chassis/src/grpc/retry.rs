//! Sending again: only what may be sent twice, a few times, spread out, and never as a storm.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tonic::{Code, Status};

use crate::error::Refusal;
use crate::random::SecureRandom;

/// Attempts of one call, the first included.
pub(super) const MOST_ATTEMPTS: u32 = 3;

const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Retries of a channel are paid for by its calls, so that a peer in trouble gets at most a tenth more.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Budget {
    const MOST: u32 = 100;
    const PRICE: u32 = 10;

    pub(super) fn full() -> Self {
        Self(AtomicU32::new(Self::MOST))
    }

    pub(super) fn earn(&self) {
        self.change(|balance| Some((balance + 1).min(Self::MOST)));
    }

    /// Whether a retry can be paid for; it then is.
    pub(super) fn spend(&self) -> bool {
        self.change(|balance| balance.checked_sub(Self::PRICE))
    }

    fn change(&self, change: impl Fn(u32) -> Option<u32>) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}

/// How long to wait before attempt `next` (2, 3, …), or `None` when the failure is final.
pub(super) fn pause(failure: &Status, next: u32, random: &SecureRandom) -> Option<Duration> {
    let asked = Refusal::from_status(failure).and_then(|refusal| refusal.retry_delay());
    let worth_it = match failure.code() {
        Code::Unavailable => true,
        // Shed before any work; other limits are the caller's own and last longer than a call.
        Code::ResourceExhausted => asked.is_some_and(|after| after <= Duration::from_secs(1)),
        _ => false,
    };
    if !worth_it || next > MOST_ATTEMPTS {
        return None;
    }
    let base = FIRST_PAUSE * 2u32.pow(next.saturating_sub(2));
    let spread = Duration::from_micros(random.below(1 + u64::try_from(base.as_micros()).ok()?));
    Some(asked.unwrap_or_default() + base / 2 + spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    #[test]
    fn retries_stop_when_the_budget_is_spent_and_calls_earn_them_again() {
        let budget = Budget::full();
        assert_eq!((0..20).filter(|_| budget.spend()).count(), 10);
        (0..10).for_each(|_| budget.earn());
        assert!(budget.spend());
        assert!(!budget.spend());
    }

    #[test]
    fn only_failures_before_any_work_are_tried_again() {
        let random = SecureRandom::seeded(7);
        let away = Status::unavailable("x");
        assert!(pause(&away, 2, &random).is_some());
        assert!(pause(&away, 3, &random).is_some());
        assert!(pause(&away, 4, &random).is_none());
        for code in [
            Code::Internal,
            Code::DeadlineExceeded,
            Code::Aborted,
            Code::NotFound,
        ] {
            assert!(
                pause(&Status::new(code, "x"), 2, &random).is_none(),
                "{code:?}"
            );
        }
        let shed = Refusal::new(Reason::Overloaded).retry_after(Duration::from_secs(1));
        let wait = pause(&shed.into(), 2, &random).unwrap();
        assert!(wait >= Duration::from_secs(1));
        let quota = Refusal::new(Reason::QuotaExceeded).param("remaining", 0u32);
        assert!(pause(&quota.into(), 2, &random).is_none());
    }
}
