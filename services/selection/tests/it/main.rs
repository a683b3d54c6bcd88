//! Selection through its door: real Postgres, mutual TLS, and peers that act as the services it asks.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at rows that no query of the service shows, and race tasks of their own"
)]

mod appeals;
mod bad_input;
mod charging;
mod citizen;
mod claims;
mod counter;
mod credits;
mod deadlines;
mod documents;
mod door;
mod hebei;
mod house;
mod identity;
mod info;
mod journey;
mod nation;
mod notices;
mod office;
mod outcomes;
mod peers;
mod policies;
mod pool;
mod publication;
mod resume;
mod saga;
mod staff;
mod told;
mod undo;
mod wrong_requests;
