//! Notification through its door: real Postgres and mutual TLS; the vendor is an HTTP server that
//! speaks its wire format.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests look at rows that no query of the service shows"
)]

mod aliyun;
mod bad_input;
mod house;
mod messages;
mod program;
mod switching;
mod templates;
mod tencent;
