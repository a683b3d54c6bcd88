//! Announced openings and withheld numbers: R-POOL-03, R-POOL-04, E1, E6.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{
    Command, EndWithholding, Return, UsedNumbers, Withdraw, Withhold,
};
use xuanhao_platepool::domain::ids::{BatchId, WithholdingId};
use xuanhao_platepool::domain::replay::Replay;
use xuanhao_platepool::domain::rows::Outcome;

use crate::office::*;

fn announced(id: u128, mask: &str, opens_at: Timestamp) -> Command {
    let mut new = segment(id, mask);
    new.opens_at = Some(opens_at);
    release(id, vec![new])
}

fn withdraw(id: u128) -> Command {
    Command::Withdraw(Withdraw {
        batch: BatchId(Uuid::from_u128(id)),
        segments: vec![segment(id, "A0DDD").id],
    })
}

fn withhold(id: u128, texts: &[&str]) -> Command {
    Command::Withhold(Withhold {
        id: WithholdingId(Uuid::from_u128(id)),
        reason: "公务用车".to_owned(),
        plates: texts.iter().map(|text| plate(text)).collect(),
    })
}

fn end(id: u128, texts: &[&str], available_at: Timestamp) -> Command {
    let way_back = |text: &&str| Return {
        plate: plate(text),
        available_at,
        random_only_until: available_at + SignedDuration::from_secs(100),
    };
    Command::EndWithholding(EndWithholding {
        id: WithholdingId(Uuid::from_u128(id)),
        returns: texts.iter().map(way_back).collect(),
    })
}

fn replayed(counter: &Counter) {
    let mut replay = Replay::new(zhanjiang(), counter.store.limits.clone());
    days()
        .into_iter()
        .for_each(|day| replay.reveal(day).unwrap());
    for entry in &counter.store.log {
        replay.apply(entry).unwrap();
    }
    let memory = counter.engine.memory().unwrap();
    assert_eq!(
        replay.state_at(memory.settled_until()).snapshot(),
        memory.snapshot()
    );
}

/// R-POOL-04, E6: numbers can be selected from the announced instant on, by `decided_at`, and not a
/// microsecond before; a draw of that very instant sees them. Nothing is written for it.
#[test]
fn a_batch_opens_at_its_instant() {
    for is_rebuilt in [false, true] {
        let mut counter = Counter::new();
        let opens_at = counter.now + SignedDuration::from_secs(3_600);
        counter.order(announced(1, "A0DDD", opens_at)).unwrap();
        counter.now = opens_at - SignedDuration::from_micros(1);
        assert_eq!(counter.operate(7, 1, drawing(5)), Err(Error::NoneFree));
        let wish = composing(&["粤GA0001"], vehicle(8));
        let missed = counter.operate(8, 1, wish.clone()).unwrap();
        assert_eq!(missed.outcome, Outcome::AllMissed);
        assert!(missed.decided_at < opens_at);
        if is_rebuilt {
            counter.rebuild();
        }
        counter.now = opens_at;
        let rows = counter.store.log.len();
        let drawn = counter.operate(7, 2, drawing(5)).unwrap();
        assert_eq!(drawn.decided_at, opens_at);
        assert_eq!(column(&drawn.set).len(), 5);
        assert_eq!(counter.store.log.len(), rows + 1);
        replayed(&counter);
    }
}

/// E1: an announced segment is disjoint from others like an open one, and its id is in use.
#[test]
fn an_announced_segment_stands_in_the_way_of_others() {
    let mut counter = Counter::new();
    let opens_at = counter.now + SignedDuration::from_secs(60);
    counter.order(announced(1, "A0DDD", opens_at)).unwrap();
    let known = counter.order(announced(1, "B0DDD", opens_at));
    assert!(matches!(known, Err(Error::SegmentKnown { .. })));
    let overlapping = counter.order(release(2, vec![segment(2, "A01DD")]));
    assert!(matches!(overlapping, Err(Error::SegmentOverlaps { .. })));
    // Numbers given away meanwhile are taken when it opens.
    let import = xuanhao_platepool::domain::command::Import {
        channel: xuanhao_platepool::domain::command::Channel::Import,
        reason: String::new(),
        plates: vec![plate("粤GA0001")],
    };
    counter.order(Command::Import(import)).unwrap();
    counter.now = opens_at;
    counter.operate(7, 1, drawing(1)).unwrap();
    assert_eq!(counter.free(), 998);
    replayed(&counter);
}

/// R-POOL-03: opening, drawing only, and composing are three instants of one row.
#[test]
fn an_announced_segment_is_random_only_after_it_opens() {
    let mut counter = Counter::new();
    let opens_at = counter.now + SignedDuration::from_secs(60);
    let mut new = segment(1, "A0DDD");
    new.opens_at = Some(opens_at);
    new.random_only_until = Some(opens_at + SignedDuration::from_secs(60));
    counter.order(release(1, vec![new])).unwrap();
    let wish = || composing(&["粤GA0001"], vehicle(8));
    counter.now = opens_at;
    counter.operate(7, 1, drawing(1)).unwrap();
    let missed = counter.operate(8, 1, wish()).unwrap();
    assert_eq!(missed.outcome, Outcome::AllMissed);
    counter.rebuild();
    counter.now = opens_at + SignedDuration::from_secs(60);
    counter.operate(7, 2, drawing(1)).unwrap();
    counter.operate(8, 2, wish()).unwrap();
    replayed(&counter);
}

/// R-POOL-04: an announcement is taken back before its time, never after; the batch can be released
/// again.
#[test]
fn an_announcement_is_taken_back_before_its_time() {
    let mut counter = Counter::new();
    let opens_at = counter.now + SignedDuration::from_secs(60);
    assert_eq!(counter.order(withdraw(1)), Err(Error::NotAnnounced));
    counter.order(announced(1, "A0DDD", opens_at)).unwrap();
    let told = receipt(counter.order(withdraw(1)).unwrap());
    assert_eq!(told.outcome, Outcome::Withdrawn);
    counter.rebuild();
    counter.now = opens_at;
    assert_eq!(counter.operate(7, 1, drawing(5)), Err(Error::NoneFree));
    let opens_at = counter.now + SignedDuration::from_secs(60);
    counter.order(announced(1, "A0DDD", opens_at)).unwrap();
    counter.now = opens_at;
    assert_eq!(counter.order(withdraw(1)), Err(Error::NotAnnounced));
    assert_eq!(
        column(&counter.operate(7, 1, drawing(5)).unwrap().set).len(),
        5
    );
    replayed(&counter);
}

/// E1: what was imported is counted when it is announced.
#[test]
fn an_announcement_needs_its_import_closed() {
    let mut counter = Counter::new();
    let mut new = segment(1, "A0DDD");
    new.opens_at = Some(counter.now + SignedDuration::from_secs(60));
    new.used = UsedNumbers::Open;
    let refused = counter.order(release(1, vec![new]));
    assert!(matches!(refused, Err(Error::ImportOpen { .. })));
}

/// Numbers are withheld all or none, only when released and free; the row holds reason and numbers.
#[test]
fn numbers_are_withheld_whole() {
    let mut counter = Counter::opened("A000 1..5");
    let unreleased = counter.order(withhold(1, &["粤GA0001", "粤GB0001"]));
    assert_eq!(
        unreleased,
        Err(Error::NotReleased {
            plate: plate("粤GB0001")
        })
    );
    counter
        .operate(8, 1, composing(&["粤GA0001"], vehicle(8)))
        .unwrap();
    let taken = counter.order(withhold(1, &["粤GA0002", "粤GA0001"]));
    assert_eq!(
        taken,
        Err(Error::NotFree {
            plate: plate("粤GA0001")
        })
    );
    counter.operate(9, 1, drawing(1)).unwrap();
    let held = column(&counter.standing(9).set)[0];
    let taken = counter.order(withhold(1, &[&held.unpack().1.to_string()]));
    assert_eq!(taken, Err(Error::NotFree { plate: held }));
    counter
        .operate(9, 2, xuanhao_platepool::domain::command::Input::GiveUp)
        .unwrap();
    let command = withhold(1, &["粤GA0002", "粤GA0003"]);
    let told = receipt(counter.order(command.clone()).unwrap());
    assert_eq!(told.outcome, Outcome::Withheld { numbers: 2 });
    assert_eq!(counter.store.log.last().unwrap().command, command);
    assert_eq!(counter.free(), 2);
    let missed = counter
        .operate(7, 1, composing(&["粤GA0002"], vehicle(7)))
        .unwrap();
    assert_eq!(missed.outcome, Outcome::AllMissed);
    let twice = counter.order(withhold(2, &["粤GA0004", "粤GA0004"]));
    assert_eq!(twice, Err(Error::OutOfRange { field: "plates" }));
    replayed(&counter);
}

/// R-RND-12: withheld numbers come back as lapsed ones do: each at its time, drawn only at first.
#[test]
fn withheld_numbers_come_back() {
    let mut counter = Counter::opened("A000 1..2");
    counter
        .order(withhold(1, &["粤GA0001", "粤GA0002"]))
        .unwrap();
    let back = counter.now + SignedDuration::from_secs(50);
    let half = counter.order(end(1, &["粤GA0001"], back));
    assert_eq!(half, Err(Error::NotAllocated), "all of it, or none");
    let other = counter.order(end(2, &["粤GA0001", "粤GA0002"], back));
    assert_eq!(other, Err(Error::NotAllocated));
    counter.rebuild();
    let told = counter.order(end(1, &["粤GA0001", "粤GA0002"], back));
    assert_eq!(receipt(told.unwrap()).outcome, Outcome::Returning);
    let again = counter.order(end(1, &["粤GA0001", "粤GA0002"], back));
    assert_eq!(again, Err(Error::NotAllocated));
    assert_eq!(counter.operate(7, 1, drawing(2)), Err(Error::NoneFree));
    counter.rebuild();
    counter.now = back;
    let wish = || composing(&["粤GA0001"], vehicle(8));
    let missed = counter.operate(8, 1, wish()).unwrap();
    assert_eq!(missed.outcome, Outcome::AllMissed);
    assert_eq!(
        column(&counter.operate(7, 1, drawing(2)).unwrap().set).len(),
        2
    );
    counter.now = back + SignedDuration::from_secs(100);
    assert_eq!(
        allocated(&counter.operate(8, 2, wish()).unwrap()),
        plate("粤GA0001")
    );
    replayed(&counter);
}
