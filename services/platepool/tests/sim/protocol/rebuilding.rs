//! The memory as a function of the rows: E3, E5, E6, E7.

use jiff::SignedDuration;
use xuanhao_platepool::domain::command::{
    Channel, Command, Import, Input, Lapse, Return, SetRules,
};
use xuanhao_platepool::domain::draw::{Day, DayKey};
use xuanhao_platepool::domain::engine::{Need, Settled};
use xuanhao_platepool::domain::replay::{Mismatch, Replay};
use xuanhao_platepool::domain::rows::Outcome;
use xuanhao_platepool::domain::rule::ComposeRule;
use xuanhao_platepool::domain::{Effect, Engine};
use xuanhao_vocabulary::PlateClass;

use crate::office::*;

/// A day with a bit of everything.
fn busy() -> Counter {
    let mut counter = Counter::new();
    let mut slow = segment(5, "B0DDD");
    slow.random_only_until = Some(counter.now + SignedDuration::from_hours(1));
    counter
        .order(release(1, vec![slow, segment(3, "A0DDD")]))
        .unwrap();
    let rules = vec![ComposeRule::EqualDigits { at_least: 3 }];
    counter
        .order(Command::SetRules(SetRules {
            class: PlateClass::Small,
            rules,
        }))
        .unwrap();
    let plates = vec![plate("粤GA0999"), plate("粤GC0001")];
    let import = Import {
        channel: Channel::Import,
        reason: String::new(),
        plates,
    };
    counter.order(Command::Import(import)).unwrap();
    for who in 1..20 {
        let drawn = column(&counter.operate(who, 1, drawing(10)).unwrap().set);
        counter.pass(7);
        match who % 5 {
            0 => _ = counter.operate(who, 2, keeping(drawn[0])).unwrap(),
            1 => {
                _ = counter
                    .operate(who, 2, confirming(drawn[0], vehicle(who as u8)))
                    .unwrap()
            }
            2 => _ = counter.operate(who, 2, Input::GiveUp).unwrap(),
            3 => _ = counter.operate(who, 2, drawing(3)).unwrap(),
            _ => _ = counter.order(Command::Close(application(who))).unwrap(),
        }
    }
    for who in [1, 6] {
        let number = counter.standing(who).allocation.unwrap();
        let lapse = Lapse {
            plate: number,
            application: Some(application(who)),
        };
        counter.order(Command::Lapse(lapse)).unwrap();
        if who == 6 {
            counter
                .order(Command::Return(Return {
                    plate: number,
                    available_at: counter.now + SignedDuration::from_secs(30),
                    random_only_until: counter.now + SignedDuration::from_secs(300),
                }))
                .unwrap();
        }
    }
    counter.resolve(50, 1).unwrap();
    counter.run();
    counter
}

fn agree(counter: &mut Counter) {
    counter.run();
    counter.now += SignedDuration::from_micros(50);
    assert!(counter.decide().is_none());
    // Nothing is due in the microseconds between the two clocks.
    let live = counter.engine.memory().unwrap();
    let mut rows = counter.store.clone();
    rows.take_over();
    let rebuilt = rows.read(counter.now);
    assert_eq!(live.snapshot(), rebuilt.snapshot());
    assert_eq!(live.disagreements(&rebuilt), []);
    assert_eq!(rebuilt.audit().map(|_| ()), Ok(()));
}

/// E3, E7: at any time the memory that lived equals the one read from the rows.
#[test]
fn the_memory_is_a_function_of_the_rows() {
    let mut counter = busy();
    for seconds in [0, 1, 20, 40, 100, 200, 4000] {
        counter.pass(seconds);
        agree(&mut counter);
    }
}

/// E7: the highest (epoch, seq) supersedes, also across epochs: what was redrawn after a rebuild
/// counts, not what came before.
#[test]
fn the_latest_row_supersedes() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, drawing(10)).unwrap();
    counter.operate(7, 2, drawing(10)).unwrap();
    counter.rebuild();
    let last = counter.operate(7, 3, drawing(4)).unwrap();
    assert_eq!((last.key.epoch, last.key.seq), (2, 1));
    counter.rebuild();
    assert_eq!(counter.standing(7).set, last.set);
    assert_eq!(counter.free(), 996);
}

/// E6: replaying the rows gives the very same state, and every draw comes out again.
#[test]
fn the_log_replays() {
    let mut counter = busy();
    counter.rebuild();
    counter.pass(30);
    for who in 30..40 {
        counter.operate(who, 1, drawing(10)).unwrap();
    }
    let mut replay = Replay::new(zhanjiang(), counter.store.limits.clone());
    days()
        .into_iter()
        .for_each(|day| replay.reveal(day).unwrap());
    for entry in &counter.store.log {
        assert_eq!(replay.apply(entry), Ok(()));
    }
    counter.decide();
    counter.now += SignedDuration::from_micros(100);
    counter.decide();
    let replayed = replay.state_at(counter.now);
    assert_eq!(
        replayed.snapshot(),
        counter.engine.memory().unwrap().snapshot()
    );
}

/// E6, E9, E10: a log with another draw, another key or a row left out does not replay.
#[test]
fn a_changed_log_does_not_replay() {
    let counter = busy();
    let replay = |log: &[_], days: [Day; 2]| {
        let mut replay = Replay::new(zhanjiang(), counter.store.limits.clone());
        days.into_iter().for_each(|day| replay.reveal(day).unwrap());
        log.iter().try_for_each(|entry| replay.apply(entry))
    };
    let log = &counter.store.log;
    assert_eq!(replay(log, days()), Ok(()));

    let [first, second] = days();
    let other_key = [
        Day {
            key: DayKey([9; 32]),
            ..first
        },
        second,
    ];
    assert!(matches!(
        replay(log, other_key),
        Err(Mismatch::Differs { .. })
    ));

    let drawn = log
        .iter()
        .position(|entry| entry.set.column.is_some())
        .unwrap();
    let mut steered = log.clone();
    steered[drawn].set.column.as_mut().unwrap().plates[0] = plate("粤GA0888");
    assert!(matches!(
        replay(&steered, days()),
        Err(Mismatch::Differs { .. })
    ));

    let mut shortened = log.clone();
    shortened.remove(drawn);
    assert!(replay(&shortened, days()).is_err());

    let repeated = [log.clone(), log[drawn..=drawn].to_vec()].concat();
    assert!(matches!(
        replay(&repeated, days()),
        Err(Mismatch::OutOfOrder { .. })
    ));
}

/// E5: a rebuilt writer starts at the log's last instant if the database's clock is behind it.
#[test]
fn a_rebuilt_writer_does_not_start_in_the_past() {
    let mut counter = Counter::opened("A0DDD");
    let first = counter.operate(7, 1, drawing(10)).unwrap();
    counter.pass(-3000);
    counter.rebuild();
    let standing = counter.standing(7);
    assert_eq!(standing.set, first.set, "still held: no time has passed");
    let told = counter.order(Command::Close(application(7))).unwrap();
    assert!(receipt(told).decided_at > first.decided_at);
}

/// E5: nor does it take for live what was void by the log's last instant: the numbers are somebody
/// else's by now.
#[test]
fn what_was_void_in_the_log_stays_void() {
    let mut counter = Counter::opened("A000 1..5");
    counter.operate(7, 1, drawing(5)).unwrap();
    counter.pass(95);
    let second = counter.operate(8, 1, drawing(5)).unwrap();
    counter.pass(-95);
    counter.rebuild();
    assert_eq!(
        counter
            .engine
            .memory()
            .unwrap()
            .audit()
            .map(|audit| audit.held),
        Ok(5)
    );
    assert!(counter.standing(7).set.is_empty());
    assert_eq!(counter.standing(8).set, second.set);
}

/// E3, E6: a number that was on its way back and is taken again stays taken over a rebuild, also
/// while its segment is not open.
#[test]
fn a_number_taken_on_its_way_back_stays_taken() {
    for mask in ["A0DDD", "B0DDD"] {
        let mut counter = Counter::opened(mask);
        let number = plate("粤GA0001");
        let import = || Import {
            channel: Channel::Import,
            reason: String::new(),
            plates: vec![number],
        };
        counter.order(Command::Import(import())).unwrap();
        let lapse = Lapse {
            plate: number,
            application: None,
        };
        counter.order(Command::Lapse(lapse)).unwrap();
        let available_at = counter.now + SignedDuration::from_hours(1);
        let random_only_until = available_at;
        let back = Return {
            plate: number,
            available_at,
            random_only_until,
        };
        counter.order(Command::Return(back)).unwrap();
        counter.order(Command::Import(import())).unwrap();
        agree(&mut counter);
        counter.rebuild();
        let told = receipt(counter.order(Command::Import(import())).unwrap());
        let known = Outcome::Imported {
            taken: 0,
            known: 1,
            held: vec![],
        };
        assert_eq!(told.outcome, known);
    }
}

/// E3: a history that was read before the epoch was raised is stale and ignored.
#[test]
fn histories_of_an_older_epoch_are_ignored() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, drawing(10)).unwrap();
    let mut engine: Engine<u32> = Engine::new(counter.store.limits.clone());
    days()
        .into_iter()
        .for_each(|day| engine.open_day(day).unwrap());
    let stale = counter.store.history(application(77));
    counter.store.take_over();
    engine.restore(counter.store.read(counter.now));
    let command = counter.operation(77, 1, drawing(1));
    let request = xuanhao_platepool::domain::command::Request::Command(command);
    let need = Need::History(application(77));
    assert_eq!(engine.submit(request, 1), [Effect::Need { epoch: 2, need }]);
    assert_eq!(engine.learn(1, &stale), []);
    assert_eq!(engine.decide(counter.now), []);
    // After a rebuild the need is told again, for the new epoch.
    engine.discard();
    counter.store.take_over();
    engine.restore(counter.store.read(counter.now));
    assert_eq!(
        engine.decide(counter.now),
        [Effect::Need { epoch: 3, need }]
    );
    engine.learn(3, &stale);
    assert!(matches!(
        engine.decide(counter.now)[..],
        [Effect::Commit(_)]
    ));
    assert_eq!(
        engine
            .settle(Settled::Committed { conflicts: vec![] })
            .len(),
        1
    );
}

/// A history whose set still lives contradicts a memory that did not know of it.
#[test]
fn a_history_that_contradicts_the_memory_ends_it() {
    let mut counter = Counter::opened("A0DDD");
    counter.operate(7, 1, drawing(10)).unwrap();
    let history = counter.store.history(application(7));
    let mut empty = Counter::opened("A0DDD");
    let command = empty.operation(7, 2, drawing(1));
    let request = xuanhao_platepool::domain::command::Request::Command(command);
    assert_eq!(empty.engine.submit(request, 99).len(), 1);
    let effects = empty.engine.learn(1, &history);
    assert!(matches!(effects[..], [Effect::Rebuild(_)]));
}

/// I5: everything that is held comes back by itself, and the engine says when.
#[test]
fn wake_ups_lead_to_everything_free() {
    let mut counter = busy();
    while let Some(instant) = counter.engine.next_wakeup() {
        counter.now = counter.now.max(instant);
        assert!(counter.decide().is_none(), "expiry writes nothing");
    }
    let audit = counter.engine.memory().unwrap().audit().unwrap();
    let figures = audit.figures[&PlateClass::Small];
    assert_eq!(audit.held, 0);
    assert_eq!(
        figures.free + figures.allocated + audit.away,
        figures.released
    );
    assert_eq!((figures.released, audit.away), (2000, 1));
}
