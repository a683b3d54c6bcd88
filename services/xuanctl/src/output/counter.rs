//! An application at the window, and what selecting there came to.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::selecting_outcome::Result as Told;

use super::words::{class_word, clock, enum_word, instant, rfc3339};
use super::{Output, Show};

/// What the officer sees.
#[derive(Debug, Serialize)]
pub(crate) struct AtCounter {
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    application: Application,
    #[serde(skip_serializing_if = "Option::is_none")]
    chances: Option<Chances>,
}

#[derive(Debug, Serialize)]
struct Application {
    application_id: String,
    office: String,
    state: String,
    vin: String,
    plate_class: String,
    verification: String,
    holding: Option<Holding>,
    result: Option<Confirmed>,
    operation_pending: bool,
}

#[derive(Debug, Serialize)]
struct Chances {
    wishes_left: i32,
    draws_left: i32,
    draw_count: i32,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Outcome {
    Allocated(Confirmed),
    Held(Holding),
    AllMissed {
        wishes: Vec<String>,
    },
    Lodged {
        #[serde(serialize_with = "rfc3339")]
        decided_at: Option<Timestamp>,
    },
}

#[derive(Debug, Serialize)]
struct Holding {
    column: Vec<String>,
    #[serde(serialize_with = "rfc3339")]
    column_until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct Confirmed {
    plate: String,
    #[serde(serialize_with = "rfc3339")]
    decided_at: Option<Timestamp>,
    deadline: String,
    voucher_number: String,
}

impl AtCounter {
    pub(crate) fn of(
        outcome: Option<pb::SelectingOutcome>,
        application: pb::Application,
        chances: Option<pb::CounterChances>,
    ) -> Self {
        Self {
            outcome: outcome
                .and_then(|outcome| outcome.result)
                .map(Outcome::from),
            application: application.into(),
            chances: chances.map(|left| Chances {
                wishes_left: left.wishes_left,
                draws_left: left.draws_left,
                draw_count: left.draw_count,
            }),
        }
    }
}

impl From<pb::Application> for Application {
    fn from(told: pb::Application) -> Self {
        Self {
            state: enum_word(told.state().as_str_name(), "APPLICATION_STATE_"),
            verification: enum_word(told.verification().as_str_name(), "VERIFICATION_"),
            plate_class: class_word(told.plate_class),
            application_id: told.application_id,
            office: told.office,
            vin: told.vin,
            holding: told.holding.map(Holding::from),
            result: told.result.map(Confirmed::from),
            operation_pending: told.operation_pending,
        }
    }
}

impl From<pb::Holding> for Holding {
    fn from(told: pb::Holding) -> Self {
        Self {
            column_until: instant(told.column_until.as_ref()),
            column: told.column,
        }
    }
}

impl From<pb::Result> for Confirmed {
    fn from(told: pb::Result) -> Self {
        Self {
            decided_at: instant(told.decided_at.as_ref()),
            plate: told.plate,
            deadline: told.deadline,
            voucher_number: told.voucher_number,
        }
    }
}

impl From<Told> for Outcome {
    fn from(told: Told) -> Self {
        match told {
            Told::Allocated(result) => Self::Allocated(result.into()),
            Told::Held(holding) => Self::Held(holding.into()),
            Told::AllMissed(missed) => Self::AllMissed {
                wishes: missed.wishes,
            },
            Told::Lodged(lodged) => Self::Lodged {
                decided_at: instant(lodged.decided_at.as_ref()),
            },
        }
    }
}

impl Show for AtCounter {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let mut rows = Vec::new();
        match &self.outcome {
            Some(Outcome::AllMissed { wishes }) => {
                rows.push(("均未选中 · all missed", wishes.join(" ")));
            }
            Some(Outcome::Lodged { decided_at }) => {
                rows.push(("待摇号 · decided by lot", clock(*decided_at)));
            }
            Some(Outcome::Allocated(_) | Outcome::Held(_)) | None => {}
        }
        let own = &self.application;
        rows.extend([
            ("申请 · application", own.application_id.clone()),
            ("状态 · state", own.state.clone()),
            ("车管所 · office", own.office.clone()),
            ("车辆 · vehicle", format!("{} {}", own.vin, own.plate_class)),
        ]);
        if own.verification != "verified" {
            rows.push(("核实 · verification", own.verification.clone()));
        }
        if let Some(holding) = &own.holding {
            rows.push(("可选号码 · column", holding.column.join(" ")));
            rows.push(("保留至 · until", clock(holding.column_until)));
        }
        if let Some(result) = &own.result {
            rows.push(("号牌 · plate", result.plate.clone()));
            rows.push(("办理期限 · deadline", result.deadline.clone()));
            rows.push(("凭证编号 · voucher", result.voucher_number.clone()));
        }
        if let Some(left) = &self.chances {
            rows.push(("剩余自编次数 · wishes left", left.wishes_left.to_string()));
            rows.push((
                "剩余随机次数 · draws left",
                format!("{} × {}", left.draws_left, left.draw_count),
            ));
        }
        output.record(&rows)
    }
}
