use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::date;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateNumber};

use super::*;
use crate::domain::command::{Channel, Import, Operation, Resolve};
use crate::domain::command::{Draw, DrawFrom, Input};
use crate::domain::hold::{Column, HoldSet};
use crate::domain::ids::RequestHash;
use crate::domain::rows::Outcome;

fn plate() -> PlateKey {
    let number = PlateNumber::parse("粤G12345").unwrap();
    PlateKey::pack(PlateClass::Small, number).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn application() -> ApplicationId {
    ApplicationId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0007))
}

/// One of each refusal there is.
fn all() -> Vec<Error> {
    let segment = SegmentId(Uuid::from_u128(7));
    let (day, plate) = (date(2026, 11, 22), plate());
    vec![
        Error::Overloaded {
            retry_after: SignedDuration::from_millis(1_250),
        },
        Error::NotOwner,
        Error::OutcomeUnknown,
        Error::NoneFree,
        Error::DrawingNotOpen { day },
        Error::TooLate,
        Error::NumberUsed { last: 9 },
        Error::OtherRequest,
        Error::RefusedForEver,
        Error::Closed,
        Error::HasAllocation { plate },
        Error::VehicleHasAllocation,
        Error::PlateTaken,
        Error::HoldVoid,
        Error::NotHeld,
        Error::CandidateChosen,
        Error::OutOfRange { field: "wishes" },
        Error::ForeignCode {
            code: IssuingCode::parse("粤G").unwrap(),
        },
        Error::SegmentOverlaps {
            segment,
            other: SegmentId(Uuid::from_u128(8)),
        },
        Error::SegmentKnown { segment },
        Error::ImportOpen { segment },
        Error::ImportDiffers {
            segment,
            counted: 3,
            known: 4,
        },
        Error::MaskClass { segment },
        Error::TooManyNumbers,
        Error::NotAllocated,
        Error::NotAway,
        Error::NotAnnounced,
        Error::NotReleased { plate },
        Error::NotFree { plate },
        Error::DayFixed { day },
    ]
}

/// How many variants the engine's refusals have, by their own file.
fn variants() -> usize {
    let source = include_str!("../../domain/error.rs");
    let body = source.split_once("pub enum Error {").unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    body.matches("#[error(").count()
}

/// Whoever adds a refusal has to add it to the words, to their reading, and here.
#[test]
fn every_refusal_arrives_as_it_was_sent() {
    let all = all();
    let words: BTreeSet<_> = all.iter().map(|error| refusal(error).0).collect();
    assert_eq!(words.len(), all.len(), "each has a word of its own");
    assert_eq!(words.len(), variants(), "none is forgotten");
    for error in all {
        let (word, parts) = refusal(&error);
        assert_eq!(refused_from(word, &parts), Ok(error));
    }
}

#[test]
fn what_no_replica_says_is_not_read() {
    assert_eq!(refused_from("nonsense", &[]), Err(Malformed("word")));
    assert_eq!(refused_from("number_used", &[]), Err(Malformed("part")));
    let not_a_number = ["x".to_owned()];
    assert!(refused_from("number_used", &not_a_number).is_err());
    assert!(refused_from("not_free", &not_a_number).is_err());
    // A field of a later version is a field all the same.
    let field = refused_from("out_of_range", &not_a_number).unwrap();
    assert_eq!(field, Error::OutOfRange { field: SOME_FIELD });
}

/// The fields that the engine names stand in the table, or peers would tell another.
#[test]
fn every_field_of_the_engine_is_known() {
    let mut named = BTreeSet::new();
    let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    let mut folders = vec![domain];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(path).unwrap();
            for (before, mark) in [("OutOfRange {", "field: \""), ("held_until(", "\"")] {
                for rest in source.split(before).skip(1) {
                    let end = rest.find([';', '}', '?']).unwrap_or(rest.len());
                    let field = rest[..end].split_once(mark).map(|(_, field)| field);
                    named.extend(field.and_then(|field| Some(field.split_once('"')?.0.to_owned())));
                }
            }
        }
    }
    assert!(named.len() >= 10, "{named:?}");
    for field in named {
        assert!(FIELDS.contains(&field.as_str()), "{field}");
    }
}

#[test]
fn every_request_arrives_as_it_was_sent() {
    let office = OfficeId::parse("gd-zhanjiang").unwrap();
    let draw = Draw {
        class: PlateClass::Small,
        count: 10,
        from: DrawFrom::WithoutFour,
        energy: None,
        column_ttl: SignedDuration::from_secs(90),
        basket_ttl: SignedDuration::from_secs(60),
    };
    let operation = Operation {
        application: application(),
        op_no: 3,
        not_after: at(20),
        request_hash: RequestHash([7; _]),
        channel: Channel::Window,
        input: Input::Draw(draw),
    };
    let resolve = Resolve {
        application: application(),
        op_no: 4,
    };
    let import = Import {
        channel: Channel::Import,
        reason: "旧号".to_owned(),
        plates: vec![plate()],
    };
    for sent in [
        Request::Look(application()),
        Request::Command(Command::Operate(operation)),
        Request::Command(Command::Resolve(resolve)),
        Request::Command(Command::Close(application())),
        Request::Command(Command::Import(import)),
    ] {
        let wire = ask(office, &sent);
        assert_eq!(wire.office, "gd-zhanjiang");
        assert_eq!(request(&wire).unwrap(), sent);
    }
}

#[test]
fn every_answer_arrives_as_it_was_sent() {
    let set = HoldSet {
        column: Some(Column {
            plates: vec![plate()],
            until: at(90),
            chosen: false,
        }),
        basket: None,
    };
    let recorded = |outcome, set| {
        Answer::Recorded(Receipt {
            key: RowKey { epoch: 3, seq: 5 },
            decided_at: at(0),
            op_no: 2,
            channel: Channel::Window,
            outcome,
            set,
        })
    };
    let standing = |allocation| {
        Answer::Standing(Standing {
            op_no: 2,
            set: set.clone(),
            allocation,
            closed: true,
        })
    };
    for sent in [
        Ok(recorded(Outcome::Held { until: at(90) }, set.clone())),
        Ok(recorded(
            Outcome::Allocated { plate: plate() },
            HoldSet::default(),
        )),
        Ok(Answer::NeverExecuted),
        Ok(standing(None)),
        Ok(standing(Some(plate()))),
        Err(Error::NumberUsed { last: 4 }),
    ] {
        let told = Some(answer(&sent));
        assert_eq!(super::told(pb::AskResponse { told }).unwrap(), Some(sent));
    }
    // Who does not write has not answered.
    let not_owner = [
        Wire::NotOwner(pb::NotOwner::default()),
        answer(&Err(Error::NotOwner)),
    ];
    for wire in not_owner {
        let told = Some(wire);
        assert_eq!(super::told(pb::AskResponse { told }).unwrap(), None);
    }
    assert!(super::told(pb::AskResponse { told: None }).is_err());
}
