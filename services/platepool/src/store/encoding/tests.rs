use jiff_sqlx::ToSqlx;
use uuid::Uuid;
use xuanhao_vocabulary::{IssuingCode, PlateMask, PlateNumber};

use super::*;
use crate::domain::command::{
    Channel, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, Import, Input, Keep, Lapse, NewSegment,
    OnHit, Operation, Release, Resolve, Return, SetRules, UsedNumbers,
};
use crate::domain::ids::{BatchId, RequestHash, SegmentId, VehicleKey};
use crate::domain::rule::ComposeRule;

const WHO: ApplicationId = ApplicationId(Uuid::from_u128(7));

fn plate(text: &str) -> PlateKey {
    PlateKey::pack(PlateClass::Small, PlateNumber::parse(text).unwrap()).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_microsecond(1_795_000_000_000_000 + second * 1_000_001).unwrap()
}

fn operate(input: Input) -> Command {
    let (not_after, request_hash) = (at(20), RequestHash([9; 32]));
    Command::Operate(Operation {
        application: WHO,
        op_no: 3,
        not_after,
        request_hash,
        input,
    })
}

fn commands() -> Vec<(Command, Outcome)> {
    let ttl = SignedDuration::from_secs(90);
    let (code, mask) = (
        IssuingCode::parse("粤G").unwrap(),
        PlateMask::parse("DD[AB]LD").unwrap(),
    );
    let segment = NewSegment {
        id: SegmentId(Uuid::from_u128(1)),
        code,
        class: PlateClass::Small,
        mask: mask.clone(),
        used: UsedNumbers::Closed { count: 12 },
        random_only_until: Some(at(7)),
    };
    let open = NewSegment {
        used: UsedNumbers::Open,
        random_only_until: None,
        ..segment.clone()
    };
    let draw = Draw {
        class: PlateClass::NevSmall,
        count: 10,
        from: DrawFrom::WithoutFour,
        column_ttl: ttl,
        basket_ttl: ttl * 2,
    };
    let (one, two) = (plate("粤GA1234"), plate("粤G00001"));
    let wishes = vec![one, two];
    let vehicle = VehicleKey([5; 32]);
    let rules = vec![
        ComposeRule::EqualDigits { at_least: 3 },
        ComposeRule::Withheld { code, mask },
    ];
    let import = Import {
        channel: Channel::Import,
        reason: "批次".to_owned(),
        plates: wishes.clone(),
    };
    vec![
        (operate(Input::Draw(draw)), Outcome::Held { until: at(90) }),
        (
            operate(Input::Keep(Keep {
                plate: one,
                basket_ttl: ttl,
            })),
            Outcome::Held { until: at(9) },
        ),
        (
            operate(Input::Compose(Compose {
                wishes: wishes.clone(),
                on_hit: OnHit::Allocate(vehicle),
            })),
            Outcome::Allocated { plate: one },
        ),
        (
            operate(Input::Compose(Compose {
                wishes,
                on_hit: OnHit::Hold { ttl },
            })),
            Outcome::AllMissed,
        ),
        (
            operate(Input::Confirm(Confirm {
                plate: one,
                vehicle,
                from: ConfirmFrom::ColumnOrBasket,
            })),
            Outcome::Allocated { plate: one },
        ),
        (
            operate(Input::Confirm(Confirm {
                plate: one,
                vehicle,
                from: ConfirmFrom::Basket,
            })),
            Outcome::Allocated { plate: one },
        ),
        (operate(Input::GiveUp), Outcome::GivenUp),
        (
            Command::Resolve(Resolve {
                application: WHO,
                op_no: 3,
            }),
            Outcome::Refused,
        ),
        (
            Command::Resolve(Resolve {
                application: WHO,
                op_no: 3,
            }),
            Outcome::Dropped,
        ),
        (
            Command::Close(WHO),
            Outcome::Closed {
                allocation: Some(two),
            },
        ),
        (Command::Close(WHO), Outcome::Closed { allocation: None }),
        (
            Command::Release(Release {
                batch: BatchId(Uuid::from_u128(2)),
                segments: vec![segment, open],
            }),
            Outcome::Released { numbers: 48_000 },
        ),
        (
            Command::Import(import),
            Outcome::Imported {
                taken: 1,
                known: 2,
                held: vec![two],
            },
        ),
        (
            Command::SetRules(SetRules {
                class: PlateClass::Large,
                rules,
            }),
            Outcome::RulesSet,
        ),
        (
            Command::Lapse(Lapse {
                plate: one,
                application: Some(WHO),
            }),
            Outcome::Lapsed,
        ),
        (
            Command::Lapse(Lapse {
                plate: one,
                application: None,
            }),
            Outcome::Lapsed,
        ),
        (
            Command::Return(Return {
                plate: one,
                available_at: at(1),
                random_only_until: at(2),
            }),
            Outcome::Returning,
        ),
    ]
}

fn stored(entry: &Entry) -> LogRow {
    let encoded = encode(entry);
    let plates = |plates: &Vec<PlateKey>| plates.iter().map(|plate| plate.get()).collect();
    let (column, basket) = (entry.set.column.as_ref(), entry.set.basket.as_ref());
    LogRow {
        decided_at: entry.decided_at.to_sqlx(),
        epoch: entry.key.epoch.cast_signed(),
        seq: entry.key.seq.cast_signed(),
        kind: encoded.kind.to_owned(),
        application: entry.owner().map(|application| application.0),
        op_no: entry.op_no.cast_signed(),
        outcome: encoded.outcome.to_owned(),
        input: encoded.input,
        result: encoded.result,
        column_plates: column.map(|column| plates(&column.plates)),
        column_until: column.map(|column| column.until.to_sqlx()),
        column_chosen: column.map(|column| column.chosen),
        basket_plates: basket.map(|basket| plates(&basket.plates)),
        basket_until: basket.map(|basket| basket.until.to_sqlx()),
    }
}

/// E6: a row holds the full input; what is read is what was written, for every kind of row.
#[test]
fn every_row_is_read_as_it_was_written() {
    let column = Column {
        plates: vec![plate("粤GB0001")],
        until: at(90),
        chosen: true,
    };
    let basket = Basket {
        plates: Vec::new(),
        until: at(91),
    };
    for (index, (command, outcome)) in commands().into_iter().enumerate() {
        let op_no = if command.application().is_some() {
            3
        } else {
            0
        };
        let key = RowKey {
            epoch: 4,
            seq: index as u64 + 1,
        };
        let set = HoldSet {
            column: Some(column.clone()),
            basket: Some(basket.clone()),
        };
        let set = if index % 2 == 0 {
            set
        } else {
            HoldSet::default()
        };
        let entry = Entry {
            key,
            decided_at: at(0),
            command,
            outcome,
            op_no,
            set,
        };
        assert_eq!(stored(&entry).entry().unwrap(), entry);
    }
}

/// The encoding is for ever: rows are kept for years.
#[test]
fn the_encoding_never_changes() {
    let encoded: Vec<String> = commands()
        .into_iter()
        .map(|(command, outcome)| {
            let (key, set) = (RowKey { epoch: 1, seq: 1 }, HoldSet::default());
            let entry = Entry {
                key,
                decided_at: at(0),
                command,
                outcome,
                op_no: 3,
                set,
            };
            let encoded = encode(&entry);
            let (input, result) = (hex::encode(encoded.input), hex::encode(encoded.result));
            format!("{} {input} {} {result}", encoded.kind, encoded.outcome)
        })
        .collect();
    insta::assert_snapshot!(encoded.join("\n"));
}

/// The row of a draw stays small: what Postgres writes for it is what a draw costs.
#[test]
fn a_draw_takes_few_bytes() {
    let (command, outcome) = commands().swap_remove(0);
    let (key, set) = (RowKey { epoch: 1, seq: 1 }, HoldSet::default());
    let encoded = encode(&Entry {
        key,
        decided_at: at(0),
        command,
        outcome,
        op_no: 3,
        set,
    });
    assert!(encoded.input.len() <= 64, "{}", encoded.input.len());
    assert!(encoded.result.len() <= 12, "{}", encoded.result.len());
}

#[test]
fn what_the_program_does_not_write_is_refused() {
    let (command, outcome) = commands().swap_remove(0);
    let (key, set) = (RowKey { epoch: 1, seq: 1 }, HoldSet::default());
    let row = stored(&Entry {
        key,
        decided_at: at(0),
        command,
        outcome,
        op_no: 3,
        set,
    });
    assert!(
        LogRow {
            kind: "drawn".to_owned(),
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            outcome: "kept".to_owned(),
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            application: None,
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            input: vec![0xFF],
            ..row.clone()
        }
        .entry()
        .is_err()
    );
    assert!(
        LogRow {
            column_plates: Some(vec![1]),
            column_until: Some(at(0).to_sqlx()),
            column_chosen: Some(false),
            ..row
        }
        .entry()
        .is_err()
    );
}
