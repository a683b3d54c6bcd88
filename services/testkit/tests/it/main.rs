//! The test support itself, against the real servers.
#![cfg(test)]

mod bus;
mod certs;
mod database;
mod wait;
