//! Proof of the engine core against a fake store that behaves as the database does: fences, unique
//! keys, statements that commit although their outcome never came.
//!
//! `protocol` proves the protocol's sentences one by one, `model` compares the engine with a naive
//! model, `simulation` runs many seeds of faults, `fairness` counts picks.

#![expect(
    clippy::unwrap_used,
    reason = "all of it is test code, most of it outside of test functions"
)]

mod fairness;
mod model;
mod office;
mod protocol;
mod simulation;
mod store;

/// What the caller of the tests sets, as a number.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration file"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|value| value.parse().expect("a number"))
}
