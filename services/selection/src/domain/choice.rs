//! A number that waits for being confirmed: a held hit (R-SEL-10), or a chosen number whose code is
//! awaited (R-CNF-01).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::PlateNumber;

/// The number with its countdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// The number; the pool holds it as a column of one.
    pub(crate) plate: PlateNumber,
    /// Found by composing rather than drawn.
    pub(crate) composed: bool,
    /// Chosen: there is no way back (R-CNF-01).
    #[serde(rename = "final")]
    pub(crate) is_final: bool,
    /// The number is free from then on (R-CNF-02).
    pub(crate) until: Timestamp,
}

impl Choice {
    /// Whether its countdown still runs.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.until > now
    }
}
