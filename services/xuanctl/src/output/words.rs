//! Values of the contracts in their printed form: enums as small words, instants as RFC 3339 in JSON
//! and as a clock in China for people.

use jiff::Timestamp;
use serde::Serializer;
use xuanhao_chassis::clock::shanghai;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_vocabulary::PlateClass;

/// A class as the contracts spell it.
pub(crate) fn wire_class(class: PlateClass) -> WireClass {
    match class {
        PlateClass::Small => WireClass::Small,
        PlateClass::Large => WireClass::Large,
        PlateClass::NevSmall => WireClass::NevSmall,
        PlateClass::NevLarge => WireClass::NevLarge,
    }
}

/// The word of a class: `nev_small`; empty for none.
pub(crate) fn class_word(class: i32) -> String {
    let class = WireClass::try_from(class).unwrap_or(WireClass::Unspecified);
    enum_word(class.as_str_name(), "PLATE_CLASS_")
}

/// An enum's value without its prefix, in small letters; empty for the unspecified one.
pub(crate) fn enum_word(name: &str, prefix: &str) -> String {
    match name.strip_prefix(prefix).unwrap_or(name) {
        "UNSPECIFIED" => String::new(),
        word => word.to_ascii_lowercase(),
    }
}

/// An instant; none for one that was not sent or is no instant.
pub(crate) fn instant(at: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    let at = at?;
    Timestamp::new(at.seconds, at.nanos).ok()
}

/// An instant as the contracts take it.
pub(crate) fn wire_instant(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}

/// An instant as a clock in China shows it.
pub(crate) fn clock(at: Option<Timestamp>) -> String {
    at.map(|at| {
        at.to_zoned(shanghai().clone())
            .strftime("%F %T")
            .to_string()
    })
    .unwrap_or_default()
}

/// Serialises an instant as RFC 3339 in UTC, `null` for none.
pub(crate) fn rfc3339<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_are_small_words() {
        assert_eq!(class_word(WireClass::NevSmall.into()), "nev_small");
        assert_eq!(class_word(0), "");
        assert_eq!(class_word(99), "");
        for class in PlateClass::ALL {
            assert_eq!(class_word(wire_class(class).into()), class.as_str());
        }
    }

    #[test]
    fn people_read_the_clock_of_china() {
        let at: Timestamp = "2026-11-22T16:30:00Z".parse().unwrap();
        assert_eq!(clock(Some(at)), "2026-11-23 00:30:00");
        assert_eq!(clock(None), "");
    }
}
