//! Vehicle through its door: real Postgres and mutual TLS; the gateways are HTTP servers that speak
//! their wire format.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at rows that no query of the service shows"
)]

mod assess;
mod bad_input;
mod bindings;
mod claims;
mod gateway;
mod house;
mod identity;
mod late;
mod program;
mod reviews;
