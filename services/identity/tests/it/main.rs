//! Identity through its door: real Postgres, mutual TLS, and a peer that acts as notification.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at rows that no query of the service shows, and race tasks of their own"
)]

mod accounts;
mod attacks;
mod bad_input;
mod captchas;
mod challenges;
mod counter;
mod desk;
mod documents;
mod door;
mod enrolment;
mod house;
mod initial_password;
mod mobile;
mod notification;
mod organisations;
mod people;
mod program;
mod reset;
mod roles;
mod service_points;
mod sessions;
mod staff;
