//! The edge as its clients see it: a real one over TLS, before peers that record what they are asked
//! behind real mutual TLS and real principals. What the services themselves do is not played here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests race tasks of their own and sign by the machine's time"
)]

mod bad_input;
mod beside;
mod browser;
mod document;
mod fakes;
mod house;
mod lifecycle;
mod limits;
mod national;
mod origins;
mod pages;
mod peers_away;
mod portal;
mod problems;
mod road;
mod selecting;
mod sessions;
mod strangers;
mod voucher;
