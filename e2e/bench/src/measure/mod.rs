//! What measuring needs, whatever is measured: processor time and memory of processes, the disk's
//! speed, latencies, the machine, and the tables that tell it.

mod disk;
mod latency;
mod machine;
mod process;
pub mod verdict;

pub use disk::{Disk, Probe};
pub use latency::Latencies;
pub use machine::Machine;
pub use process::{Process, Ticks};
