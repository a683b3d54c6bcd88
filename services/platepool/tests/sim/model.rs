//! The engine against a one-page model that keeps numbers in ordered sets and looks through all of
//! them for every question.

mod reference;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest_state_machine::{StateMachineTest, prop_state_machine};
use reference::{ALONE, Model, Pool, Step, wish};
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{
    Choose, Command, Compose, DrawFrom, Input, Lapse, OnHit, Return,
};
use xuanhao_platepool::domain::rows::Outcome;
use xuanhao_vocabulary::PlateClass;

use crate::office::*;

/// The ten numbers of the model.
const MASK: &str = "A000D";

/// The engine beside it. `before` is the model before the step, which tells what it points at.
struct Beside {
    counter: Counter,
    before: Pool,
}

impl StateMachineTest for Beside {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(pool: &Pool) -> Self {
        let mut counter = Counter::opened(MASK);
        counter.now = pool.now;
        Self {
            counter,
            before: pool.clone(),
        }
    }

    fn apply(mut beside: Self, after: &Pool, step: Step) -> Self {
        beside.before.now += SignedDuration::from_secs(1);
        beside.before.expire();
        let told = beside.step(&step);
        if let Some(told) = told {
            assert_eq!(told, after.told, "{step:?}");
        }
        beside.before = after.clone();
        beside
    }

    fn check_invariants(beside: &Self, pool: &Pool) {
        let memory = beside.counter.engine.memory().unwrap();
        assert_eq!(memory.audit().map(|_| ()), Ok(()));
        // What only waits for time to pass has passed in a memory that is read from the rows.
        let mut rows = beside.counter.store.clone();
        rows.take_over();
        let figures = rows.read(pool.now).figures(PlateClass::Small);
        assert_eq!(figures.free, pool.free().len() as u64);
        assert_eq!(figures.allocated, pool.allocated.len() as u64);
    }
}

impl Beside {
    fn step(&mut self, step: &Step) -> Option<Result<Outcome, Error>> {
        self.counter.now = self.before.now;
        let next = |who: &u128| self.before.holders.get(who).map_or(0, |h| h.op_no) + 1;
        let (who, input) = match step {
            Step::Pass(seconds) => {
                self.counter.now += SignedDuration::from_secs(*seconds);
                assert!(self.counter.decide().is_none());
                return None;
            }
            Step::Rebuild => {
                self.counter.rebuild();
                return None;
            }
            Step::Close(who) => {
                let closed = self
                    .before
                    .holders
                    .get(who)
                    .is_some_and(|holder| holder.closed);
                let told = self.counter.order(Command::Close(application(*who)));
                return (!closed).then(|| told.map(|told| receipt(told).outcome));
            }
            Step::Lapse(who) => {
                let taken = self
                    .before
                    .holders
                    .get(who)
                    .and_then(|holder| holder.allocation);
                let plate = taken.unwrap_or_else(|| plate(&wish(0)));
                let application = Some(application(*who));
                return Some(self.order(Command::Lapse(Lapse { plate, application })));
            }
            Step::Return(index) => {
                let lapsed = self.before.lapsed(index);
                let available_at = self.before.now + SignedDuration::from_secs(40);
                let plate = lapsed.unwrap_or_else(|| plate("粤GZ9999"));
                let random_only_until = self.before.now;
                let back = Return {
                    plate,
                    available_at,
                    random_only_until,
                };
                return Some(self.order(Command::Return(back)));
            }
            Step::Draw(who, count, true) => (who, draw_from(*count, DrawFrom::WithoutFour)),
            Step::Draw(who, count, false) => (who, drawing(*count)),
            Step::Keep(who, index) => (who, keeping(self.before.pointed(*who, index))),
            Step::Confirm(who, index) => {
                let plate = self.before.pointed(*who, index);
                (who, confirming(plate, vehicle(u8::try_from(*who).unwrap())))
            }
            Step::Compose(who, wishes) => {
                let wishes: Vec<_> = wishes.iter().map(|digit| wish(*digit)).collect();
                let wishes: Vec<_> = wishes.iter().map(String::as_str).collect();
                (
                    who,
                    composing(&wishes, vehicle(u8::try_from(*who).unwrap())),
                )
            }
            Step::Hold(who, wishes) => {
                let wishes = wishes.iter().map(|digit| plate(&wish(*digit))).collect();
                let on_hit = OnHit::Hold { ttl: ALONE };
                let compose = Compose {
                    wishes,
                    energy: None,
                    on_hit,
                };
                (who, Input::Compose(compose))
            }
            Step::Choose(who, index) => {
                let plate = self.before.pointed(*who, index);
                (who, Input::Choose(Choose { plate, ttl: ALONE }))
            }
            Step::GiveUp(who) => (who, Input::GiveUp),
        };
        let told = self.counter.operate(*who, next(who), input);
        if let Ok(told) = &told {
            assert_eq!(
                told.decided_at, self.before.now,
                "the model's clock is the engine's"
            );
        }
        Some(told.map(|told| told.outcome))
    }

    fn order(&mut self, command: Command) -> Result<Outcome, Error> {
        self.counter
            .order(command)
            .map(|told| receipt(told).outcome)
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// V1, V2, V6, P3, P4, P7, P9, E6, E9: the engine tells what the model tells, step by step,
    /// with rebuilds in between.
    #[test]
    fn the_engine_agrees_with_the_model(sequential 1..50 => Beside);
}
