//! SQL and rows. Times come from the caller's clock, hashes and sealed bytes from the caller's keys.

pub(crate) mod account;
pub(crate) mod account_change;
pub(crate) mod attempt;
pub(crate) mod audit;
pub(crate) mod binding;
pub(crate) mod captcha;
pub(crate) mod challenge;
pub(crate) mod document;
pub(crate) mod enrolment;
pub(crate) mod pending_message;
pub(crate) mod proof;
pub(crate) mod retention;
pub(crate) mod role_grant;
pub(crate) mod service_point;
pub(crate) mod session;
pub(crate) mod staff;
pub(crate) mod staff_session;
pub(crate) mod throttle;

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
