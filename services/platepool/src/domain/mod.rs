//! The plate pool's engine, without I/O: `(state, event, now, key) → (state, effects)`.
//!
//! | module | owns |
//! |---|---|
//! | [`engine`] | the queue, batches, what commits mean |
//! | [`state`] | the memory of one office: what every command does to it |
//! | [`rows`], [`command`] | what is written, what is asked |
//! | [`record`], [`hold`] | what is known of an application, what it holds |
//! | [`pool`] and its bitmaps | which numbers are free |
//! | [`draw`] | draws as a keyed function |
//! | [`pool_rules`] | the rules of an office's pool as a document |
//! | [`replay`] | checking a log against its own rows |
//!
//! The protocol sentences E1 to E10 and P3 to P9 are kept here, as far as they do not need a
//! database.

mod bitmap;
pub mod command;
pub mod draw;
pub mod engine;
pub mod error;
mod hashing;
pub mod hold;
pub mod ids;
pub mod limits;
pub mod pool;
pub mod pool_rules;
pub mod record;
pub mod replay;
pub mod rows;
pub mod rule;
mod segment;
pub mod state;

pub use engine::{Effect, Engine};
pub use error::Error;
