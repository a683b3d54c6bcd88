//! Why an application was ended before its vehicle was registered.

use std::fmt;
use std::str::FromStr;

/// Who or what ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cause {
    /// An officer.
    Officer,
    /// The citizen, within the minutes policy grants.
    Undone,
    /// Another application's claim on the vehicle was verified.
    Evicted,
    /// The claim was never verified in its time.
    Lapsed,
    /// The outside answer or the review was no.
    Rejected,
}

impl Cause {
    /// Every cause.
    pub(crate) const ALL: [Self; 5] = [
        Self::Officer,
        Self::Undone,
        Self::Evicted,
        Self::Lapsed,
        Self::Rejected,
    ];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Undone => "undone",
            Self::Evicted => "evicted",
            Self::Lapsed => "lapsed",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stored word names no cause.
#[derive(Debug, thiserror::Error)]
#[error("unknown cause of voiding")]
pub(crate) struct UnknownCause;

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(text: &str) -> Result<Self, UnknownCause> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or(UnknownCause)
    }
}

/// Why an application was voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voided {
    pub(crate) cause: Cause,
    /// What the citizen is told.
    pub(crate) reason: String,
}
