//! SQL and rows. Times come from the caller's clock, sealed bytes from the caller's keys.

pub(crate) mod assessment;
pub(crate) mod claim;
pub(crate) mod retention;

use xuanhao_chassis::db;

use crate::domain::claim::BlindKey;

/// A stored word that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown word")]
struct UnknownWord;

fn known<T>(what: &'static str, value: Option<T>) -> Result<T, db::Error> {
    value.ok_or_else(|| db::Error::corrupt(what, UnknownWord))
}

fn blind_key(what: &'static str, bytes: Vec<u8>) -> Result<BlindKey, db::Error> {
    known(what, bytes.try_into().ok())
}
