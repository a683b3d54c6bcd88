//! Bounds of the engine.

use jiff::SignedDuration;

/// Bounds of the engine. The defaults suit an office of a province.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests that may wait; beyond it callers are told `Overloaded`.
    pub queue: usize,
    /// Requests decided in one batch.
    pub batch: usize,
    /// The furthest `not_after` accepted. Rebuilds read the rows of that span (E7).
    pub longest_not_after: SignedDuration,
    /// How long the last row of an application that holds nothing stays in memory. Afterwards it is
    /// read again when it is needed.
    pub remember: SignedDuration,
    /// The longest time a column or a basket is held.
    pub longest_hold: SignedDuration,
    /// Numbers in all pools of the office.
    pub numbers: u64,
    /// Numbers in one draw.
    pub draw: u32,
    /// Wishes in one round, and numbers in one basket.
    pub wishes: usize,
    /// Numbers in one import command.
    pub import: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            queue: 16_384,
            batch: 128,
            longest_not_after: SignedDuration::from_mins(5),
            remember: SignedDuration::from_mins(1),
            longest_hold: SignedDuration::from_mins(30),
            numbers: 8_000_000,
            draw: 100,
            wishes: 100,
            import: 10_000,
        }
    }
}
