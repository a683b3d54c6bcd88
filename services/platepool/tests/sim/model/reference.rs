//! The naive model, and how steps make it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::ReferenceStateMachine;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::draw::DrawKey;
use xuanhao_platepool::domain::rows::Outcome;
use xuanhao_vocabulary::PlateKey;

use crate::office::*;

/// How long a held hit or a choice is held.
pub(crate) const ALONE: SignedDuration = SignedDuration::from_secs(45);

#[derive(Debug, Clone, Default)]
pub(crate) struct Holder {
    pub(crate) op_no: u64,
    pub(crate) column: Vec<PlateKey>,
    pub(crate) column_until: Option<Timestamp>,
    pub(crate) chosen: bool,
    pub(crate) basket: Vec<PlateKey>,
    pub(crate) basket_until: Option<Timestamp>,
    pub(crate) allocation: Option<PlateKey>,
    pub(crate) closed: bool,
}

/// The model.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) now: Timestamp,
    pub(crate) all: BTreeSet<PlateKey>,
    pub(crate) allocated: BTreeSet<PlateKey>,
    pub(crate) away: BTreeMap<PlateKey, Option<Timestamp>>,
    pub(crate) holders: BTreeMap<u128, Holder>,
    /// What the last step told.
    pub(crate) told: Result<Outcome, Error>,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Pass(i64),
    Draw(u128, u32, bool),
    Keep(u128, Index),
    Compose(u128, Vec<u8>),
    /// A hit is held instead of allocated.
    Hold(u128, Vec<u8>),
    Choose(u128, Index),
    Confirm(u128, Index),
    GiveUp(u128),
    Close(u128),
    Lapse(u128),
    Return(Index),
    Rebuild,
}

pub(crate) fn wish(digit: u8) -> String {
    format!("粤GA000{digit}")
}

impl Pool {
    pub(crate) fn expire(&mut self) {
        for holder in self.holders.values_mut() {
            if holder.column_until.is_some_and(|until| until <= self.now) {
                (holder.column, holder.column_until) = (Vec::new(), None);
            }
            if holder.basket_until.is_some_and(|until| until <= self.now) {
                (holder.basket, holder.basket_until) = (Vec::new(), None);
            }
        }
        self.away
            .retain(|_, back| back.is_none_or(|back| back > self.now));
    }

    pub(crate) fn free(&self) -> Vec<PlateKey> {
        let held = |plate: &&PlateKey| {
            self.holders
                .values()
                .any(|h| h.column.contains(plate) || h.basket.contains(plate))
        };
        let gone =
            |plate: &&PlateKey| self.allocated.contains(plate) || self.away.contains_key(plate);
        self.all
            .iter()
            .filter(|plate| !held(plate) && !gone(plate))
            .copied()
            .collect()
    }

    /// Checks what every operation has to pass, and counts it.
    fn begin(&mut self, who: u128) -> Result<&mut Holder, Error> {
        let holder = self.holders.entry(who).or_default();
        if holder.closed {
            return Err(Error::Closed);
        }
        if let Some(plate) = holder.allocation {
            return Err(Error::HasAllocation { plate });
        }
        Ok(holder)
    }

    fn draw(&mut self, who: u128, count: u32, without_four: bool) -> Result<Outcome, Error> {
        let (now, op_no) = (self.now, self.begin(who)?.op_no + 1);
        let fits = |plate: &PlateKey| !without_four || !plate.unpack().1.contains_digit_four();
        let mut without = self.clone();
        without.holders.entry(who).or_default().column.clear();
        let mut free: Vec<_> = without.free().into_iter().filter(fits).collect();
        if free.is_empty() {
            return Err(Error::NoneFree);
        }
        let [day, _] = days();
        let key = DrawKey::derive(&day.key, &day.public_value);
        let mut picks = key.picks(&zhanjiang().id, application(who), op_no);
        let mut column = Vec::new();
        while column.len() < count as usize && !free.is_empty() {
            let rank = picks.next_rank(free.len() as u64);
            column.push(free.remove(usize::try_from(rank).unwrap()));
        }
        let holder = self.begin(who)?;
        (holder.op_no, holder.column, holder.chosen) = (op_no, column, false);
        holder.column_until = Some(now + COLUMN);
        holder.basket_until = holder.basket_until.map(|_| now + BASKET);
        Ok(Outcome::Held {
            until: now + COLUMN,
        })
    }

    fn keep(&mut self, who: u128, plate: PlateKey) -> Result<Outcome, Error> {
        let now = self.now;
        let holder = self.begin(who)?;
        holder.column_until.ok_or(Error::HoldVoid)?;
        if holder.chosen {
            return Err(Error::CandidateChosen);
        }
        if !holder.column.contains(&plate) {
            return Err(Error::NotHeld);
        }
        holder.column.retain(|other| *other != plate);
        holder.basket.push(plate);
        (holder.chosen, holder.basket_until) = (true, Some(now + BASKET));
        holder.op_no += 1;
        Ok(Outcome::Held {
            until: now + BASKET,
        })
    }

    fn compose(&mut self, who: u128, wishes: &[u8]) -> Result<Outcome, Error> {
        let free = self.free();
        let holder = self.begin(who)?;
        holder.op_no += 1;
        let own = |plate: &PlateKey| holder.column.contains(plate) || holder.basket.contains(plate);
        let wishes = wishes.iter().map(|digit| plate(&wish(*digit)));
        let hit = wishes
            .into_iter()
            .find(|plate| free.contains(plate) || own(plate));
        Ok(hit.map_or(Outcome::AllMissed, |plate| self.take(who, plate)))
    }

    fn hold(&mut self, who: u128, wishes: &[u8]) -> Result<Outcome, Error> {
        let free = self.free();
        let holder = self.begin(who)?;
        holder.op_no += 1;
        let own = |plate: &PlateKey| holder.column.contains(plate) || holder.basket.contains(plate);
        let hit = wishes
            .iter()
            .map(|digit| plate(&wish(*digit)))
            .find(|plate| free.contains(plate) || own(plate));
        Ok(hit.map_or(Outcome::AllMissed, |plate| self.alone(who, plate)))
    }

    fn choose(&mut self, who: u128, plate: PlateKey) -> Result<Outcome, Error> {
        let holder = self.begin(who)?;
        if holder.column_until.is_none() && holder.basket_until.is_none() {
            return Err(Error::HoldVoid);
        }
        if !holder.column.contains(&plate) && !holder.basket.contains(&plate) {
            return Err(Error::NotHeld);
        }
        holder.op_no += 1;
        Ok(self.alone(who, plate))
    }

    /// Nothing is held but one number.
    fn alone(&mut self, who: u128, plate: PlateKey) -> Outcome {
        let until = self.now + ALONE;
        let holder = self.holders.entry(who).or_default();
        *holder = Holder {
            op_no: holder.op_no,
            column: vec![plate],
            column_until: Some(until),
            ..Holder::default()
        };
        Outcome::Held { until }
    }

    fn confirm(&mut self, who: u128, plate: PlateKey) -> Result<Outcome, Error> {
        let holder = self.begin(who)?;
        if holder.column_until.is_none() && holder.basket_until.is_none() {
            return Err(Error::HoldVoid);
        }
        if !holder.column.contains(&plate) && !holder.basket.contains(&plate) {
            return Err(Error::NotHeld);
        }
        holder.op_no += 1;
        Ok(self.take(who, plate))
    }

    fn take(&mut self, who: u128, plate: PlateKey) -> Outcome {
        let holder = self.holders.entry(who).or_default();
        *holder = Holder {
            op_no: holder.op_no,
            allocation: Some(plate),
            ..Holder::default()
        };
        self.allocated.insert(plate);
        Outcome::Allocated { plate }
    }

    /// The number that a step points at: one of the holder's, or any.
    pub(crate) fn pointed(&self, who: u128, index: &Index) -> PlateKey {
        let own = self
            .holders
            .get(&who)
            .into_iter()
            .flat_map(|h| h.column.iter().chain(&h.basket));
        let candidates: Vec<_> = own.chain(self.all.first()).copied().collect();
        candidates[index.index(candidates.len())]
    }

    pub(crate) fn lapsed(&self, index: &Index) -> Option<PlateKey> {
        let lapsed: Vec<_> = self
            .away
            .iter()
            .filter(|(_, back)| back.is_none())
            .collect();
        (!lapsed.is_empty()).then(|| *lapsed[index.index(lapsed.len())].0)
    }
}

/// How steps make the model.
pub(crate) struct Model;

impl ReferenceStateMachine for Model {
    type State = Pool;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Pool> {
        let all = (0..=9).map(|digit| plate(&wish(digit))).collect();
        let (allocated, away) = (BTreeSet::new(), BTreeMap::new());
        let told = Ok(Outcome::GivenUp);
        // One row, the release, is an hour old.
        let now = morning() + SignedDuration::from_secs(3600);
        Just(Pool {
            now,
            all,
            allocated,
            away,
            holders: BTreeMap::new(),
            told,
        })
        .boxed()
    }

    fn transitions(_: &Pool) -> BoxedStrategy<Step> {
        let who = || 1_u128..5;
        prop_oneof![
            3 => (1_i64..60).prop_map(Step::Pass),
            6 => (who(), 1_u32..6, any::<bool>()).prop_map(|(who, count, four)| Step::Draw(who, count, four)),
            4 => (who(), any::<Index>()).prop_map(|(who, index)| Step::Keep(who, index)),
            2 => (who(), prop::collection::vec(0_u8..10, 1..4)).prop_map(|(who, wishes)| Step::Compose(who, wishes)),
            2 => (who(), any::<Index>()).prop_map(|(who, index)| Step::Confirm(who, index)),
            2 => (who(), prop::collection::vec(0_u8..10, 1..4)).prop_map(|(who, wishes)| Step::Hold(who, wishes)),
            2 => (who(), any::<Index>()).prop_map(|(who, index)| Step::Choose(who, index)),
            1 => who().prop_map(Step::GiveUp),
            1 => (10_u128..12).prop_map(Step::Close),
            3 => who().prop_map(Step::Lapse),
            3 => any::<Index>().prop_map(Step::Return),
            1 => Just(Step::Rebuild),
        ]
        .boxed()
    }

    fn apply(mut pool: Pool, step: &Step) -> Pool {
        // Every step is a second after the one before.
        pool.now += SignedDuration::from_secs(1);
        pool.expire();
        pool.told = match step {
            Step::Pass(seconds) => {
                pool.now += SignedDuration::from_secs(*seconds);
                pool.expire();
                Ok(Outcome::GivenUp)
            }
            Step::Draw(who, count, without_four) => pool.draw(*who, *count, *without_four),
            Step::Keep(who, index) => pool.keep(*who, pool.pointed(*who, index)),
            Step::Compose(who, wishes) => pool.compose(*who, wishes),
            Step::Confirm(who, index) => pool.confirm(*who, pool.pointed(*who, index)),
            Step::Hold(who, wishes) => pool.hold(*who, wishes),
            Step::Choose(who, index) => pool.choose(*who, pool.pointed(*who, index)),
            Step::GiveUp(who) => pool.begin(*who).map(|holder| {
                *holder = Holder {
                    op_no: holder.op_no + 1,
                    ..Holder::default()
                };
                Outcome::GivenUp
            }),
            Step::Close(who) => {
                pool.holders.entry(*who).or_default().closed = true;
                Ok(Outcome::Closed { allocation: None })
            }
            Step::Lapse(who) => match pool.holders.get_mut(who).and_then(|h| h.allocation.take()) {
                Some(plate) => {
                    pool.allocated.remove(&plate);
                    pool.away.insert(plate, None);
                    Ok(Outcome::Lapsed)
                }
                None => Err(Error::NotAllocated),
            },
            Step::Return(index) => match pool.lapsed(index) {
                Some(plate) => {
                    pool.away
                        .insert(plate, Some(pool.now + SignedDuration::from_secs(40)));
                    Ok(Outcome::Returning)
                }
                None => Err(Error::NotAway),
            },
            Step::Rebuild => Ok(Outcome::GivenUp),
        };
        pool
    }
}
