//! What must hold always, and what must happen sometimes for that to mean something.

use stateright::Property;

use crate::model::Protocol;
use crate::state::{ALL, APPLICATIONS, Memory, Outcome, Owner, Phase, Standing, World};

pub(crate) const TWO_HOLDS: &str = "no number is promised to two";
pub(crate) const TWO_OWNERS: &str = "no number is told allocated twice";
pub(crate) const LOST: &str = "no allocation that was told is lost";
pub(crate) const NO_ROW: &str = "what was told has its row";
pub(crate) const NEVER: &str = "what was told never to have been never is";
pub(crate) const LEAKED: &str = "no number leaks";
pub(crate) const OLD_EPOCH: &str = "no row of an old epoch lands";
pub(crate) const TWO_EFFECTS: &str = "no operation takes effect twice";
pub(crate) const RECEIPT: &str = "a repeat gets the same receipt";

/// What must happen for that to mean something.
pub(crate) const LATE: &str = "a statement comes after its epoch";
pub(crate) const UNAWAITED: &str = "a statement that nobody waits for lands";
pub(crate) const LANDED: &str = "an unknown outcome had landed";
pub(crate) const FOUND_OUT: &str = "an unknown outcome is resolved to its row";
pub(crate) const REFUSED: &str = "an operation is refused for ever";
pub(crate) const GRANTED_AGAIN: &str = "what one gave up another holds";
pub(crate) const RAN_OUT: &str = "what ran out for one is another's";
pub(crate) const CAME_BACK: &str = "what came back is held again";
pub(crate) const TWO_WRITERS: &str = "two believe that they write";
pub(crate) const TO_FOLLOW: &str = "a successor has rows to follow";

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(TWO_HOLDS, |_: &Protocol, world: &World| {
            pairs(world).all(|(one, two)| {
                one.relies_on() & (two.relies_on() | two.owns()) == 0
                    && two.relies_on() & one.owns() == 0
            })
        }),
        Property::always(TWO_OWNERS, |_: &Protocol, world: &World| {
            pairs(world).all(|(one, two)| one.owns() & two.owns() == 0)
        }),
        Property::always(LOST, |_: &Protocol, world: &World| {
            let rows = world.applications.iter().zip(world.database.allocated);
            rows.into_iter().all(|(one, rows)| one.owns() & !rows == 0)
        }),
        Property::always(NO_ROW, |_: &Protocol, world: &World| {
            world.applications.iter().all(|one| {
                one.told
                    .is_none_or(|(op_no, _)| one.effected & (1 << op_no) != 0)
            })
        }),
        Property::always(NEVER, |_: &Protocol, world: &World| {
            world.applications.iter().all(|one| {
                one.never
                    .is_none_or(|(op_no, _)| one.effected & (1 << op_no) == 0)
            })
        }),
        Property::always(LEAKED, |_: &Protocol, world: &World| {
            world.owners.iter().all(|owner| match owner {
                Owner::Ready(memory) if memory.epoch == world.database.epoch => {
                    is_true(memory, world)
                }
                _ => true,
            })
        }),
        Property::always(OLD_EPOCH, |_: &Protocol, world: &World| {
            !world.wrong.old_epoch
        }),
        Property::always(TWO_EFFECTS, |_: &Protocol, world: &World| {
            !world.wrong.two_effects
        }),
        Property::always(RECEIPT, |_: &Protocol, world: &World| {
            !world.wrong.other_receipt
        }),
        Property::sometimes(LATE, |_: &Protocol, world: &World| {
            world
                .orphans
                .iter()
                .any(|late| late.phase == Phase::Sent && late.epoch < world.database.epoch)
        }),
        Property::sometimes(UNAWAITED, |_: &Protocol, world: &World| {
            world.orphans.iter().any(|late| late.phase == Phase::Begun)
        }),
        Property::sometimes(LANDED, |_: &Protocol, world: &World| {
            world.applications.iter().any(|one| {
                matches!(one.standing, Standing::Unknown(_)) && one.effected & (1 << one.op_no) != 0
            })
        }),
        Property::sometimes(FOUND_OUT, |_: &Protocol, world: &World| {
            world.losses > 0
                && world.applications.iter().any(|one| {
                    one.standing == Standing::Quiet && one.told.is_some() && one.owned != 0
                })
        }),
        Property::sometimes(REFUSED, |_: &Protocol, world: &World| {
            world.applications.iter().any(|one| one.never.is_some())
        }),
        Property::sometimes(GRANTED_AGAIN, |_: &Protocol, world: &World| {
            pairs(world).any(|(one, two)| match one.told {
                Some((_, Outcome::GivenUp(had))) => {
                    one.standing == Standing::Quiet && two.relies_on() & had != 0
                }
                _ => false,
            })
        }),
        Property::sometimes(RAN_OUT, |_: &Protocol, world: &World| {
            pairs(world)
                .any(|(one, two)| one.promised.1 <= one.expired && one.promised.0 & two.owned != 0)
        }),
        Property::sometimes(CAME_BACK, |_: &Protocol, world: &World| {
            pairs(world).any(|(one, two)| match one.told {
                Some((_, Outcome::Returned(plate))) => two.relies_on() & plate != 0,
                _ => false,
            })
        }),
        Property::sometimes(TWO_WRITERS, |_: &Protocol, world: &World| {
            world
                .owners
                .iter()
                .all(|owner| matches!(owner, Owner::Ready(_) | Owner::Waiting(..)))
        }),
        Property::sometimes(TO_FOLLOW, |_: &Protocol, world: &World| {
            world.owners.iter().any(
                |owner| matches!(owner, Owner::Taking(_, from) if *from < world.database.length),
            )
        }),
    ]
}

/// Both orders.
fn pairs(
    world: &World,
) -> impl Iterator<Item = (&crate::state::Application, &crate::state::Application)> {
    let [one, two] = &world.applications;
    [(one, two), (two, one)].into_iter()
}

/// Whether every number is in one place, and the memory is what the rows make.
fn is_true(memory: &Memory, world: &World) -> bool {
    let mut settled = memory.clone();
    settled.settle(world.expired());
    let read = Memory::read(&world.database, memory.epoch, world.expired());
    let same = (0..APPLICATIONS).all(|who| {
        settled.set(who) == read.set(who) && settled.allocated[who] == read.allocated[who]
    });
    settled.is_whole() && same && settled.free == read.free && settled.free & !ALL == 0
}
