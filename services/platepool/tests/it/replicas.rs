//! Several replicas on one database, with the real wire between them.

mod asking;
mod handing_over;
mod house;
mod lives;
mod spread;
