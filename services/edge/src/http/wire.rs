//! Words both sides of the edge use: plate classes, instants, texts that may be missing.

use prost_types::Timestamp as WireTimestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xuanhao_proto::common::v1 as common;
use xuanhao_vocabulary::PlateClass as Class;

use crate::error::Error;

/// The class of a number plate (号牌种类).
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PlateClass {
    /// 大型汽车, yellow.
    Large,
    /// 小型汽车, blue.
    Small,
    /// 大型新能源汽车, yellow and green.
    NevLarge,
    /// 小型新能源汽车, green.
    NevSmall,
}

impl PlateClass {
    pub(super) fn to_proto(self) -> common::PlateClass {
        match self {
            Self::Large => common::PlateClass::Large,
            Self::Small => common::PlateClass::Small,
            Self::NevLarge => common::PlateClass::NevLarge,
            Self::NevSmall => common::PlateClass::NevSmall,
        }
    }
}

/// `None` where none is told.
pub(super) fn plate_class(class: i32) -> Result<Option<PlateClass>, Error> {
    let known = common::PlateClass::try_from(class);
    Ok(
        match known.map_err(|_| Error::peer_answer("plate_class"))? {
            common::PlateClass::Unspecified => None,
            common::PlateClass::Large => Some(PlateClass::Large),
            common::PlateClass::Small => Some(PlateClass::Small),
            common::PlateClass::NevLarge => Some(PlateClass::NevLarge),
            common::PlateClass::NevSmall => Some(PlateClass::NevSmall),
        },
    )
}

/// A class that has to be told.
pub(super) fn some_plate_class(class: i32) -> Result<PlateClass, Error> {
    plate_class(class)?.ok_or_else(|| Error::peer_answer("plate_class"))
}

pub(super) fn class_to_proto(class: Class) -> common::PlateClass {
    match class {
        Class::Large => common::PlateClass::Large,
        Class::Small => common::PlateClass::Small,
        Class::NevLarge => common::PlateClass::NevLarge,
        Class::NevSmall => common::PlateClass::NevSmall,
    }
}

/// An instant, RFC 3339 in UTC, that has to be there.
pub(super) fn instant(told: Option<WireTimestamp>, field: &'static str) -> Result<String, Error> {
    optional_instant(told, field)?.ok_or_else(|| Error::peer_answer(field))
}

/// An instant that may be missing.
pub(super) fn optional_instant(
    told: Option<WireTimestamp>,
    field: &'static str,
) -> Result<Option<String>, Error> {
    let read = |told: WireTimestamp| jiff::Timestamp::new(told.seconds, told.nanos);
    let instant = told.map(read).transpose();
    let instant = instant.map_err(|_| Error::peer_answer(field))?;
    Ok(instant.map(|instant| instant.to_string()))
}

/// An empty text says nothing.
pub(super) fn text(told: String) -> Option<String> {
    (!told.is_empty()).then_some(told)
}
