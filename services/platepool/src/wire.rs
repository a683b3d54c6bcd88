//! The domain's words in the contract's.

use xuanhao_proto::common::v1 as common;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::PlateClass;

use crate::domain::command::Channel;

pub(crate) fn class(class: PlateClass) -> common::PlateClass {
    match class {
        PlateClass::Large => common::PlateClass::Large,
        PlateClass::Small => common::PlateClass::Small,
        PlateClass::NevLarge => common::PlateClass::NevLarge,
        PlateClass::NevSmall => common::PlateClass::NevSmall,
    }
}

/// None where no class is said.
pub(crate) fn read_class(class: common::PlateClass) -> Option<PlateClass> {
    match class {
        common::PlateClass::Unspecified => None,
        common::PlateClass::Large => Some(PlateClass::Large),
        common::PlateClass::Small => Some(PlateClass::Small),
        common::PlateClass::NevLarge => Some(PlateClass::NevLarge),
        common::PlateClass::NevSmall => Some(PlateClass::NevSmall),
    }
}

pub(crate) fn channel(channel: Channel) -> pb::Channel {
    match channel {
        Channel::Internet => pb::Channel::Internet,
        Channel::Window => pb::Channel::Window,
        Channel::Import => pb::Channel::Import,
        Channel::Reserve => pb::Channel::Reserve,
    }
}
