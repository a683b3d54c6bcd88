//! The rules of selecting, as pure functions of state, policy, time and input.
//!
//! Nothing here waits, reads a clock or knows a database. What depends on the office is data in a
//! [`policy::Policy`]; no rule asks for a preset's name.

pub(crate) mod appeal;
pub(crate) mod application;
pub(crate) mod ban;
pub(crate) mod choice;
pub(crate) mod deadline;
pub(crate) mod entry;
pub(crate) mod holding;
pub(crate) mod keyboard;
pub(crate) mod lapse;
pub(crate) mod office_acts;
pub(crate) mod operation;
pub(crate) mod policy;
pub(crate) mod proof;
pub(crate) mod quota;
pub(crate) mod refused;
pub(crate) mod rules;
pub(crate) mod state;
pub(crate) mod telling;
pub(crate) mod undo;
pub(crate) mod verification;
pub(crate) mod void;
pub(crate) mod warnings;

pub(crate) use refused::Refused;
