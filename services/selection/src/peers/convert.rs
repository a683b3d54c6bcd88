//! Small words on the wire.

use jiff::Timestamp;
use xuanhao_proto::common::v1 as common;
use xuanhao_vocabulary::PlateClass;

use crate::error::Error;

/// The class as messages spell it.
pub(crate) fn class_to_proto(class: PlateClass) -> common::PlateClass {
    match class {
        PlateClass::Small => common::PlateClass::Small,
        PlateClass::Large => common::PlateClass::Large,
        PlateClass::NevSmall => common::PlateClass::NevSmall,
        PlateClass::NevLarge => common::PlateClass::NevLarge,
    }
}

/// The class a message names; `None` for an unspecified or unknown one.
pub(crate) fn class_from_proto(class: i32) -> Option<PlateClass> {
    match common::PlateClass::try_from(class).ok()? {
        common::PlateClass::Unspecified => None,
        common::PlateClass::Small => Some(PlateClass::Small),
        common::PlateClass::Large => Some(PlateClass::Large),
        common::PlateClass::NevSmall => Some(PlateClass::NevSmall),
        common::PlateClass::NevLarge => Some(PlateClass::NevLarge),
    }
}

/// The instant a message carries.
pub(crate) fn instant(
    at: Option<&prost_types::Timestamp>,
    what: &'static str,
) -> Result<Timestamp, Error> {
    at.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok())
        .ok_or(Error::PeerAnswer(what))
}

#[cfg(test)]
mod tests {
    use xuanhao_chassis::grpc::timestamp;

    use super::*;

    #[test]
    fn classes_and_instants_come_back() {
        for class in PlateClass::ALL {
            assert_eq!(class_from_proto(class_to_proto(class) as i32), Some(class));
        }
        assert_eq!(class_from_proto(0), None);
        for text in ["2026-11-23T01:00:00.123456Z", "1969-12-31T23:59:59.5Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(instant(Some(&timestamp(at)), "x").unwrap(), at);
        }
        instant(None, "x").unwrap_err();
    }
}
