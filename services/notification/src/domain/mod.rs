//! Pure rules of messages: what they say, and when they are tried again or given up.

pub mod message;
pub mod template;
