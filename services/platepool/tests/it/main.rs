//! The pool on a real Postgres: what the protocol's sentences promise, where only a database can
//! prove it.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at rows that no query of the service shows, and race tasks of their own"
)]

mod announced;
mod bad_input;
mod batches;
mod choosing;
mod days;
mod door;
mod engine;
mod fences;
mod groups;
mod history;
mod house;
mod imports;
mod keys;
mod log;
mod operations;
mod process;
mod program;
mod proxy;
mod publication;
mod replicas;
mod returning;
mod rules;
mod segments;
mod stranger;
mod unknown;
mod withholdings;
