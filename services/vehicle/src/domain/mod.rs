//! The rules: pure, without time, database or network of their own.

pub mod assessment;
pub mod binding;
pub mod buyer;
pub mod claim;
pub mod findings;
pub mod import;
pub mod question;
pub mod review;
pub mod suspicion;
