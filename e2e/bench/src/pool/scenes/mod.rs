//! What only the engine is asked: a realistic mix, a flash crowd, many offices, scarcity; its memory,
//! its rebuild, and the gaps that its replicas leave.

pub mod flash;
pub mod gaps;
pub mod mix;
pub mod offices;
pub mod pace;
pub mod rebuild;
pub mod scarcity;
