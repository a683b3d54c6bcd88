//! What citizens were shown as theirs: no number may be shown to two at a time.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;
use xuanhao_local::citizen::{Confirmed, Holding};

/// Somebody held a number from then until then, by what was told.
#[derive(Debug, Clone, Copy)]
struct Held {
    citizen: usize,
    from: Timestamp,
    until: Timestamp,
}

/// What was shown to whom, by number.
#[derive(Debug, Default)]
pub(super) struct Shown {
    held: Mutex<HashMap<String, Vec<Held>>>,
    given: Mutex<HashMap<String, Vec<usize>>>,
}

impl Shown {
    /// A citizen was told at `now`, by the server's clock, what is held for them.
    pub(super) fn held(&self, citizen: usize, holding: &Holding, now: Timestamp) {
        let mut all = self.held.lock().expect("no panic while it is held");
        let sets = [
            (&holding.column, holding.column_until),
            (&holding.basket, holding.basket_until),
        ];
        for (numbers, until) in sets {
            for number in numbers {
                all.entry(number.clone()).or_default().push(Held {
                    citizen,
                    from: now,
                    until: until.unwrap_or(now),
                });
            }
        }
    }

    /// From `now` on, when another operation of the citizen goes out, nothing told before counts as
    /// held: the pool may free it at any moment from then on.
    pub(super) fn let_go(&self, citizen: usize, numbers: &[String], now: Timestamp) {
        let mut all = self.held.lock().expect("no panic while it is held");
        for number in numbers {
            for held in all.entry(number.clone()).or_default() {
                if held.citizen == citizen {
                    held.until = held.until.min(now);
                }
            }
        }
    }

    /// A citizen was given a number.
    pub(super) fn given(&self, citizen: usize, confirmed: &Confirmed) {
        let mut all = self.given.lock().expect("no panic while it is held");
        all.entry(confirmed.plate.clone())
            .or_default()
            .push(citizen);
    }

    /// Numbers that were shown to two citizens at one time.
    #[must_use]
    pub(super) fn held_twice(&self) -> u64 {
        let all = self.held.lock().expect("no panic while it is held");
        let twice = all.values().filter(|spans| overlap(spans)).count();
        twice as u64
    }

    /// Numbers that two citizens were given.
    #[must_use]
    pub(super) fn given_twice(&self) -> u64 {
        let all = self.given.lock().expect("no panic while it is held");
        let twice = all
            .values()
            .filter(|citizens| citizens.iter().any(|one| *one != citizens[0]));
        twice.count() as u64
    }

    /// Numbers that citizens were given, in order.
    #[must_use]
    pub(super) fn all_given(&self) -> Vec<String> {
        let all = self.given.lock().expect("no panic while it is held");
        let mut numbers: Vec<String> = all.keys().cloned().collect();
        numbers.sort();
        numbers
    }
}

fn overlap(spans: &[Held]) -> bool {
    spans.iter().enumerate().any(|(index, one)| {
        spans[index + 1..]
            .iter()
            .any(|two| two.citizen != one.citizen && one.from < two.until && two.from < one.until)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn column(until: i64) -> Holding {
        Holding {
            column: vec!["粤J11A11".to_owned()],
            column_until: Some(at(until)),
            ..Holding::default()
        }
    }

    #[test]
    fn a_number_held_by_two_at_a_time_is_found_and_one_let_go_is_not() {
        let shown = Shown::default();
        shown.held(0, &column(90), at(0));
        shown.let_go(0, &column(90).column, at(10));
        shown.held(1, &column(110), at(20));
        assert_eq!(shown.held_twice(), 0);
        shown.held(2, &column(200), at(109));
        assert_eq!(shown.held_twice(), 1);
    }
}
