//! Energy groups of new-energy numbers (GA 36): E6, E9.

use std::collections::BTreeSet;

use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Compose, Draw, DrawFrom, Input, OnHit};
use xuanhao_platepool::domain::draw::DrawKey;
use xuanhao_platepool::domain::replay::Replay;
use xuanhao_platepool::domain::rows::Outcome;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{PlateClass, PlateKey, PlateNumber};

use crate::office::*;

const GROUPS: [Energy; 2] = [Energy::Battery, Energy::NotPurelyBattery];

/// Twenty battery numbers and thirty others, of one class.
fn mixed() -> Counter {
    let mut counter = Counter::new();
    let class = PlateClass::NevSmall;
    let of = |id, mask| xuanhao_platepool::domain::command::NewSegment {
        class,
        ..segment(id, mask)
    };
    let segments = vec![of(2, "[DF]0001D"), of(1, "[EGK]L0001 -{EZ0001}")];
    counter.order(release(1, segments)).unwrap();
    counter
}

fn nev(text: &str) -> PlateKey {
    let number = PlateNumber::parse_as(PlateClass::NevSmall, text).unwrap();
    PlateKey::pack(PlateClass::NevSmall, number).unwrap()
}

fn draw(count: u32, energy: Option<Energy>) -> Input {
    match draw_from(count, DrawFrom::Any) {
        Input::Draw(draw) => Input::Draw(Draw {
            class: PlateClass::NevSmall,
            energy,
            ..draw
        }),
        other => other,
    }
}

fn compose(wishes: &[&str], energy: Option<Energy>, of: u8) -> Input {
    Input::Compose(Compose {
        wishes: wishes.iter().map(|wish| nev(wish)).collect(),
        energy,
        on_hit: OnHit::Allocate(vehicle(of)),
    })
}

fn energy_of(plate: PlateKey) -> Option<Energy> {
    plate.unpack().1.serial().energy()
}

/// E9: for a group n counts only its numbers, in the order of segments and masks; a naive reading of
/// the same ranks gives the same numbers.
#[test]
fn a_group_draws_its_own_numbers_by_rank() {
    for group in GROUPS {
        let mut counter = mixed();
        let masks = counter.store.segments.clone();
        let mut sorted: Vec<_> = masks.iter().collect();
        sorted.sort_by_key(|segment| segment.id);
        let numbers = sorted.into_iter().flat_map(|segment| {
            let number = |serial| PlateNumber::new(segment.code, serial);
            segment.mask.iter().map(number).collect::<Vec<_>>()
        });
        let mut free: Vec<_> = numbers
            .map(|number| PlateKey::pack(PlateClass::NevSmall, number).unwrap())
            .filter(|plate| energy_of(*plate) == Some(group))
            .collect();
        let [day, _] = days();
        let key = DrawKey::derive(&day.key, &day.public_value);
        let mut picks = key.picks(&zhanjiang().id, application(7), 1);
        let expected: Vec<_> = (0..5)
            .map(|_| free.remove(usize::try_from(picks.next_rank(free.len() as u64)).unwrap()))
            .collect();
        let told = counter.operate(7, 1, draw(5, Some(group))).unwrap();
        assert_eq!(column(&told.set), expected);
    }
}

/// A group is never given another's numbers, not even when its own have run out.
#[test]
fn numbers_of_another_group_are_not_there() {
    let mut counter = mixed();
    let all = column(
        &counter
            .operate(7, 1, draw(100, Some(Energy::Battery)))
            .unwrap()
            .set,
    );
    assert_eq!(all.len(), 10 + 23, "D…, and E… but for one");
    assert!(
        all.iter()
            .all(|plate| energy_of(*plate) == Some(Energy::Battery))
    );
    let none = counter.operate(8, 1, draw(1, Some(Energy::Battery)));
    assert_eq!(none, Err(Error::NoneFree));
    let others = counter
        .operate(8, 1, draw(100, Some(Energy::NotPurelyBattery)))
        .unwrap();
    let others: BTreeSet<_> = column(&others.set).into_iter().collect();
    assert_eq!(others.len(), 10 + 48);
    assert!(all.iter().all(|plate| !others.contains(plate)));
    // One's own column is free again before the first pick, of one's group only.
    let again = column(
        &counter
            .operate(7, 2, draw(100, Some(Energy::Battery)))
            .unwrap()
            .set,
    );
    assert_eq!(again.len(), all.len());
}

/// R-SEL-06: a wish of another group is missed like one that is taken.
#[test]
fn a_wish_of_another_group_is_missed() {
    let mut counter = mixed();
    let wishes = ["粤GF00010", "粤GD00010"];
    let missed = counter.operate(7, 1, compose(&wishes[..1], Some(Energy::Battery), 7));
    assert_eq!(missed.unwrap().outcome, Outcome::AllMissed);
    let told = counter.operate(7, 2, compose(&wishes, Some(Energy::Battery), 7));
    assert_eq!(allocated(&told.unwrap()), nev(wishes[1]));
    let told = counter.operate(8, 1, compose(&wishes, Some(Energy::NotPurelyBattery), 8));
    assert_eq!(allocated(&told.unwrap()), nev(wishes[0]));
}

/// E6: rows of before, which name no group, replay as they were: who names none sees all.
#[test]
fn rows_without_a_group_replay() {
    let mut counter = mixed();
    let all = counter.operate(7, 1, draw(100, None)).unwrap();
    assert_eq!(column(&all.set).len(), 33 + 58);
    counter
        .operate(7, 2, draw(3, Some(Energy::Battery)))
        .unwrap();
    counter
        .operate(8, 1, draw(3, Some(Energy::NotPurelyBattery)))
        .unwrap();
    counter
        .operate(8, 2, compose(&["粤GF00010", "粤GG00010"], None, 8))
        .unwrap();
    let mut replay = Replay::new(zhanjiang(), counter.store.limits.clone());
    days()
        .into_iter()
        .for_each(|day| replay.reveal(day).unwrap());
    for entry in &counter.store.log {
        replay.apply(entry).unwrap();
    }
    let replayed = replay.state_at(counter.now);
    let memory = counter.engine.memory().unwrap();
    memory.audit().unwrap();
    assert_eq!(
        replayed.figures(PlateClass::NevSmall),
        memory.figures(PlateClass::NevSmall)
    );
}
