//! What a run is.

use std::path::PathBuf;
use std::time::Duration;

use xuanhao_servers::Durability;

/// What a run is.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long load and faults last.
    pub duration: Duration,
    /// Fixes the citizens' choices and the schedule of faults. Processes and networks go their own
    /// ways, so a run of the same seed is alike and not the same.
    pub seed: u64,
    /// Citizens at once.
    pub clients: u32,
    /// Replicas of the pool.
    pub replicas: usize,
    /// Between a citizen's calls, on average.
    pub think: Duration,
    /// Where histories are written.
    pub folder: PathBuf,
    /// Of the servers.
    pub durability: Durability,
    /// The longest citizens may need afterwards to find out what came of their last operation.
    pub finding_out: Duration,
    /// Faults that are played; all if it is empty.
    pub only: Vec<crate::faults::Kind>,
}
