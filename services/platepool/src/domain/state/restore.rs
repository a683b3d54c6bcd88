//! Building the memory from the durable rows (E3, E7).

use jiff::Timestamp;
use xuanhao_vocabulary::PlateKey;

use super::{Office, State};
use crate::domain::command::{NewSegment, SetRules};
use crate::domain::hold::{HoldSet, Part};
use crate::domain::ids::WithholdingId;
use crate::domain::limits::Limits;
use crate::domain::record::History;
use crate::domain::rows::ReturnRow;

/// Builds a [`State`] from rows read **after** the lease's epoch was raised in a transaction of its
/// own (E3). Segments and rules come first, then the rest in any order:
///
/// | rows | which |
/// |---|---|
/// | [`segment`](Self::segment) | all that are released, announced ones too |
/// | [`rules`](Self::rules) | the latest of each class |
/// | [`allocated`](Self::allocated) | the numbers of all live allocations |
/// | [`withheld`](Self::withheld) | the numbers of withholdings that stand |
/// | [`lapsed`](Self::lapsed) | numbers whose last life ended and that have no return row since |
/// | [`returning`](Self::returning) | the latest return row of each number, at least if its later instant is still to come |
/// | [`application`](Self::application) | the histories of applications whose last set may still live, and of those with a row younger than the longest `not_after` |
#[derive(Debug)]
pub struct Restore {
    state: State,
    returns: Vec<ReturnRow>,
}

impl Restore {
    /// Begins with nothing. `now` is the database's time; `last_decided_at` is the highest in the
    /// office's log (E5).
    pub fn new(
        office: Office,
        limits: Limits,
        epoch: u64,
        now: Timestamp,
        last_decided_at: Option<Timestamp>,
    ) -> Self {
        let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        let last_decided_at = last_decided_at.unwrap_or(Timestamp::MIN);
        let state = State::empty(office, limits, epoch, now.max(last_decided_at));
        Self {
            state: State {
                last_decided_at,
                ..state
            },
            returns: Vec::new(),
        }
    }

    /// A released segment, open or announced.
    pub fn segment(&mut self, segment: &NewSegment) {
        self.state.open_or_announce(segment);
    }

    /// The rules of a class.
    pub fn rules(&mut self, rules: &SetRules) {
        self.state.enforce(rules);
    }

    /// The number of a live allocation.
    pub fn allocated(&mut self, plate: PlateKey) {
        self.state.take(plate);
    }

    /// Withheld numbers, which are among the allocated ones.
    pub fn withheld(&mut self, id: WithholdingId, plates: &[PlateKey]) {
        let plates = plates.iter().map(|plate| (*plate, id));
        self.state.withheld.extend(plates);
    }

    /// A number that lapsed and is not on its way back.
    pub fn lapsed(&mut self, plate: PlateKey) {
        self.state.away.insert(plate, None);
        self.withhold(plate);
    }

    /// A number on its way back, or back but drawn only. One that was taken since is not on its way
    /// any more.
    pub fn returning(&mut self, row: &ReturnRow) {
        self.returns.push(row.clone());
    }

    /// Where an application stands.
    pub fn application(&mut self, history: &History) {
        let mut live = HoldSet::default();
        if let Some(entry) = &history.last {
            live = entry.set.clone();
            for part in Part::ALL {
                if live
                    .until(part)
                    .is_some_and(|until| until <= self.state.clock)
                {
                    live.drop_part(part);
                }
            }
        }
        for plate in live.plates() {
            self.withhold(plate);
        }
        self.state.remember(history, live);
    }

    /// The memory.
    pub fn finish(mut self) -> State {
        for row in std::mem::take(&mut self.returns) {
            let taken = self.state.is_taken(row.plate);
            let lapsed = self.state.away.contains_key(&row.plate);
            if row.available_at > self.state.clock && !taken && !lapsed {
                self.state.expect_back(row.plate, row.available_at);
                self.withhold(row.plate);
            }
            if row.random_only_until > self.state.clock {
                self.state.draw_only(row.plate, row.random_only_until);
            }
        }
        self.state
    }

    fn withhold(&mut self, plate: PlateKey) {
        if let Some((pool, place)) = self.state.place_mut(plate) {
            pool.set_free(place, false);
        }
    }
}

impl Limits {
    /// The instant after which every row of the log has to be read to find the applications that
    /// [`Restore::application`] wants: no older row's set can live, and no older operation can be
    /// repeated in time.
    pub fn read_from(&self, now: Timestamp) -> Timestamp {
        let span = self.longest_hold.max(self.longest_not_after);
        now.checked_sub(span).unwrap_or(Timestamp::MIN)
    }
}
