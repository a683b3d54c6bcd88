//! Cases that officers and reviewers decide: appeals and reviews; and the files about outside answers.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::selection::v1 as selection;
use xuanhao_proto::vehicle::v1 as vehicle;

use super::words::{clock, enum_word, instant, rfc3339};
use super::{Output, Show};

/// An appeal.
#[derive(Debug, Serialize)]
pub(crate) struct Appeal {
    appeal_id: String,
    application_id: String,
    office: String,
    state: String,
    statement: String,
    document_ids: Vec<String>,
    #[serde(serialize_with = "rfc3339")]
    filed_at: Option<Timestamp>,
    due_on: String,
    #[serde(serialize_with = "rfc3339")]
    decided_at: Option<Timestamp>,
    decision_reason: String,
}

impl From<selection::Appeal> for Appeal {
    fn from(told: selection::Appeal) -> Self {
        Self {
            state: enum_word(told.state().as_str_name(), "APPEAL_STATE_"),
            filed_at: instant(told.filed_at.as_ref()),
            decided_at: instant(told.decided_at.as_ref()),
            appeal_id: told.appeal_id,
            application_id: told.application_id,
            office: told.office,
            statement: told.statement,
            document_ids: told.document_ids,
            due_on: told.due_on,
            decision_reason: told.decision_reason,
        }
    }
}

impl Show for Appeal {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("申诉 · appeal", self.appeal_id.clone()),
            ("状态 · state", self.state.clone()),
            ("申请 · application", self.application_id.clone()),
            ("车管所 · office", self.office.clone()),
            ("提出时间 · filed", clock(self.filed_at)),
            ("应于 · due", self.due_on.clone()),
            ("陈述 · statement", self.statement.clone()),
            ("材料 · documents", self.document_ids.join(" ")),
            ("处理时间 · decided", clock(self.decided_at)),
            ("处理意见 · decision", self.decision_reason.clone()),
        ])
    }
}

/// Appeals, the oldest first.
#[derive(Debug, Serialize)]
pub(crate) struct Appeals {
    appeals: Vec<Appeal>,
}

impl From<Vec<selection::Appeal>> for Appeals {
    fn from(told: Vec<selection::Appeal>) -> Self {
        Self {
            appeals: told.into_iter().map(Appeal::from).collect(),
        }
    }
}

impl Show for Appeals {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &Appeal| {
            [
                one.appeal_id.clone(),
                one.state.clone(),
                one.office.clone(),
                one.due_on.clone(),
                clock(one.filed_at),
                one.application_id.clone(),
            ]
        };
        output.table(
            [
                "申诉 · appeal",
                "状态 · state",
                "车管所 · office",
                "应于 · due",
                "提出时间 · filed",
                "申请 · application",
            ],
            self.appeals.iter().map(row),
        )
    }
}

/// A review.
#[derive(Debug, Serialize)]
pub(crate) struct Review {
    review_id: String,
    application_id: String,
    office: String,
    state: String,
    suspicions: Vec<String>,
    document_ids: Vec<String>,
    #[serde(serialize_with = "rfc3339")]
    opened_at: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339")]
    due_at: Option<Timestamp>,
    #[serde(serialize_with = "rfc3339")]
    decided_at: Option<Timestamp>,
    decision_reason: String,
    vin: String,
}

impl From<vehicle::Review> for Review {
    fn from(told: vehicle::Review) -> Self {
        Self {
            state: enum_word(told.state().as_str_name(), "REVIEW_STATE_"),
            opened_at: instant(told.opened_at.as_ref()),
            due_at: instant(told.due_at.as_ref()),
            decided_at: instant(told.decided_at.as_ref()),
            review_id: told.review_id,
            application_id: told.application_id,
            office: told.office,
            suspicions: told.suspicions,
            document_ids: told.document_ids,
            decision_reason: told.decision_reason,
            vin: told.vin,
        }
    }
}

impl Show for Review {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("核查 · review", self.review_id.clone()),
            ("状态 · state", self.state.clone()),
            ("申请 · application", self.application_id.clone()),
            ("车管所 · office", self.office.clone()),
            ("车辆识别代号 · VIN", self.vin.clone()),
            ("疑点 · suspicions", self.suspicions.join(" ")),
            ("材料 · documents", self.document_ids.join(" ")),
            ("发起时间 · opened", clock(self.opened_at)),
            ("应于 · due", clock(self.due_at)),
            ("处理时间 · decided", clock(self.decided_at)),
            ("处理意见 · decision", self.decision_reason.clone()),
        ])
    }
}

/// Reviews, those due first.
#[derive(Debug, Serialize)]
pub(crate) struct Reviews {
    reviews: Vec<Review>,
}

impl From<Vec<vehicle::Review>> for Reviews {
    fn from(told: Vec<vehicle::Review>) -> Self {
        Self {
            reviews: told.into_iter().map(Review::from).collect(),
        }
    }
}

impl Show for Reviews {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &Review| {
            [
                one.review_id.clone(),
                one.state.clone(),
                one.office.clone(),
                clock(one.due_at),
                one.suspicions.join(" "),
                one.vin.clone(),
                one.application_id.clone(),
            ]
        };
        output.table(
            [
                "核查 · review",
                "状态 · state",
                "车管所 · office",
                "应于 · due",
                "疑点 · suspicions",
                "车辆识别代号 · VIN",
                "申请 · application",
            ],
            self.reviews.iter().map(row),
        )
    }
}

/// What an import of answers came to, repeats of earlier runs included.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Answered {
    pub(crate) rows: u64,
    pub(crate) taken: u64,
    /// Of questions that are not open.
    pub(crate) unknown: u64,
    /// Lines that the service could not read.
    pub(crate) malformed: Vec<u64>,
}

impl Show for Answered {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let lines: Vec<_> = self.malformed.iter().map(ToString::to_string).collect();
        output.record(&[
            ("答复数 · answers", self.rows.to_string()),
            ("已采用 · taken", self.taken.to_string()),
            ("问题已关闭 · not open", self.unknown.to_string()),
            ("无法读取的行 · lines not readable", lines.join(" ")),
        ])
    }
}

/// How many questions were written.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    pub(crate) questions: u64,
}

impl Show for Exported {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[("问题数 · questions", self.questions.to_string())])
    }
}
