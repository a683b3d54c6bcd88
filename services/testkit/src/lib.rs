//! Test support: real servers, a database per test, certificates, bounded waits.
//!
//! Owns what a test needs around the code under test, and no stand-in for any of it: the database
//! is a Postgres and the bus is a nats-server. Everything panics with the reason when it cannot be
//! had, because a test has no better answer.
//!
//! Under `cargo xtask test` (or `cargo xtask with-servers COMMAND…`) all tests share one Postgres
//! and one nats-server; otherwise each process starts its own at the first need. Either way a test
//! sees nothing of another one: [`TestDatabase`] is a database of its own, [`TestBus`] an account
//! of its own with its own streams. Faults are played on servers of one's own: [`own_postgres`],
//! [`own_nats`].

mod bus;
mod certs;
mod database;
mod own;
mod wait;

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

pub use bus::TestBus;
pub use certs::{Certs, Leaf, LeafFiles, certs};
pub use database::TestDatabase;
pub use own::{OwnNats, OwnPostgres, own_nats, own_nats_with, own_postgres};
pub use wait::{wait_for, wait_until};
pub use xuanhao_servers::{NatsAccess, NatsSecret, NatsUser, Scratch, ports};

use xuanhao_servers::{Home, Toolbox};

/// Superuser URL of the Postgres that this test shares with others.
///
/// # Panics
/// When no Postgres can be started.
#[must_use]
pub fn postgres() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(database::shared_url)
}

/// A new empty folder that goes with the returned value and that the servers' user can reach.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn temp_dir() -> Scratch {
    must(Scratch::new(&home(), "test"), "making a folder")
}

fn home() -> Home {
    must(Home::discover(), "finding the checkout")
}

fn toolbox() -> Toolbox {
    Toolbox::new(home())
}

/// The value, or a panic that tells the whole chain of causes.
#[track_caller]
fn must<T, E: Error>(result: Result<T, E>, doing: impl fmt::Display) -> T {
    result.unwrap_or_else(|error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            text.push_str(&format!(": {next}"));
            cause = next.source();
        }
        panic!("{doing}: {text}")
    })
}
