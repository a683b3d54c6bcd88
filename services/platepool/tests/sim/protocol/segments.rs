//! Releases, imports, lapses and returns: E1, E6, P10's last step.

use jiff::SignedDuration;
use uuid::Uuid;
use xuanhao_platepool::domain::Error;
use xuanhao_platepool::domain::command::{Channel, Command, Import, Lapse, Return, UsedNumbers};
use xuanhao_platepool::domain::ids::SegmentId;
use xuanhao_platepool::domain::rows::{News, Outcome};
use xuanhao_vocabulary::{PlateClass, PlateMask};

use crate::office::*;

fn import(texts: &[&str]) -> Command {
    let plates = texts.iter().map(|text| plate(text)).collect();
    Command::Import(Import {
        channel: Channel::Import,
        reason: String::new(),
        plates,
    })
}

fn id(n: u128) -> SegmentId {
    SegmentId(Uuid::from_u128(n))
}

/// E1: a release that overlaps a released segment, or another of its own, is refused whole.
#[test]
fn overlapping_segments_are_refused() {
    let mut counter = Counter::opened("A0DDD");
    let overlapping = release(2, vec![segment(2, "B0DDD"), segment(3, "LD12D")]);
    let refused = counter.order(overlapping);
    assert_eq!(
        refused,
        Err(Error::SegmentOverlaps {
            segment: id(3),
            other: id(1)
        })
    );
    assert_eq!(
        counter.free(),
        1000,
        "not even the segment that fits is open"
    );
    let refused = counter.order(release(2, vec![segment(2, "B0DDD"), segment(3, "B01DD")]));
    assert_eq!(
        refused,
        Err(Error::SegmentOverlaps {
            segment: id(3),
            other: id(2)
        })
    );
    assert!(counter.order(release(2, vec![segment(2, "B0DDD")])).is_ok());
    assert_eq!(counter.free(), 2000);
}

/// E1: the same serials in another class are other numbers.
#[test]
fn classes_do_not_overlap() {
    let mut counter = Counter::opened("A0DDD");
    let mut large = segment(2, "A0DDD");
    large.class = PlateClass::Large;
    assert!(counter.order(release(2, vec![large])).is_ok());
}

/// E1: an issuing code of another office is refused, released or imported.
#[test]
fn foreign_codes_are_refused() {
    let mut counter = Counter::new();
    let mut foreign = segment(1, "A0DDD");
    foreign.code = code("粤K");
    let refused = Err(Error::ForeignCode { code: code("粤K") });
    assert_eq!(counter.order(release(1, vec![foreign])), refused);
    assert_eq!(counter.order(import(&["粤KA0001"])), refused);
}

/// E1: a release whose used-number import is not closed, or was counted otherwise, is refused.
#[test]
fn the_import_must_be_closed_and_agree() {
    let mut counter = Counter::new();
    let mut new = segment(1, "A0DDD");
    new.used = UsedNumbers::Open;
    let refused = counter.order(release(1, vec![new.clone()]));
    assert_eq!(refused, Err(Error::ImportOpen { segment: id(1) }));
    counter
        .order(import(&["粤GA0001", "粤GA0002", "粤GB0001"]))
        .unwrap();
    new.used = UsedNumbers::Closed { count: 3 };
    let refused = counter.order(release(1, vec![new.clone()]));
    assert_eq!(
        refused,
        Err(Error::ImportDiffers {
            segment: id(1),
            counted: 3,
            known: 2
        })
    );
    new.used = UsedNumbers::Closed { count: 2 };
    let told = receipt(counter.order(release(1, vec![new.clone()])).unwrap());
    assert_eq!(told.outcome, Outcome::Released { numbers: 1000 });
    assert_eq!(counter.free(), 998);
    let told = counter
        .operate(7, 1, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    assert_eq!(told.outcome, Outcome::AllMissed);
    let refused = counter.order(release(1, vec![new]));
    assert_eq!(refused, Err(Error::SegmentKnown { segment: id(1) }));
}

/// E1: a mask that does not fit the class is no segment of it.
#[test]
fn a_mask_fits_its_class() {
    let mut counter = Counter::new();
    let mut new = segment(1, "A0DDD");
    new.mask = PlateMask::parse("DDDDD[D]").unwrap();
    let refused = counter.order(release(1, vec![new]));
    assert_eq!(refused, Err(Error::MaskClass { segment: id(1) }));
    assert!(counter.order(release(1, vec![])).is_err());
}

/// E6: an import is a row with its full input; sending it again takes nothing twice, and numbers
/// that citizens hold are named.
#[test]
fn imports_can_be_repeated() {
    let mut counter = Counter::opened("A000 1..5");
    let told = receipt(counter.order(import(&["粤GA0001", "粤GB0001"])).unwrap());
    assert_eq!(
        told.outcome,
        Outcome::Imported {
            taken: 2,
            known: 0,
            held: vec![]
        }
    );
    let drawn = column(&counter.operate(7, 1, drawing(10)).unwrap().set);
    assert_eq!(drawn.len(), 4);
    let command = import(&["粤GA0001", "粤GB0001", "粤GA0002"]);
    let told = receipt(counter.order(command.clone()).unwrap());
    let held = vec![plate("粤GA0002")];
    assert_eq!(
        told.outcome,
        Outcome::Imported {
            taken: 0,
            known: 2,
            held
        }
    );
    assert_eq!(counter.store.log.last().unwrap().command, command);
    counter.pass(90);
    let told = receipt(counter.order(command).unwrap());
    assert_eq!(
        told.outcome,
        Outcome::Imported {
            taken: 1,
            known: 2,
            held: vec![]
        }
    );
    assert_eq!(counter.free(), 3);
}

#[test]
fn a_reserve_needs_a_public_reason() {
    let mut counter = Counter::opened("A0DDD");
    let reserve = |reason: &str| {
        let (channel, plates) = (Channel::Reserve, vec![plate("粤GA0001")]);
        Command::Import(Import {
            channel,
            reason: reason.to_owned(),
            plates,
        })
    };
    assert_eq!(
        counter.order(reserve(" ")),
        Err(Error::OutOfRange { field: "reason" })
    );
    assert!(counter.order(reserve("公务用车")).is_ok());
}

/// E6, P10: a lapsed number is nobody's until its return is due, then drawn only, then composed.
#[test]
fn a_lapsed_number_comes_back_in_steps() {
    let mut counter = Counter::opened("A000 1..2");
    let number = plate("粤GA0001");
    counter
        .operate(7, 1, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    let back = |counter: &Counter, hours| {
        Command::Return(Return {
            plate: number,
            available_at: counter.now + SignedDuration::from_hours(hours),
            random_only_until: counter.now + SignedDuration::from_hours(2 * hours),
        })
    };
    let early = back(&counter, 1);
    assert_eq!(
        counter.order(early),
        Err(Error::NotAway),
        "it is still allocated"
    );
    let lapse = |who| {
        Command::Lapse(Lapse {
            plate: number,
            application: Some(application(who)),
        })
    };
    assert_eq!(counter.order(lapse(8)), Err(Error::NotAllocated));
    assert_eq!(
        receipt(counter.order(lapse(7)).unwrap()).outcome,
        Outcome::Lapsed
    );
    assert_eq!(counter.order(lapse(7)), Err(Error::NotAllocated));
    assert!(counter.store.live.is_empty());
    counter.pass(86_400 / 4);
    assert_eq!(
        counter
            .operate(8, 1, drawing(5))
            .map(|told| column(&told.set).len()),
        Ok(1)
    );
    counter.pass(3600);
    let coming = back(&counter, 1);
    assert_eq!(
        receipt(counter.order(coming.clone()).unwrap()).outcome,
        Outcome::Returning
    );
    assert_eq!(
        counter.order(coming),
        Err(Error::NotAway),
        "it is on its way already"
    );
    counter.pass(3599);
    assert_eq!(
        counter
            .operate(8, 2, drawing(5))
            .map(|told| column(&told.set).len()),
        Ok(1)
    );
    counter.pass(91);
    let missed = counter
        .operate(9, 1, composing(&["粤GA0001"], vehicle(9)))
        .unwrap();
    assert_eq!(missed.outcome, Outcome::AllMissed, "drawn only");
    assert_eq!(
        counter
            .operate(8, 3, drawing(5))
            .map(|told| column(&told.set).len()),
        Ok(2)
    );
    counter.pass(3600);
    let told = counter
        .operate(9, 2, composing(&["粤GA0001"], vehicle(9)))
        .unwrap();
    assert_eq!(allocated(&told), number);
    // The application whose number lapsed may go on, if selection lets it.
    assert!(counter.standing(7).allocation.is_none());
}

#[test]
fn facts_belong_to_their_rows() {
    let mut counter = Counter::new();
    let token = counter.submit(xuanhao_platepool::domain::command::Request::Command(
        release(1, vec![segment(1, "A0DDD")]),
    ));
    let batch = counter.decide().unwrap();
    assert_eq!(batch.facts.len(), 1);
    assert_eq!(batch.facts[0].key, batch.entries[0].key);
    assert!(matches!(
        batch.facts[0].news,
        News::BatchReleased { numbers: 1000, .. }
    ));
    counter.commit(&batch);
    assert!(counter.told.contains_key(&token));
    counter.submit_operation(7, 1, composing(&["粤GA0001"], vehicle(7)));
    let batch = counter.decide().unwrap();
    let expected = News::PlateAllocated {
        plate: plate("粤GA0001"),
        application: application(7),
    };
    assert_eq!(
        batch
            .facts
            .iter()
            .map(|fact| &fact.news)
            .collect::<Vec<_>>(),
        [&expected]
    );
}

/// A lapse of what an import took is the operator's to order.
#[test]
fn imported_numbers_can_lapse_too() {
    let mut counter = Counter::opened("A0DDD");
    counter.order(import(&["粤GA0001", "粤GB0001"])).unwrap();
    for text in ["粤GA0001", "粤GB0001"] {
        let lapse = Lapse {
            plate: plate(text),
            application: None,
        };
        assert!(counter.order(Command::Lapse(lapse)).is_ok());
        let now = counter.now;
        let back = Return {
            plate: plate(text),
            available_at: now,
            random_only_until: now,
        };
        assert!(counter.order(Command::Return(back)).is_ok());
    }
    counter.pass(1);
    let told = counter
        .operate(7, 1, composing(&["粤GA0001"], vehicle(7)))
        .unwrap();
    assert_eq!(allocated(&told), plate("粤GA0001"));
    assert!(counter.order(release(2, vec![segment(2, "B0DDD")])).is_ok());
}
