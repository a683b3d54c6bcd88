//! Reading the fields every service's requests have. What cannot be read is refused by the field's
//! name, so that whoever filled it in knows where to look; what was written is never repeated.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::Refusal;
use crate::ids::{Id, Kind, RequestId};
use crate::reason::Reason;

/// A mandatory id.
///
/// # Errors
/// `FIELD_REQUIRED` when empty; `FIELD_INVALID` (`not_a_uuid`) when it is no UUID in hyphenated form.
pub fn id<K: Kind>(field: &str, text: &str) -> Result<Id<K>, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    text.parse()
        .map_err(|_| Refusal::invalid(field, "not_a_uuid"))
}

/// The caller's request id, in the field `request_id`.
///
/// # Errors
/// `REQUEST_ID_REQUIRED` when empty, because a write without one could not be repeated safely;
/// otherwise as [`id`].
pub fn request_id(text: &str) -> Result<RequestId, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new(Reason::RequestIdRequired).on_field("request_id"));
    }
    id("request_id", text)
}

/// A mandatory instant.
///
/// # Errors
/// `FIELD_REQUIRED` when absent; `FIELD_INVALID` (`out_of_range`) when it lies outside the years
/// −9999 to 9999 or has a whole second or more of nanoseconds.
pub fn instant(field: &str, at: Option<prost_types::Timestamp>) -> Result<Timestamp, Refusal> {
    let at = at.ok_or_else(|| Refusal::required(field))?;
    Timestamp::new(at.seconds, at.nanos).map_err(|_| Refusal::invalid(field, "out_of_range"))
}

/// A mandatory civil date, `2026-11-22`.
///
/// # Errors
/// `FIELD_REQUIRED` when empty; `FIELD_INVALID` (`not_a_date`) when the calendar has no such day.
pub fn date(field: &str, text: &str) -> Result<Date, Refusal> {
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    text.parse()
        .map_err(|_| Refusal::invalid(field, "not_a_date"))
}

/// A mandatory text, without the space around it.
///
/// # Errors
/// `FIELD_REQUIRED` when nothing but space is there; `FIELD_TOO_LONG` when more than `max` characters
/// are.
pub fn text(field: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::required(field));
    }
    if text.chars().count() > max {
        return Err(Refusal::new(Reason::FieldTooLong)
            .param("field", field)
            .param("max", max)
            .on_field(field));
    }
    Ok(text.to_owned())
}

/// How many entries a page is to have, in the field `page_size`: `usual` where the caller leaves it to
/// us by 0.
///
/// # Errors
/// `FIELD_INVALID` (`out_of_range`) when negative or more than `most`: a caller who got fewer than it
/// asked for could take the page for the last.
pub fn page_size(size: i32, usual: u16, most: u16) -> Result<u16, Refusal> {
    match u16::try_from(size) {
        Ok(0) => Ok(usual),
        Ok(size) if size <= most => Ok(size),
        _ => Err(Refusal::invalid("page_size", "out_of_range")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::timestamp;
    use crate::ids::kind;

    const UUID: &str = "0199f000-0000-7000-8000-000000000001";

    #[test]
    fn an_id_is_read_or_refused_by_its_field() {
        let read = id::<kind::Person>("person_id", UUID).unwrap();
        assert_eq!(read.to_string(), UUID);
        assert_eq!(
            id::<kind::Person>("person_id", ""),
            Err(Refusal::required("person_id"))
        );
        for wrong in ["7", " ", &UUID.replace('-', ""), &format!("{UUID} ")] {
            assert_eq!(
                id::<kind::Person>("person_id", wrong),
                Err(Refusal::invalid("person_id", "not_a_uuid")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_missing_request_id_has_a_reason_of_its_own() {
        assert_eq!(request_id(UUID).unwrap().to_string(), UUID);
        let refusal = request_id("").unwrap_err();
        assert_eq!(refusal.reason(), Reason::RequestIdRequired);
        assert_eq!(refusal.field(), Some("request_id"));
        assert_eq!(
            request_id("once"),
            Err(Refusal::invalid("request_id", "not_a_uuid"))
        );
    }

    #[test]
    fn an_instant_is_read_back_as_it_was_written() {
        for text in [
            "2026-11-22T01:02:03.000004Z",
            "1969-12-31T23:59:59.5Z",
            "-009999-01-02T01:59:59.25Z",
        ] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(instant("at", Some(timestamp(at))), Ok(at), "{text}");
        }
        assert_eq!(instant("at", None), Err(Refusal::required("at")));
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, 1_000_000_000)] {
            assert_eq!(
                instant("at", Some(prost_types::Timestamp { seconds, nanos })),
                Err(Refusal::invalid("at", "out_of_range")),
                "{seconds} {nanos}"
            );
        }
    }

    #[test]
    fn a_date_is_a_day_of_the_calendar() {
        assert_eq!(
            date("day", "2028-02-29"),
            Ok(jiff::civil::date(2028, 2, 29))
        );
        assert_eq!(date("day", ""), Err(Refusal::required("day")));
        for wrong in ["2027-02-29", "tomorrow", "22/11/2026"] {
            assert_eq!(
                date("day", wrong),
                Err(Refusal::invalid("day", "not_a_date")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_text_is_stripped_and_counted_in_characters() {
        assert_eq!(text("name", " 湛江 ", 2), Ok("湛江".to_owned()));
        assert_eq!(text("name", " \u{3000}", 2), Err(Refusal::required("name")));
        let refusal = text("name", "湛江市", 2).unwrap_err();
        assert_eq!(refusal.reason(), Reason::FieldTooLong);
        assert_eq!(refusal.field(), Some("name"));
        assert_eq!(refusal.params()["max"], "2");
    }

    #[test]
    fn a_page_has_the_usual_size_or_one_within_bounds() {
        assert_eq!(page_size(0, 20, 100), Ok(20));
        assert_eq!(page_size(1, 20, 100), Ok(1));
        assert_eq!(page_size(100, 20, 100), Ok(100));
        for wrong in [-1, 101, 65_537, i32::MIN, i32::MAX] {
            assert_eq!(
                page_size(wrong, 20, 100),
                Err(Refusal::invalid("page_size", "out_of_range")),
                "{wrong}"
            );
        }
    }
}
