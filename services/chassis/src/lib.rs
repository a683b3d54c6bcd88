//! What every service stands on: one way to start and stop, to read configuration, to reach
//! Postgres and NATS, to speak gRPC, to tell the time, to keep personal data and to be observed.
//!
//! The chassis knows no rule of plate selection and imports none of the other crates; it is
//! generic over messages and RPC paths.

pub mod admin;
pub mod authz;
pub mod bus;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod grpc;
pub mod idempotency;
pub mod ids;
pub mod inbox;
pub mod jobs;
pub mod lifecycle;
pub mod outbox;
pub mod principal;
pub mod random;
pub mod reason;
pub mod sealed;
pub mod signed;
pub mod telemetry;
pub mod tls;

pub use lifecycle::run;
