//! What requests touch, so that nothing is touched twice in a batch (E4).

use xuanhao_vocabulary::{PlateClass, PlateKey};

use crate::domain::command::{Command, Input, OnHit};
use crate::domain::hashing::IdSet;
use crate::domain::ids::{BatchId, SegmentId, VehicleKey, WithholdingId};
use crate::domain::rows::{AllocationRow, EndingRow, ReturnRow};

/// Something that rows have a key on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Plate(PlateKey),
    Vehicle(VehicleKey),
    Batch(BatchId),
    Segment(SegmentId),
    Rules(PlateClass),
    Withholding(WithholdingId),
}

/// Keys that something stands under.
#[derive(Debug, Default)]
pub(super) struct Keys(IdSet<Key>);

impl Keys {
    /// Whether a command may touch one of them.
    pub(super) fn meet(&self, command: &Command) -> bool {
        !self.0.is_empty() && keys_of(command).any(|key| self.0.contains(&key))
    }

    /// Adds all that a command may touch.
    pub(super) fn add(&mut self, command: &Command) {
        self.0.extend(keys_of(command));
    }

    /// Adds what the rows of a command do touch.
    pub(super) fn add_rows(
        &mut self,
        allocations: &[AllocationRow],
        endings: &[EndingRow],
        returns: &[ReturnRow],
    ) {
        for row in allocations {
            self.0.insert(Key::Plate(row.plate));
            self.0.extend(row.vehicle.map(Key::Vehicle));
        }
        self.0
            .extend(endings.iter().map(|row| Key::Plate(row.plate)));
        self.0
            .extend(returns.iter().map(|row| Key::Plate(row.plate)));
    }
}

/// All that a command may touch, but for its application. Holds have no key: the draws of a batch
/// are decided one after the other.
fn keys_of(command: &Command) -> Box<dyn Iterator<Item = Key> + '_> {
    match command {
        Command::Operate(operation) => match &operation.input {
            Input::Compose(compose) => {
                let vehicle = match compose.on_hit {
                    OnHit::Allocate(vehicle) => Some(Key::Vehicle(vehicle)),
                    OnHit::Hold { .. } => None,
                };
                Box::new(vehicle.into_iter().chain(plates_of(&compose.wishes)))
            }
            Input::Confirm(confirm) => {
                Box::new([Key::Vehicle(confirm.vehicle), Key::Plate(confirm.plate)].into_iter())
            }
            Input::Draw(_) | Input::Keep(_) | Input::Choose(_) | Input::GiveUp => {
                Box::new(std::iter::empty())
            }
        },
        Command::Resolve(_) | Command::Close(_) => Box::new(std::iter::empty()),
        Command::Release(release) => {
            let segments = release.segments.iter().map(|one| Key::Segment(one.id));
            Box::new(std::iter::once(Key::Batch(release.batch)).chain(segments))
        }
        Command::Withdraw(withdraw) => {
            let segments = withdraw.segments.iter().map(|id| Key::Segment(*id));
            Box::new(std::iter::once(Key::Batch(withdraw.batch)).chain(segments))
        }
        Command::Import(import) => Box::new(plates_of(&import.plates)),
        Command::SetRules(set) => Box::new(std::iter::once(Key::Rules(set.class))),
        Command::Lapse(lapse) => Box::new(std::iter::once(Key::Plate(lapse.plate))),
        Command::Return(back) => Box::new(std::iter::once(Key::Plate(back.plate))),
        Command::Withhold(withhold) => {
            let id = Key::Withholding(withhold.id);
            Box::new(std::iter::once(id).chain(plates_of(&withhold.plates)))
        }
        Command::EndWithholding(end) => {
            let id = Key::Withholding(end.id);
            let plates = end.returns.iter().map(|back| Key::Plate(back.plate));
            Box::new(std::iter::once(id).chain(plates))
        }
    }
}

fn plates_of(plates: &[PlateKey]) -> impl Iterator<Item = Key> + '_ {
    plates.iter().copied().map(Key::Plate)
}
