//! Faults against three replicas of the pool, and the judgement of what was answered.
//!
//! Owns: a small cluster of real processes (Postgres, nats-server, replicas, a wire between each
//! replica and Postgres), citizens who call it as selection does, faults on a seeded schedule, a
//! recorder of every call, and a judge who replays the log on one thread and compares it with
//! everything that was answered (V1–V6, I1–I7). It meets the pool as strangers do: over gRPC, and in
//! the rows. Loopback only; everything ends with the process.

pub mod durable;
pub mod evidence;
pub mod faults;
pub mod furnish;
pub mod history;
pub mod judge;
pub mod load;
pub mod options;
pub mod player;
pub mod proxy;
pub mod replica;
pub mod report;
pub mod run;
pub mod site;

pub use options::Options;
pub use report::Report;
pub use run::{judge_again, run};
