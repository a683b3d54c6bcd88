//! The life of a message: `Queued → Sent → Delivered`, or `Failed` from either.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted, waiting for a provider.
    Queued,
    /// A provider took it.
    Sent,
    /// The provider reported delivery.
    Delivered,
    /// Given up.
    Failed,
}

impl Status {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// Why a message was given up; the words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It would have been of no use any more.
    Expired,
    /// The provider refused it for good.
    Refused,
    /// The provider reported that it cannot be delivered.
    Undeliverable,
    /// Its sealed data is gone.
    Erased,
}

impl Failure {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Undeliverable => "undeliverable",
            Self::Erased => "erased",
        }
    }
}

/// What a provider said to one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// It took the message and will tell about delivery under this reference.
    Accepted {
        /// The provider's own id.
        reference: String,
    },
    /// It took the message and there is nothing more to learn.
    Delivered,
    /// It will never take this message, and neither will another provider.
    Refused,
    /// This provider cannot take it as it is set up: its template, its signature, our account there.
    NotHere,
    /// It did not answer, or has troubles of its own.
    Failed,
    /// Not now; perhaps later, and not before this time has passed.
    Later(Duration),
}

/// What a provider knows about a message it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Nothing yet.
    Pending,
    /// It arrived.
    Delivered,
    /// It will not arrive.
    Undeliverable,
}

/// When messages are tried and asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// A claim that was not settled by then is anybody's again. Longer than any provider call.
    pub claim: SignedDuration,
    /// Pause after the first failed attempt; doubles with each.
    pub first_pause: SignedDuration,
    /// The longest pause.
    pub longest_pause: SignedDuration,
    /// Pause before the first question about delivery; doubles with each.
    pub first_report: SignedDuration,
    /// No report comes later than this after sending.
    pub reports_end: SignedDuration,
}

impl Rules {
    /// When a message is tried again after its `attempts`-th attempt, or `None` when that would be
    /// too late to be of use.
    pub fn retry_at(
        &self,
        attempts: u32,
        wait: Duration,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Option<Timestamp> {
        let wait = SignedDuration::try_from(wait).unwrap_or(self.longest_pause);
        let pause = doubled(self.first_pause, attempts.saturating_sub(1)).min(self.longest_pause);
        let at = now.checked_add(pause.max(wait)).ok()?;
        (at < expires_at).then_some(at)
    }

    /// When delivery is asked about next, or `None` when nobody can tell any more.
    pub fn report_at(&self, sent_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let since = now.duration_since(sent_at);
        let pause = since.max(self.first_report).min(self.longest_pause);
        let end = sent_at.checked_add(self.reports_end).ok()?;
        now.checked_add(pause).ok().filter(|at| *at <= end)
    }
}

fn doubled(first: SignedDuration, times: u32) -> SignedDuration {
    first
        .checked_mul(1_i32.checked_shl(times.min(16)).unwrap_or(i32::MAX))
        .unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn rules() -> Rules {
        Rules {
            claim: SignedDuration::from_secs(30),
            first_pause: SignedDuration::from_secs(2),
            longest_pause: SignedDuration::from_secs(60),
            first_report: SignedDuration::from_secs(5),
            reports_end: SignedDuration::from_secs(600),
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let (rules, far) = (rules(), at(1_000_000));
        let pause = |attempts| {
            rules
                .retry_at(attempts, Duration::ZERO, at(0), far)
                .unwrap()
                .as_second()
        };
        assert_eq!(
            [pause(1), pause(2), pause(3), pause(6), pause(40)],
            [2, 4, 8, 60, 60]
        );
        assert_eq!(
            rules.retry_at(1, Duration::from_secs(20), at(0), far),
            Some(at(20))
        );
        assert_eq!(
            rules.retry_at(1, Duration::ZERO, at(0), at(2)),
            None,
            "too late to be of use"
        );
    }

    #[test]
    fn reports_are_asked_for_less_and_less() {
        let rules = rules();
        assert_eq!(rules.report_at(at(0), at(0)), Some(at(5)));
        assert_eq!(rules.report_at(at(0), at(20)), Some(at(40)));
        assert_eq!(rules.report_at(at(0), at(300)), Some(at(360)));
        assert_eq!(rules.report_at(at(0), at(590)), None);
    }

    #[test]
    fn words_are_read_back() {
        for status in [
            Status::Queued,
            Status::Sent,
            Status::Delivered,
            Status::Failed,
        ] {
            assert_eq!(Status::from_word(status.as_str()), Some(status));
        }
        assert_eq!(Status::from_word("lost"), None);
    }
}
