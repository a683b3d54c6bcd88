//! Starts a private Postgres and a private nats-server as plain child processes, and finds or
//! brings their programs.
//!
//! Owns: where tools and data live ([`Home`]), the pinned tools ([`Toolbox`]), the two servers
//! ([`Postgres`], [`Nats`]) and the faults a test may play on them (`kill9`, `sigstop`, `restart`).
//! It serves development and tests; production brings its own servers. The calls block: from
//! async code use a blocking thread.
//!
//! Promises: servers listen on 127.0.0.1 only; each ends with the process that started it, however
//! that process ends (see [`process`]); nothing is written outside [`Home::base`] and the folders
//! a caller names.

mod error;
mod files;
mod home;
pub mod nats;
pub mod ports;
pub mod postgres;
pub mod process;
mod random;
mod scratch;
pub mod shared;
mod tools;

pub use error::Error;
pub use home::Home;
pub use nats::{Nats, NatsAccess, NatsAccount, NatsOptions, NatsSecret, NatsUser};
pub use postgres::{Postgres, PostgresOptions};
pub use random::secret;
pub use scratch::Scratch;
pub use tools::{Finding, NatsTools, NodeTools, PostgresTools, Toolbox};

/// How much a server may lose when the machine (not merely the server) goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// What a server acknowledged survives a power cut.
    #[default]
    Full,
    /// Nothing is forced to disk: fast, right for throw-away test data and for nothing else.
    /// A killed server process still loses nothing, because the kernel keeps what was written.
    TestOnlyFast,
}
