//! What became of selections.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::selection::v1 as pb;

use super::words::{class_word, clock, instant, rfc3339};
use super::{Output, Show};

/// A selection.
#[derive(Debug, Serialize)]
pub(crate) struct Selection {
    application_id: String,
    office: String,
    vin: String,
    plate_class: String,
    plate: String,
    #[serde(serialize_with = "rfc3339")]
    decided_at: Option<Timestamp>,
    deadline: String,
    voucher_number: String,
    state: String,
    office_acts: Option<OfficeActs>,
    void_reason: String,
}

/// What happened at the office; civil dates, empty until they happened.
#[derive(Debug, Serialize)]
pub(crate) struct OfficeActs {
    arrived_on: String,
    inspected_on: String,
    inspection_passed: Option<bool>,
    collected_on: String,
    registered_on: String,
}

impl From<pb::OfficeActs> for OfficeActs {
    fn from(acts: pb::OfficeActs) -> Self {
        Self {
            arrived_on: acts.arrived_on,
            inspected_on: acts.inspected_on,
            inspection_passed: acts.inspection_passed,
            collected_on: acts.collected_on,
            registered_on: acts.registered_on,
        }
    }
}

impl OfficeActs {
    /// Only those that happened.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let inspection = match self.inspection_passed {
            Some(true) => format!("{} 合格 · passed", self.inspected_on),
            Some(false) => format!("{} 不合格 · failed", self.inspected_on),
            None => self.inspected_on.clone(),
        };
        let all = [
            ("到场 · arrived", self.arrived_on.clone()),
            ("查验 · inspected", inspection),
            ("领取号牌 · collected", self.collected_on.clone()),
            ("登记 · registered", self.registered_on.clone()),
        ];
        let happened = all.into_iter().filter(|(_, told)| !told.is_empty());
        happened.collect()
    }
}

impl From<pb::Selection> for Selection {
    fn from(selection: pb::Selection) -> Self {
        Self {
            plate_class: class_word(selection.plate_class),
            decided_at: instant(selection.decided_at.as_ref()),
            application_id: selection.application_id,
            office: selection.office,
            vin: selection.vin,
            plate: selection.plate,
            deadline: selection.deadline,
            voucher_number: selection.voucher_number,
            state: selection.state,
            office_acts: selection.office_acts.map(OfficeActs::from),
            void_reason: selection.void_reason,
        }
    }
}

impl Show for Selection {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let mut rows = vec![
            ("申请 · application", self.application_id.clone()),
            ("状态 · state", self.state.clone()),
            ("车管所 · office", self.office.clone()),
            ("车辆识别代号 · VIN", self.vin.clone()),
            (
                "号牌 · plate",
                format!("{} {}", self.plate, self.plate_class),
            ),
            ("选定时间 · decided", clock(self.decided_at)),
            ("办理期限 · deadline", self.deadline.clone()),
            ("凭证编号 · voucher", self.voucher_number.clone()),
        ];
        rows.extend(self.office_acts.iter().flat_map(OfficeActs::rows));
        if !self.void_reason.is_empty() {
            rows.push(("撤销原因 · voided for", self.void_reason.clone()));
        }
        output.record(&rows)
    }
}

/// Selections of an office, those due first.
#[derive(Debug, Serialize)]
pub(crate) struct Selections {
    selections: Vec<Selection>,
}

impl From<Vec<pb::Selection>> for Selections {
    fn from(selections: Vec<pb::Selection>) -> Self {
        Self {
            selections: selections.into_iter().map(Selection::from).collect(),
        }
    }
}

impl Show for Selections {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &Selection| {
            let arrived = one.office_acts.as_ref().map(|acts| acts.arrived_on.clone());
            [
                one.application_id.clone(),
                one.state.clone(),
                format!("{} {}", one.plate, one.plate_class),
                one.vin.clone(),
                one.deadline.clone(),
                arrived.unwrap_or_default(),
            ]
        };
        output.table(
            [
                "申请 · application",
                "状态 · state",
                "号牌 · plate",
                "车辆识别代号 · VIN",
                "办理期限 · deadline",
                "到场 · arrived",
            ],
            self.selections.iter().map(row),
        )
    }
}

/// What remains for a vehicle.
#[derive(Debug, Serialize)]
pub(crate) struct Counters {
    compose_left: i32,
    draws_left: i32,
}

impl From<pb::CreditChancesResponse> for Counters {
    fn from(credited: pb::CreditChancesResponse) -> Self {
        let counters = credited.counters.unwrap_or_default();
        Self {
            compose_left: counters.compose_left,
            draws_left: counters.draws_left,
        }
    }
}

impl Show for Counters {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("剩余自编次数 · wishes left", self.compose_left.to_string()),
            ("剩余随机次数 · draws left", self.draws_left.to_string()),
        ])
    }
}

/// A page of the feed.
#[derive(Debug, Serialize)]
pub(crate) struct Outcomes {
    outcomes: Vec<Outcome>,
    position: i64,
}

#[derive(Debug, Serialize)]
struct Outcome {
    position: i64,
    r#type: String,
    #[serde(serialize_with = "rfc3339")]
    occurred_at: Option<Timestamp>,
    selection: Option<Selection>,
}

impl From<pb::ListOutcomesResponse> for Outcomes {
    fn from(page: pb::ListOutcomesResponse) -> Self {
        let outcome = |outcome: pb::PositionedOutcome| Outcome {
            position: outcome.position,
            occurred_at: instant(outcome.occurred_at.as_ref()),
            r#type: outcome.r#type,
            selection: outcome.selection.map(Selection::from),
        };
        Self {
            outcomes: page.outcomes.into_iter().map(outcome).collect(),
            position: page.position,
        }
    }
}

impl Show for Outcomes {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |outcome: &Outcome| {
            let of = |field: fn(&Selection) -> &String| {
                outcome
                    .selection
                    .as_ref()
                    .map(|selection| field(selection).clone())
                    .unwrap_or_default()
            };
            [
                outcome.position.to_string(),
                clock(outcome.occurred_at),
                outcome.r#type.clone(),
                of(|selection| &selection.plate),
                of(|selection| &selection.state),
                of(|selection| &selection.application_id),
            ]
        };
        output.table(
            [
                "位置 · position",
                "时间 · at",
                "事实 · fact",
                "号牌 · plate",
                "状态 · state",
                "申请 · application",
            ],
            self.outcomes.iter().map(row),
        )?;
        output.line(&format!("继续 · go on with: --after {}", self.position))
    }
}
