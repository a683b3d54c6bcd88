//! Benchmarks of the pool engine and of a release day.
//!
//! Every speed claim of this repository comes from here. The programs measured are processes of their
//! own, on servers of their own; nothing timed runs inside the tests.

pub mod measure;
pub mod pool;
pub mod release_day;
