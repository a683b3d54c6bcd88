//! Batches of everything: a failing item does not fail its neighbours, and no row rests on one that
//! may not come about (E2, E4).

use jiff::SignedDuration;
use uuid::Uuid;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{
    Channel, Command, EndWithholding, Import, Lapse, Request, Return, SetRules, Withhold,
};
use xuanhao_platepool::domain::engine::{Conflict, ConflictOn, Settled};
use xuanhao_platepool::domain::ids::WithholdingId;
use xuanhao_platepool::domain::rows::{Batch, Outcome};
use xuanhao_platepool::domain::rule::ComposeRule;
use xuanhao_vocabulary::{PlateClass, PlateKey};

use crate::office::*;

fn import(numbers: impl IntoIterator<Item = u32>) -> Command {
    let text = |n: u32| plate(&format!("粤GC{n:04}"));
    importing(numbers.into_iter().map(text).collect())
}

fn importing(plates: Vec<PlateKey>) -> Command {
    let (channel, reason) = (Channel::Import, String::new());
    Command::Import(Import {
        channel,
        reason,
        plates,
    })
}

fn lapse(number: &str, who: u128) -> Command {
    Command::Lapse(Lapse {
        plate: plate(number),
        application: Some(application(who)),
    })
}

fn bringing_back(counter: &Counter, number: &str) -> Return {
    Return {
        plate: plate(number),
        available_at: counter.now + SignedDuration::from_secs(60),
        random_only_until: counter.now + SignedDuration::from_secs(90),
    }
}

fn withholding(numbers: &[&str]) -> Withhold {
    Withhold {
        id: WithholdingId(Uuid::from_u128(1)),
        reason: "auspicious".to_owned(),
        plates: numbers.iter().map(|number| plate(number)).collect(),
    }
}

fn order(counter: &mut Counter, command: Command) -> u32 {
    counter.submit(Request::Command(command))
}

/// The conflict of the row that was asked by such a command.
fn refused(batch: &Batch, on: ConflictOn, is: impl Fn(&Command) -> bool) -> Settled {
    let mut entries = batch.entries.iter();
    let seq = entries.find(|one| is(&one.command)).unwrap().key.seq;
    let conflicts = vec![Conflict { seq, on }];
    Settled::Committed { conflicts }
}

/// E4: one batch takes all that touches nothing twice; imports stand last.
#[test]
fn a_batch_mixes_everything() {
    let mut counter = Counter::opened("A0DDD");
    counter
        .operate(5, 1, composing(&["粤GA0005"], vehicle(5)))
        .unwrap();
    order(&mut counter, import(1..=3));
    counter.submit_operation(7, 1, drawing(10));
    order(&mut counter, lapse("粤GA0005", 5));
    counter.submit_operation(8, 1, composing(&["粤GA0001"], vehicle(8)));
    order(&mut counter, import(4..=6));
    let rules = vec![ComposeRule::AllZero];
    let class = PlateClass::Small;
    order(&mut counter, Command::SetRules(SetRules { class, rules }));
    order(&mut counter, release(2, vec![segment(2, "B0DDD")]));
    counter.submit_operation(9, 1, drawing(10));
    let batch = counter.decide().unwrap();
    let words: Vec<_> = batch
        .entries
        .iter()
        .map(|entry| match (&entry.command, &entry.outcome) {
            (_, Outcome::Held { .. }) => "held",
            (_, Outcome::Allocated { .. }) => "allocated",
            (Command::Import(_), _) => "import",
            (Command::Lapse(_), _) => "lapse",
            (Command::SetRules(_), _) => "rules",
            _ => "other",
        })
        .collect();
    let expected = [
        "held",
        "rules",
        "held",
        "lapse",
        "allocated",
        "import",
        "import",
    ];
    assert_eq!(words, expected, "the release counts what imports change");
    counter.commit(&batch);
    assert_eq!(counter.decide().unwrap().entries.len(), 1);
}

/// An office with a taken number and a withholding, and the command that ends the latter.
fn with_a_withholding() -> (Counter, Command) {
    let mut counter = Counter::opened("A0DDD");
    let wish = composing(&["粤GA0005"], vehicle(5));
    counter.operate(5, 1, wish).unwrap();
    let withheld = withholding(&["粤GA0888", "粤GA0999"]);
    counter.order(Command::Withhold(withheld.clone())).unwrap();
    let way_back = bringing_back(&counter, "粤GA0888");
    let returns = withheld.plates.iter().map(|plate| Return {
        plate: *plate,
        ..way_back
    });
    let end = EndWithholding {
        id: withheld.id,
        returns: returns.collect(),
    };
    (counter, Command::EndWithholding(end))
}

/// E2: a claim, an end of a life and an end of a withholding that are refused fail alone, and the
/// memory is as if they had not been asked.
#[test]
fn who_is_refused_fails_alone() {
    type Is = fn(&Command) -> bool;
    let cases: [(ConflictOn, Is, Error); 3] = [
        (
            ConflictOn::Ending,
            |one| matches!(one, Command::EndWithholding(_)),
            Error::NotAllocated,
        ),
        (
            ConflictOn::Ending,
            |one| matches!(one, Command::Lapse(_)),
            Error::NotAllocated,
        ),
        (
            ConflictOn::Vehicle,
            |one| matches!(one, Command::Operate(_)),
            Error::VehicleHasAllocation,
        ),
    ];
    for (on, is, error) in cases {
        let (mut counter, end) = with_a_withholding();
        let claim = counter.operation(6, 1, composing(&["粤GA0006"], vehicle(6)));
        let commands = [end, lapse("粤GA0005", 5), claim, import(1..=3)];
        let tokens = commands.map(|command| order(&mut counter, command));
        let batch = counter.decide().unwrap();
        assert_eq!(batch.entries.len(), 4);
        let settled = refused(&batch, on, is);
        // The store knows of no conflict: it writes what is left of the batch.
        let mut rest = batch.clone();
        rest.entries.retain(|entry| !is(&entry.command));
        counter.store.execute(&rest);
        counter.settle(settled);
        let told = tokens.map(|token| counter.told[&token].clone());
        let failed: Vec<_> = told.into_iter().filter_map(Result::err).collect();
        assert_eq!(failed, [error]);
        assert_eq!(counter.store.epoch, 1, "the memory is not thrown away");
        counter.now += SignedDuration::from_micros(50);
        assert!(counter.decide().is_none());
        let mut rows = counter.store.clone();
        rows.take_over();
        let read = rows.read(counter.now);
        assert_eq!(counter.engine.memory().unwrap().snapshot(), read.snapshot());
    }
}

/// E3: an import that is refused contradicts the memory; its neighbours' rows are written all the
/// same, and they are told so.
#[test]
fn a_refused_import_costs_its_neighbours_nothing() {
    let mut counter = Counter::opened("A0DDD");
    let drawn = counter.submit_operation(7, 1, drawing(10));
    let claimed = counter.submit_operation(8, 1, composing(&["粤GA0005"], vehicle(8)));
    let imported = order(&mut counter, import(1..=3));
    let batch = counter.decide().unwrap();
    let is_import = |one: &Command| matches!(one, Command::Import(_));
    let settled = refused(&batch, ConflictOn::Plate, is_import);
    let mut rest = batch.clone();
    rest.entries.retain(|entry| !is_import(&entry.command));
    counter.store.execute(&rest);
    counter.settle(settled);
    assert!(counter.told[&drawn].is_ok() && counter.told[&claimed].is_ok());
    assert_eq!(counter.told[&imported], Err(Error::OutcomeUnknown));
    assert_eq!(counter.store.epoch, 2, "the memory is read again");
    assert_eq!(counter.free(), 989);
}

/// Small imports share a batch; of the big ones each has a batch with others, but not with another.
#[test]
fn big_imports_do_not_meet() {
    let mut counter = Counter::opened("A0DDD");
    order(&mut counter, import(1..=600));
    order(&mut counter, import(601..=1_200));
    for first in 2..5 {
        order(&mut counter, import(first * 1_000..first * 1_000 + 100));
    }
    counter.submit_operation(7, 1, drawing(1));
    let mut sizes = Vec::new();
    while let Some(batch) = counter.decide() {
        sizes.push((batch.entries.len(), batch.allocations.len()));
        counter.commit(&batch);
    }
    assert_eq!(sizes, [(2, 600), (1, 600), (3, 300)]);
}

/// E4: an import waits for the outcome of a claim on one of its numbers, and counts it then.
#[test]
fn an_import_meets_no_number_of_a_claim() {
    let mut counter = Counter::opened("A0DDD");
    let plates = vec![plate("粤GA0001"), plate("粤GA0002")];
    let imported = order(&mut counter, importing(plates));
    counter.submit_operation(7, 1, composing(&["粤GA0001"], vehicle(7)));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.entries.len(), 1);
    counter.settle(refused(&batch, ConflictOn::Vehicle, |_| true));
    counter.run();
    let told = receipt(counter.told[&imported].clone().unwrap());
    let outcome = Outcome::Imported {
        taken: 2,
        known: 0,
        held: Vec::new(),
    };
    assert_eq!(told.outcome, outcome);
}

/// V3: that a number cannot be withheld may rest on a draw of the batch, so it is told with it, or
/// decided again.
#[test]
fn a_refusal_waits_for_the_rows_it_rests_on() {
    for lost in [false, true] {
        let mut counter = Counter::opened("A000 1..2");
        counter.submit_operation(7, 1, drawing(2));
        let token = order(&mut counter, Command::Withhold(withholding(&["粤GA0001"])));
        let batch = counter.decide().unwrap();
        assert!(counter.told.is_empty());
        if lost {
            counter.settle(Settled::Unknown);
            counter.run();
            assert!(counter.told[&token].is_ok(), "the draw never landed");
        } else {
            counter.commit(&batch);
            let plate = plate("粤GA0001");
            assert_eq!(counter.told[&token], Err(Error::NotFree { plate }));
        }
    }
}

/// What is asked of one number in a row is done in that order, batch by batch.
#[test]
fn nobody_overtakes() {
    let mut counter = Counter::opened("A0DDD");
    counter
        .operate(5, 1, composing(&["粤GA0005"], vehicle(5)))
        .unwrap();
    let lapsed = order(&mut counter, lapse("粤GA0005", 5));
    let back = bringing_back(&counter, "粤GA0005");
    let returned = order(&mut counter, Command::Return(back));
    let taken = order(&mut counter, importing(vec![back.plate]));
    let mut sizes = Vec::new();
    while let Some(batch) = counter.decide() {
        sizes.push(batch.entries.len());
        counter.commit(&batch);
    }
    assert_eq!(sizes, [1, 1, 1]);
    let told = [lapsed, returned, taken].map(|token| counter.told[&token].is_ok());
    assert_eq!(told, [true; 3]);
}
