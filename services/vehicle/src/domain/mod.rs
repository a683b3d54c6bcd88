//! The rules: pure, without time, database or network of their own.

pub mod assessment;
pub mod buyer;
pub mod claim;
pub mod import;
