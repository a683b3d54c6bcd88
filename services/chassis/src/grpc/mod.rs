//! How services speak with one another: gRPC under mutual TLS, with a deadline on every call.
//!
//! Answering: [`Server`] checks who calls and on whose behalf before any handler runs, sheds what it
//! cannot serve in time, and writes one line per call. Asking: [`connect`] gives a channel for the
//! generated clients, and [`call`] makes requests for them. [`read`] and [`timestamp()`] are what
//! messages and the services' own words have in common.

mod call;
mod client;
mod connection;
mod connector;
mod context;
mod gate;
mod observe;
pub mod read;
mod retry;
mod routes;
mod server;
pub mod status;
mod timeout;
mod timestamp;

pub use call::{CallExt, call};
pub use client::{BadEndpoint, ClientChannel, ClientConfig, connect, never_sent};
pub use context::{CallContext, current_deadline, until};
pub use server::{Bound, Drained, Error, Server, ServerConfig};
pub use timestamp::timestamp;

/// How much a peer may send of one call before it is read. Windows that adapt to the way would ask for
/// its length all the time, with a frame and a system call for many a call.
const STREAM_WINDOW: u32 = 1 << 20;
/// How much it may send on a connection.
const CONNECTION_WINDOW: u32 = 8 << 20;
