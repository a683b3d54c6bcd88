//! A row of every kind.

use uuid::Uuid;
use xuanhao_vocabulary::plate::Energy;
use xuanhao_vocabulary::{IssuingCode, PlateMask, PlateNumber};

use super::super::*;
use crate::domain::command::{
    Channel, Choose, Compose, Confirm, ConfirmFrom, Draw, DrawFrom, EndWithholding, Import, Input,
    Keep, Lapse, NewSegment, OnHit, Operation, Release, Resolve, Return, SetRules, UsedNumbers,
    Withdraw, Withhold,
};
use crate::domain::hold::{Basket, Column, HoldSet};
use crate::domain::ids::{BatchId, RequestHash, SegmentId, VehicleKey, WithholdingId};
use crate::domain::rule::ComposeRule;

pub(super) const WHO: ApplicationId = ApplicationId(Uuid::from_u128(7));

pub(super) fn plate(text: &str) -> PlateKey {
    PlateKey::pack(PlateClass::Small, PlateNumber::parse(text).unwrap()).unwrap()
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_microsecond(1_795_000_000_000_000 + second * 1_000_001).unwrap()
}

fn operate(input: Input) -> Command {
    let (not_after, request_hash) = (at(20), RequestHash([9; 16]));
    Command::Operate(Operation {
        application: WHO,
        op_no: 3,
        not_after,
        request_hash,
        channel: Channel::Internet,
        input,
    })
}

fn at_window(input: Input) -> Command {
    match operate(input) {
        Command::Operate(operation) => Command::Operate(Operation {
            channel: Channel::Window,
            ..operation
        }),
        other => other,
    }
}

pub(super) fn commands() -> Vec<(Command, Outcome)> {
    let ttl = SignedDuration::from_secs(90);
    let (code, mask) = (
        IssuingCode::parse("粤G").unwrap(),
        PlateMask::parse("DD[AB]LD").unwrap(),
    );
    let all_zero = SetRules {
        class: PlateClass::NevSmall,
        rules: vec![ComposeRule::AllZero],
    };
    let segment = NewSegment {
        id: SegmentId(Uuid::from_u128(1)),
        code,
        class: PlateClass::Small,
        mask: mask.clone(),
        used: UsedNumbers::Closed { count: 12 },
        random_only_until: Some(at(7)),
        opens_at: None,
    };
    let open = NewSegment {
        used: UsedNumbers::Open,
        random_only_until: None,
        ..segment.clone()
    };
    let announced = NewSegment {
        opens_at: Some(at(8)),
        ..segment.clone()
    };
    let draw = Draw {
        class: PlateClass::NevSmall,
        count: 10,
        from: DrawFrom::WithoutFour,
        energy: None,
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
                energy: None,
                on_hit: OnHit::Allocate(vehicle),
            })),
            Outcome::Allocated { plate: one },
        ),
        (
            operate(Input::Compose(Compose {
                wishes: wishes.clone(),
                energy: None,
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
        (
            operate(Input::Choose(Choose { plate: one, ttl })),
            Outcome::Held { until: at(90) },
        ),
        (
            at_window(Input::Draw(Draw {
                energy: Some(Energy::Battery),
                ..draw
            })),
            Outcome::Held { until: at(90) },
        ),
        (
            operate(Input::Compose(Compose {
                wishes: wishes.clone(),
                energy: Some(Energy::NotPurelyBattery),
                on_hit: OnHit::Hold { ttl },
            })),
            Outcome::Held { until: at(90) },
        ),
        (
            Command::Release(Release {
                batch: BatchId(Uuid::from_u128(2)),
                segments: vec![announced],
            }),
            Outcome::Released { numbers: 48_000 },
        ),
        (
            Command::Withdraw(Withdraw {
                batch: BatchId(Uuid::from_u128(2)),
                segments: vec![SegmentId(Uuid::from_u128(1)), SegmentId(Uuid::from_u128(3))],
            }),
            Outcome::Withdrawn,
        ),
        (Command::SetRules(all_zero), Outcome::RulesSet),
        (
            Command::Withhold(Withhold {
                id: WithholdingId(Uuid::from_u128(4)),
                reason: "公务".to_owned(),
                plates: wishes,
            }),
            Outcome::Withheld { numbers: 2 },
        ),
        (
            Command::EndWithholding(EndWithholding {
                id: WithholdingId(Uuid::from_u128(4)),
                returns: [one, two]
                    .map(|plate| Return {
                        plate,
                        available_at: at(3),
                        random_only_until: at(4),
                    })
                    .to_vec(),
            }),
            Outcome::Returning,
        ),
    ]
}

/// Nothing, a draw of ten, an empty column whose candidate was kept, both parts, and numbers of two
/// issuing codes by turns.
pub(super) fn sets() -> Vec<HoldSet> {
    let numbers = |range: std::ops::Range<u32>| -> Vec<_> {
        range.map(|at| plate(&format!("粤GB{at:04}"))).collect()
    };
    let column = |plates, until, chosen| Column {
        plates,
        until: at(until),
        chosen,
    };
    let basket = Basket {
        plates: numbers(0..10),
        until: at(90),
    };
    let mixed = vec![plate("粤GA1234"), plate("冀B00001"), plate("粤G00001")];
    [
        (None, None),
        (Some(column(numbers(0..10), 90, false)), None),
        (Some(column(Vec::new(), 90, true)), None),
        (Some(column(Vec::new(), 90, true)), Some(basket)),
        (Some(column(mixed, -90, false)), None),
    ]
    .map(|(column, basket)| HoldSet { column, basket })
    .to_vec()
}
