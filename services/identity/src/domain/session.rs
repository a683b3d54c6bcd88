//! How long a session lives.

use jiff::{SignedDuration, Timestamp};

use super::limits::{after, before};

/// The lifetimes of a kind of session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Ends after so long without use.
    pub idle: SignedDuration,
    /// Ends so long after it began, used or not.
    pub absolute: SignedDuration,
}

/// A use is written down only when the last one written is that old: reading is not writing.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(30);

impl Lifetimes {
    /// When a session that begins now ends at the latest.
    pub fn ends_at(&self, now: Timestamp) -> Timestamp {
        after(now, self.absolute)
    }

    /// Sessions last used before this instant are over.
    pub fn idle_since(&self, now: Timestamp) -> Timestamp {
        before(now, self.idle)
    }
}

/// Uses noted before this instant are to be noted again.
pub fn stale_use(now: Timestamp) -> Timestamp {
    before(now, NOTED_EVERY)
}
