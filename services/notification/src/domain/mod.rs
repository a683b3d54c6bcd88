//! Pure rules of messages: what they say, when they are tried again or given up, and how providers do.

pub mod approval;
pub mod health;
pub mod message;
pub mod template;
