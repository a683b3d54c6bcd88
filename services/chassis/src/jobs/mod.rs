//! Work in the background: leases, reconcilers and retention.

mod lease;
mod reconcile;
mod retention;
mod signal;

pub use lease::{Deposed, Lease, Leases};
pub use reconcile::{Progress, Reconciler};
pub use retention::{Retention, RetentionConfig};
pub use signal::Signal;
