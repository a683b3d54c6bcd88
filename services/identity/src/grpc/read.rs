//! Reading fields of requests: each refusal names its field.

use xuanhao_chassis::error::Refusal;
pub(super) use xuanhao_chassis::grpc::read::{id, request_id, text};
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_vocabulary::{Finding, Mobile, ProvinceId, ResidentId};

use crate::domain::login_name::{self, LoginName};
use crate::domain::{FullName, address};

pub(crate) fn province(field: &str, text: &str) -> Result<ProvinceId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    ProvinceId::parse(text).map_err(|_| Refusal::invalid(field, "unknown_value"))
}

pub(crate) fn login_name(text: &str) -> Result<LoginName, Refusal> {
    LoginName::parse(text).map_err(|_| {
        Refusal::new(Reason::LoginNameInvalid)
            .param("min", login_name::SHORTEST)
            .param("max", login_name::LONGEST)
            .on_field("login_name")
    })
}

pub(crate) fn full_name(text: &str) -> Result<FullName, Refusal> {
    FullName::parse(text).map_err(|error| Refusal::invalid("full_name", error.0))
}

pub(super) fn resident_id(text: &str) -> Result<ResidentId, Refusal> {
    ResidentId::parse(text).map_err(|error| {
        // A wrong length has no position; the last is where people look first.
        let position = error.position().unwrap_or(18);
        Refusal::new(Reason::ResidentIdInvalid)
            .param("position", position)
            .on_field("resident_id")
    })
}

pub(super) fn mobile(text: &str) -> Result<Mobile, Refusal> {
    Mobile::parse(text).map_err(|_| Refusal::new(Reason::MobileInvalid).on_field("mobile"))
}

/// The address as throttles see it.
pub(super) fn network(text: &str) -> Result<String, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required("client_address"));
    }
    address::network(text).ok_or_else(|| Refusal::invalid("client_address", "wrong_format"))
}

/// Chinese unless told.
pub(super) fn locale(text: &str) -> Result<Locale, Refusal> {
    match text {
        "" | "zh-CN" => Ok(Locale::ZhCn),
        "en" => Ok(Locale::En),
        _ => Err(Refusal::invalid("locale", "unknown_value")),
    }
}
