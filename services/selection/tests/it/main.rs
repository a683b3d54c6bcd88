//! Selection through its door: real Postgres, mutual TLS, and peers that act as the services it asks.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at rows that no query of the service shows, and race tasks of their own"
)]

mod charging;
mod citizen;
mod credits;
mod door;
mod house;
mod info;
mod journey;
mod nation;
mod outcomes;
mod peers;
mod pool;
mod saga;
mod staff;
mod told;
