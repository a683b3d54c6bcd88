//! Stories, each against a platform of separate processes.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "stories look at rows of services they do not import, and race tasks of their own"
)]

mod compose;
mod crash;
mod draw;
mod holds;
mod nation;
mod race;
mod repeat;
mod replicas;
mod stranger;
