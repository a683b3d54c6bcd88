//! SQL and rows. Times come from the caller's clock, sealed bytes from the caller's keys.

pub(crate) mod assessment;
pub(crate) mod audit;
pub(crate) mod binding;
pub(crate) mod claim;
pub(crate) mod question;
pub(crate) mod retention;
pub(crate) mod review;

use xuanhao_chassis::db;

use crate::domain::claim::BlindKey;
use crate::domain::suspicion::Suspicion;

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

fn suspicions(words: &[String]) -> Result<Vec<Suspicion>, db::Error> {
    words
        .iter()
        .map(|word| known("suspicions", Suspicion::from_word(word)))
        .collect()
}

fn words(suspicions: &[Suspicion]) -> Vec<String> {
    suspicions
        .iter()
        .map(|suspicion| suspicion.as_str().to_owned())
        .collect()
}
