//! The chassis from outside: real servers, real certificates, one binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test starts tasks and peers of its own"
)]

mod authz;
mod bus;
mod certs;
mod clock;
mod config;
mod data;
mod db;
mod echo;
mod grpc;
mod http;
mod idempotency;
mod jobs;
mod lifecycle;
mod outbox;
mod replicas;
mod sealed;
mod telemetry;
mod tls;
mod tokens;
mod wait;
