//! Names of the things the engine speaks of. Bare values: who makes them is the shell's business.

use std::fmt;

use uuid::Uuid;

/// One road of one vehicle to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplicationId(pub Uuid);

/// A set of numbers: issuing code, plate class and mask. Draws count through the segments of a pool
/// in the order of these ids (E9), so they are never reassigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(pub Uuid);

/// Segments opened together by a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub Uuid);

/// Numbers withheld together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WithholdingId(pub Uuid);

/// Keyed hash of the vehicle's VIN: the third unique key of live allocations (E8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VehicleKey(pub [u8; 32]);

/// Hash of a whole request, by which a repeat is told from another request under the same number:
/// the first half of a SHA-256. Half is enough. Both requests are of one application and one
/// operation, so nobody gains by two that look alike but who made both; and to make the second for a
/// given first takes 2¹²⁸ attempts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestHash(pub [u8; 16]);

/// Where a row stands in the office's log. The highest supersedes (E7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The writer's epoch.
    pub epoch: u64,
    /// Counts the rows of the epoch from 1.
    pub seq: u64,
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

// Hashes of what belongs to a citizen stay out of logs.
impl fmt::Debug for VehicleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VehicleKey(..)")
    }
}

impl fmt::Debug for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestHash(..)")
    }
}
