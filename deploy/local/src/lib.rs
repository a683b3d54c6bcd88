//! The whole platform on one machine: Postgres, nats-server and the six services, each a process of
//! its own, with data of its own.
//!
//! Owns: starting and stopping all of it ([`Platform`]), the faults a test may play on it, filling it
//! as operators would ([`seed`]) and going through it as citizens do ([`Citizen`]). It runs the same
//! programs that production runs and reaches into none of them. It serves development,
//! demonstrations and tests: SMS, picture codes, registry and tax bureau are simulated.

mod bus;
mod certificates;
pub mod citizen;
mod config;
mod console;
mod databases;
mod folders;
mod interrupt;
mod journal;
mod keys;
mod memory;
mod papers;
pub mod people;
mod platform;
mod programs;
mod running;
pub mod seed;
mod service;
mod staff;
mod yaml;

pub use certificates::Credentials;
pub use citizen::Citizen;
pub use console::{Console, InitialCredentials, Sms};
pub use folders::Folders;
pub use interrupt::Interrupt;
pub use journal::new_id;
pub use memory::Resident;
pub use papers::Papers;
pub use people::{Person, PurchaseProof, Vehicle};
pub use platform::{Options, Place, Platform};
pub use programs::{BIN_DIR_VARIABLE, Programs};
pub use service::{Replica, Service};
pub use staff::Staff;

/// The owner of the database with the keys of persons, which stands apart (C4).
const KEY_STORE: &str = "keys";
/// Programs with a certificate that are no service of ours.
const CALLERS: [&str; 2] = ["xuanctl", "national"];
/// Where the platform's staff is responsible.
const PROVINCES: [&str; 2] = ["gd", "he"];
