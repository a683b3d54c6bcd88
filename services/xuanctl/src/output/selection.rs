//! Policies, notices, calendars and outcomes.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::selection::v1 as pb;

use super::words::{class_word, clock, instant, rfc3339};
use super::{Output, Show};

/// The policy in force.
#[derive(Debug, Serialize)]
pub(crate) struct Policy {
    name: String,
    version: i32,
    yaml: String,
    #[serde(serialize_with = "rfc3339")]
    applied_at: Option<Timestamp>,
}

impl From<pb::GetPolicyResponse> for Policy {
    fn from(policy: pb::GetPolicyResponse) -> Self {
        Self {
            applied_at: instant(policy.applied_at.as_ref()),
            name: policy.name,
            version: policy.version,
            yaml: policy.yaml,
        }
    }
}

impl Show for Policy {
    /// The head as comments, so that the whole is the document again.
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.line(&format!(
            "# {} 第{}版 · version {}, {}",
            self.name,
            self.version,
            self.version,
            clock(self.applied_at)
        ))?;
        output.line(self.yaml.trim_end())
    }
}

/// The notice in force.
#[derive(Debug, Serialize)]
pub(crate) struct Notice {
    version: i32,
    title_zh: String,
    body_zh: String,
    title_en: String,
    body_en: String,
    #[serde(serialize_with = "rfc3339")]
    published_at: Option<Timestamp>,
}

impl From<pb::GetNoticeResponse> for Notice {
    fn from(notice: pb::GetNoticeResponse) -> Self {
        Self {
            published_at: instant(notice.published_at.as_ref()),
            version: notice.version,
            title_zh: notice.title_zh,
            body_zh: notice.body_zh,
            title_en: notice.title_en,
            body_en: notice.body_en,
        }
    }
}

impl Show for Notice {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.line(&format!(
            "第{}版 · version {}, {}",
            self.version,
            self.version,
            clock(self.published_at)
        ))?;
        let texts = [&self.title_zh, &self.body_zh, &self.title_en, &self.body_en];
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            output.line("")?;
            output.line(text.trim_end())?;
        }
        Ok(())
    }
}

/// Years that are covered.
#[derive(Debug, Serialize)]
pub(crate) struct Years {
    pub(crate) years: Vec<i32>,
}

impl Show for Years {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        self.years
            .iter()
            .try_for_each(|year| output.line(&year.to_string()))
    }
}

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
        }
    }
}

impl Show for Selection {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
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
        ])
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
