//! What every operation carries.

use jiff::Timestamp;
use prost::Message;
use sha2::{Digest, Sha256};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::kind;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::plate::{Energy, Form};
use xuanhao_vocabulary::{Office, PlateClass, PlateKey};

use super::pool::Operations;
use super::read;
use crate::domain::command::{Channel, Input, Operation};
use crate::domain::ids::{ApplicationId, RequestHash, VehicleKey};

/// What every operation carries, read.
pub(super) struct Carried {
    office: &'static Office,
    application: ApplicationId,
    op_no: u64,
    not_after: Timestamp,
    pub(super) class: PlateClass,
    pub(super) vehicle: VehicleKey,
    request_hash: RequestHash,
    channel: Channel,
    energy: Option<Energy>,
}

impl Carried {
    pub(super) fn operation(self, input: Input) -> (&'static Office, Operation) {
        let Self {
            office,
            application,
            op_no,
            not_after,
            request_hash,
            channel,
            ..
        } = self;
        (
            office,
            Operation {
                application,
                op_no,
                not_after,
                request_hash,
                channel,
                input,
            },
        )
    }

    /// The energy group by which numbers are looked for: classes with energy letters need one.
    pub(super) fn group(&self) -> Result<Option<Energy>, Refusal> {
        if self.energy.is_none() && self.class.form() != Form::Ordinary {
            return Err(Refusal::required("operation.energy_group"));
        }
        Ok(self.energy)
    }

    /// A number the application may hold. It never holds one of another energy group.
    pub(super) fn held(&self, text: &str) -> Result<PlateKey, Refusal> {
        let plate = read::plate("plate", self.class, text)?;
        let of = plate.unpack().1.serial().energy();
        if self.energy.is_some() && of.is_some() && self.energy != of {
            return Err(Refusal::new(Reason::PlateNotHeld).on_field("plate"));
        }
        Ok(plate)
    }
}

/// The hash by which a repeat is recognised. Its deadline is no part of what is asked: a repeat has
/// another one.
pub(super) fn hash<M: Message>(
    message: &mut M,
    operation: impl Fn(&mut M) -> &mut Option<pb::Operation>,
) -> RequestHash {
    let not_after = operation(message)
        .as_mut()
        .and_then(|operation| operation.not_after.take());
    // Messages of different RPCs may have the same bytes.
    let mut hash = Sha256::new();
    hash.update(
        std::any::type_name::<M>()
            .rsplit("::")
            .next()
            .unwrap_or_default(),
    );
    hash.update([0]);
    hash.update(message.encode_to_vec());
    if let Some(operation) = operation(message) {
        operation.not_after = not_after;
    }
    let hash: [u8; 32] = hash.finalize().into();
    RequestHash(*hash.first_chunk().expect("16 of 32 bytes"))
}

impl Operations {
    pub(super) fn carried(
        &self,
        operation: Option<pb::Operation>,
        request_hash: RequestHash,
    ) -> Result<Carried, Refusal> {
        let operation = operation.ok_or_else(|| Refusal::required("operation"))?;
        if operation.op_no == 0 {
            return Err(Refusal::required("operation.op_no"));
        }
        let channel = match pb::Channel::try_from(operation.channel) {
            Ok(pb::Channel::Internet) => Channel::Internet,
            Ok(pb::Channel::Window) => Channel::Window,
            _ => return Err(Refusal::invalid("operation.channel", "unknown_value")),
        };
        let energy = match pb::EnergyGroup::try_from(operation.energy_group) {
            Ok(pb::EnergyGroup::Unspecified) => None,
            Ok(pb::EnergyGroup::Battery) => Some(Energy::Battery),
            Ok(pb::EnergyGroup::NotPurelyBattery) => Some(Energy::NotPurelyBattery),
            Err(_) => return Err(Refusal::invalid("operation.energy_group", "unknown_value")),
        };
        let application =
            read::id::<kind::Application>("operation.application_id", &operation.application_id)?;
        Ok(Carried {
            office: self
                .0
                .office(read::office("operation.office", &operation.office)?)?,
            application: ApplicationId(application.as_uuid()),
            op_no: i64::try_from(operation.op_no)
                .map(i64::unsigned_abs)
                .map_err(|_| Refusal::invalid("operation.op_no", "out_of_range"))?,
            not_after: read::instant("operation.not_after", operation.not_after)?,
            class: read::class("operation.plate_class", operation.plate_class)?,
            vehicle: read::vehicle("operation.vehicle_key", &operation.vehicle_key)?,
            request_hash,
            channel,
            energy,
        })
    }
}
