//! Reading fields of requests: each refusal names its field.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use xuanhao_chassis::clock::civil_day;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::read;
pub(super) use xuanhao_chassis::grpc::read::{id, instant, page_size, request_id};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_vocabulary::{
    Finding, IssuingCode, OfficeId, PlateClass, PlateKey, PlateMask, PlateNumber,
};

use crate::domain::ids::VehicleKey;
use crate::wire;

/// The longest reason of a staff act, and of a return.
const LONGEST_REASON: usize = 500;

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

/// A mandatory text that a table can hold.
pub(super) fn text(field: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let text = read::text(field, text, max)?;
    if text.contains('\0') {
        return Err(Refusal::invalid(field, "wrong_format"));
    }
    Ok(text)
}

/// Why a member of staff acts.
pub(super) fn reason(why: &str) -> Result<String, Refusal> {
    if why.trim().is_empty() {
        return Err(Refusal::new(Reason::StaffReasonRequired).on_field("reason"));
    }
    text("reason", why, LONGEST_REASON)
}

/// Why numbers are withheld; everybody reads it.
pub(super) fn public_reason(field: &str, why: &str) -> Result<String, Refusal> {
    const CHARACTERS: std::ops::RangeInclusive<usize> = 4..=200;
    if why.trim().is_empty() {
        return Err(Refusal::new(Reason::StaffReasonRequired).on_field(field));
    }
    let why = text(field, why, *CHARACTERS.end())?;
    if CHARACTERS.contains(&why.chars().count()) {
        Ok(why)
    } else {
        Err(Refusal::invalid(field, "too_short"))
    }
}

/// A civil date that a table can hold, with the days around it.
pub(super) fn date(field: &str, text: &str) -> Result<Date, Refusal> {
    let day = read::date(field, text)?;
    if (2000..=9998).contains(&day.year()) {
        Ok(day)
    } else {
        Err(Refusal::invalid(field, "out_of_range"))
    }
}

/// An instant that a table can hold, in whole microseconds.
pub(super) fn stored_instant(
    field: &str,
    at: Option<prost_types::Timestamp>,
) -> Result<Timestamp, Refusal> {
    let out_of_range = || Refusal::invalid(field, "out_of_range");
    let at = Timestamp::from_microsecond(instant(field, at)?.as_microsecond())
        .map_err(|_| out_of_range())?;
    if (2000..=9998).contains(&civil_day(at).year()) {
        Ok(at)
    } else {
        Err(out_of_range())
    }
}

pub(super) fn bad_page_token() -> Refusal {
    Refusal::new(Reason::PageTokenInvalid).on_field("page_token")
}
