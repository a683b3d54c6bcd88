//! SQL and rows. Times come from the caller's clock, sealed bytes from the caller's keys.

pub(crate) mod audit;
pub(crate) mod contact_point;
pub(crate) mod due;
pub(crate) mod message;
pub(crate) mod retention;
pub(crate) mod template;

use xuanhao_chassis::db;
use xuanhao_vocabulary::{OfficeId, ProvinceId};

/// A stored word that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown word")]
struct UnknownWord;

fn known<T>(what: &'static str, value: Option<T>) -> Result<T, db::Error> {
    value.ok_or_else(|| db::Error::corrupt(what, UnknownWord))
}

fn province(text: &str) -> Result<ProvinceId, db::Error> {
    known("province", ProvinceId::parse(text).ok())
}

fn office(text: Option<&str>) -> Result<Option<OfficeId>, db::Error> {
    text.map(|text| known("office", OfficeId::parse(text).ok()))
        .transpose()
}
