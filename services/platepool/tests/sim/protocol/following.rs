//! A successor that follows the log from rows it read early: E3, E6, E7.

use jiff::SignedDuration;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Command, Input, Lapse};
use xuanhao_platepool::domain::replay::{Mismatch, Replay};
use xuanhao_platepool::domain::state::State;

use crate::office::*;

fn following(memory: State) -> Replay {
    let mut replay = Replay::resume(memory);
    days()
        .into_iter()
        .for_each(|day| replay.reveal(day).unwrap());
    replay
}

/// Carries out the rows from that one on; then another writer takes over with what came of it.
fn take_over(counter: &mut Counter, mut replay: Replay, from: usize) {
    for entry in &counter.store.log[from..] {
        assert_eq!(replay.apply(entry), Ok(()));
    }
    let epoch = counter.store.take_over();
    let memory = replay.finish(epoch, counter.now);
    let read = counter.store.read(counter.now);
    assert_eq!(memory.snapshot(), read.snapshot());
    assert_eq!(memory.disagreements(&read), []);
    assert_eq!(memory.epoch(), epoch);
    counter.engine.restore(memory);
}

/// E3, E7: what came since is held by the successor's memory, and repeats are answered from it.
#[test]
fn a_successor_goes_on_where_the_writer_stopped() {
    let mut counter = Counter::opened("A000 1..9");
    let drawn = column(&counter.operate(7, 1, drawing(4)).unwrap().set);
    let (replay, rows) = (
        following(counter.store.read_of_last_row()),
        counter.store.log.len(),
    );
    counter.pass(5);
    let kept = counter.operate(7, 2, keeping(drawn[0])).unwrap();
    let other = counter.operate(8, 1, drawing(9)).unwrap();
    assert_eq!(column(&other.set).len(), 5);
    let confirmed = counter.operate(9, 1, composing(&["粤GA0001"], vehicle(9)));
    take_over(&mut counter, replay, rows);
    assert_eq!(counter.operate(7, 2, keeping(drawn[0])), Ok(kept));
    assert_eq!(
        counter.operate(9, 1, composing(&["粤GA0001"], vehicle(9))),
        confirmed
    );
    counter.pass(200);
    assert_eq!(counter.operate(8, 2, drawing(9)).unwrap().key.epoch, 2);
}

/// E7: the history of who held nothing when the rows were read is never guessed. Whatever the rows
/// say of such an application, it stands afterwards as the rows say.
#[test]
fn strangers_stay_strangers() {
    let mut counter = Counter::opened("A0DDD");
    for who in 1..=4 {
        let wish = format!("粤GA000{who}");
        let vehicle = vehicle(u8::try_from(who).unwrap());
        counter
            .operate(who, 3, composing(&[&wish], vehicle))
            .unwrap();
    }
    counter.operate(5, 6, drawing(2)).unwrap();
    counter.pass(3 * 3600);
    counter.operate(6, 1, Input::GiveUp).unwrap();
    let (replay, rows) = (
        following(counter.store.read_of_last_row()),
        counter.store.log.len(),
    );
    counter.pass(1);
    counter.resolve(1, 9).unwrap();
    counter.order(Command::Close(application(2))).unwrap();
    let lapse = Lapse {
        plate: plate("粤GA0003"),
        application: Some(application(3)),
    };
    counter.order(Command::Lapse(lapse)).unwrap();
    counter.resolve(5, 6).unwrap();
    take_over(&mut counter, replay, rows);
    let stands = |counter: &mut Counter, who| {
        let standing = counter.standing(who);
        (standing.op_no, standing.allocation, standing.closed)
    };
    assert_eq!(stands(&mut counter, 1), (9, Some(plate("粤GA0001")), false));
    assert_eq!(stands(&mut counter, 2), (3, Some(plate("粤GA0002")), true));
    assert_eq!(stands(&mut counter, 3), (3, None, false));
    assert_eq!(stands(&mut counter, 5), (6, None, false));
    let again = counter.operate(1, 10, drawing(1));
    let plate = plate("粤GA0001");
    assert_eq!(again, Err(Error::HasAllocation { plate }));
}

/// E6: a row that does not follow from the memory is told, not taken over.
#[test]
fn what_does_not_follow_is_a_mismatch() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, drawing(4)).unwrap();
    let (early, rows) = (counter.store.read_of_last_row(), counter.store.log.len());
    counter.pass(1);
    counter.operate(8, 1, drawing(100)).unwrap();
    counter.operate(9, 1, drawing(100)).unwrap();
    let [before, first, second] = &counter.store.log[rows - 1..] else {
        panic!("three rows")
    };
    // A row that the memory was built from already.
    let again = following(early.clone()).apply(before);
    assert!(matches!(again, Err(Mismatch::OutOfOrder { .. })));
    // A row is missing: the draw after it comes out otherwise, or counts otherwise.
    let skipped = following(early.clone()).apply(second);
    assert!(matches!(skipped, Err(Mismatch::Differs { .. })));
    // A memory that is ahead of the row's clock.
    let ahead = counter
        .store
        .read(counter.now + SignedDuration::from_mins(1));
    assert!(matches!(
        following(ahead).apply(first),
        Err(Mismatch::OutOfOrder { .. })
    ));
    // A day that was not revealed.
    let sealed = Replay::resume(early.clone()).apply(first);
    let why = Some(Error::DrawingNotOpen {
        day: days()[0].date,
    });
    let key = first.key;
    assert_eq!(sealed, Err(Mismatch::Impossible { key, why }));
    // A hold that the memory does not know of.
    let mut kept = first.clone();
    let Command::Operate(operation) = &mut kept.command else {
        panic!("an operation")
    };
    operation.input = keeping(plate("粤GA0001"));
    let unheld = following(early).apply(&kept);
    assert!(matches!(unheld, Err(Mismatch::Impossible { .. })));
}
