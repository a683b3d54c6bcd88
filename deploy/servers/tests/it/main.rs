//! Real servers, started, broken, restarted and stopped.
#![cfg(test)]

mod nats;
mod parent;
mod postgres;
mod support;
