//! Operations and outcomes as the pool spells them.

use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::platepool::v1 as wire;
use xuanhao_vocabulary::plate::Energy;

use super::super::{class_from_proto, class_to_proto, instant};
use super::{Asked, Standing};
use crate::domain::holding::{Holding, Timed};
use crate::domain::operation::{Allocation, Channel, Dropped, Outcome};
use crate::error::Error;

pub(super) fn operation(asked: &Asked) -> wire::Operation {
    wire::Operation {
        office: asked.office.to_string(),
        application_id: asked.application.to_string(),
        op_no: asked.op_no,
        not_after: Some(timestamp(asked.not_after)),
        plate_class: class_to_proto(asked.class).into(),
        vehicle_key: asked.vehicle_key.clone(),
        channel: match asked.channel {
            Channel::Internet => wire::Channel::Internet,
            Channel::Window => wire::Channel::Window,
        }
        .into(),
        actor: asked.actor.to_string(),
        on_behalf_of: asked
            .on_behalf_of
            .map(|id| id.to_string())
            .unwrap_or_default(),
        energy_group: match asked.energy {
            None => wire::EnergyGroup::Unspecified,
            Some(Energy::Battery) => wire::EnergyGroup::Battery,
            Some(Energy::NotPurelyBattery) => wire::EnergyGroup::NotPurelyBattery,
        }
        .into(),
    }
}

pub(super) fn read_outcome(outcome: wire::Outcome) -> Result<Outcome, Error> {
    use wire::outcome::Result as Wire;
    match outcome.result.ok_or(Error::PeerAnswer("outcome"))? {
        Wire::Allocated(allocation) => Ok(Outcome::Allocated {
            allocation: read_standing(allocation)?.allocation,
        }),
        Wire::Held(held) => {
            let drawn = u16::try_from(held.drawn).map_err(|_| Error::PeerAnswer("drawn"))?;
            Ok(Outcome::Held {
                holding: read_holding(held)?,
                drawn,
            })
        }
        Wire::AllMissed(_) => Ok(Outcome::AllMissed),
        Wire::Lodged(lodged) => Ok(Outcome::Lodged {
            decided_at: instant(lodged.decided_at.as_ref(), "decided_at")?,
        }),
        Wire::NoneFree(_) => Ok(Outcome::NoneFree),
        Wire::Dropped(dropped) => match dropped.reason() {
            wire::DroppedReason::GivenUp => Ok(Outcome::GivenUp),
            wire::DroppedReason::NeverRecorded => Ok(Outcome::Dropped {
                reason: Dropped::NeverRecorded,
            }),
            wire::DroppedReason::TooLittleTime => Ok(Outcome::Dropped {
                reason: Dropped::TooLittleTime,
            }),
            wire::DroppedReason::Unspecified => Err(Error::PeerAnswer("dropped")),
        },
    }
}

fn read_holding(held: wire::Holding) -> Result<Holding, Error> {
    let timed = |plates: Vec<String>, until: Option<prost_types::Timestamp>| {
        if plates.is_empty() {
            return Ok::<_, Error>(None);
        }
        let until = instant(until.as_ref(), "until")?;
        let read = plates.iter().map(|plate| plate.parse());
        let plates = read
            .collect::<Result<_, _>>()
            .map_err(|_| Error::PeerAnswer("plate"))?;
        Ok(Some(Timed { plates, until }))
    };
    Ok(Holding {
        column: timed(held.column, held.column_until)?,
        basket: timed(held.basket, held.basket_until)?,
    })
}

pub(super) fn read_standing(allocation: wire::Allocation) -> Result<Standing, Error> {
    let life = allocation.life();
    Ok(Standing {
        application: allocation
            .application_id
            .parse()
            .map_err(|_| Error::PeerAnswer("application_id"))?,
        is_registered: life == wire::AllocationLife::Registered,
        op_no: allocation.op_no,
        allocation: Allocation {
            id: allocation
                .allocation_id
                .parse()
                .map_err(|_| Error::PeerAnswer("allocation_id"))?,
            class: class_from_proto(allocation.plate_class)
                .ok_or(Error::PeerAnswer("plate_class"))?,
            plate: allocation
                .plate
                .parse()
                .map_err(|_| Error::PeerAnswer("plate"))?,
            decided_at: instant(allocation.decided_at.as_ref(), "decided_at")?,
        },
    })
}
