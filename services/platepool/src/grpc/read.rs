//! Reading fields of requests: each refusal names its field.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{Id, Kind, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_vocabulary::{
    Finding, IssuingCode, OfficeId, PlateClass, PlateKey, PlateMask, PlateNumber,
};

use crate::domain::ids::VehicleKey;
use crate::wire;

/// The longest reason of a staff act, and of a return.
const LONGEST_REASON: usize = 500;

pub(super) fn id<K: Kind>(field: &str, text: &str) -> Result<Id<K>, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    Id::from_str(text).map_err(|_| Refusal::invalid(field, "not_a_uuid"))
}

pub(super) fn request_id(text: &str) -> Result<RequestId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(Reason::RequestIdRequired).on_field("request_id"));
    }
    id("request_id", text)
}

/// An id that may belong to an office.
pub(super) fn office(field: &str, text: &str) -> Result<OfficeId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    OfficeId::parse(text).map_err(|_| Refusal::new(Reason::OfficeUnknown).on_field(field))
}

pub(super) fn class(field: &str, class: i32) -> Result<PlateClass, Refusal> {
    let known = WireClass::try_from(class).map_err(|_| Refusal::invalid(field, "unknown_value"))?;
    wire::read_class(known).ok_or_else(|| Refusal::required(field))
}

pub(super) fn plate(field: &str, class: PlateClass, text: &str) -> Result<PlateKey, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    let malformed = |_| Refusal::new(Reason::PlateMalformed).on_field(field);
    let number = PlateNumber::parse_as(class, text).map_err(malformed)?;
    PlateKey::pack(class, number).map_err(malformed)
}

pub(super) fn code(field: &str, text: &str) -> Result<IssuingCode, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    IssuingCode::parse(text).map_err(|_| Refusal::invalid(field, "wrong_format"))
}

pub(super) fn mask(field: &str, text: &str) -> Result<PlateMask, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    PlateMask::parse(text).map_err(|error| {
        // Some faults are of the whole mask; the first position is where people look first.
        let position = u64::from(error.position().unwrap_or(1));
        Refusal::new(Reason::MaskMalformed)
            .param("position", position)
            .on_field(field)
    })
}

pub(super) fn vehicle(field: &str, bytes: &[u8]) -> Result<VehicleKey, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::required(field));
    }
    bytes
        .try_into()
        .map(VehicleKey)
        .map_err(|_| Refusal::invalid(field, "wrong_format"))
}

pub(super) fn instant(
    field: &str,
    at: Option<&prost_types::Timestamp>,
) -> Result<Timestamp, Refusal> {
    let at = at.ok_or_else(|| Refusal::required(field))?;
    wire::read_timestamp(at).ok_or_else(|| Refusal::invalid(field, "out_of_range"))
}

pub(super) fn date(field: &str, text: &str) -> Result<Date, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    text.parse()
        .map_err(|_| Refusal::invalid(field, "not_a_date"))
}

/// Whole seconds within bounds.
pub(super) fn seconds(
    field: &str,
    seconds: i64,
    within: (i64, i64),
) -> Result<SignedDuration, Refusal> {
    if (within.0..=within.1).contains(&seconds) {
        Ok(SignedDuration::from_secs(seconds))
    } else {
        Err(Refusal::invalid(field, "out_of_range"))
    }
}

/// A text that must be there and is not longer than `max` characters.
pub(super) fn text(field: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    if text.chars().count() > max {
        let long = Refusal::new(Reason::FieldTooLong)
            .param("field", field)
            .param("max", max);
        return Err(long.on_field(field));
    }
    Ok(text.to_owned())
}

/// Why a member of staff acts.
pub(super) fn reason(why: &str) -> Result<String, Refusal> {
    if why.trim().is_empty() {
        return Err(Refusal::new(Reason::StaffReasonRequired).on_field("reason"));
    }
    text("reason", why, LONGEST_REASON)
}

/// How many entries a page has.
pub(super) fn page_size(size: i32, usual: u16, most: u16) -> Result<u16, Refusal> {
    match u16::try_from(size) {
        Ok(0) => Ok(usual),
        Ok(size) if size <= most => Ok(size),
        _ => Err(Refusal::invalid("page_size", "out_of_range")),
    }
}

pub(super) fn bad_page_token() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid).on_field("page_token")
}
