//! Policies, pool rules, notices and calendars: what is in force, its versions, and what each field means.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;

use super::words::{clock, instant, rfc3339};
use super::{Output, Show};

/// The policy or the pool rules in force.
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

impl From<pool::GetPoolRulesResponse> for Policy {
    fn from(rules: pool::GetPoolRulesResponse) -> Self {
        Self {
            applied_at: instant(rules.applied_at.as_ref()),
            name: rules.name,
            version: rules.version,
            yaml: rules.yaml,
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

/// A policy or pool rules, field by field.
#[derive(Debug, Serialize)]
pub(crate) struct Described {
    name: String,
    version: i32,
    fields: Vec<Field>,
}

#[derive(Debug, Serialize)]
struct Field {
    path: String,
    value: String,
    unit: String,
    range: String,
    mark: String,
}

impl From<pb::DescribePolicyResponse> for Described {
    fn from(told: pb::DescribePolicyResponse) -> Self {
        let field = |field: pb::PolicyField| Field {
            path: field.path,
            value: field.value,
            unit: field.unit,
            range: field.range,
            mark: field.mark,
        };
        Self {
            name: told.name,
            version: told.version,
            fields: told.fields.into_iter().map(field).collect(),
        }
    }
}

impl From<pool::GetPoolRulesResponse> for Described {
    fn from(told: pool::GetPoolRulesResponse) -> Self {
        let field = |field: pool::PoolRulesField| Field {
            path: field.path,
            value: field.value,
            unit: field.unit,
            range: field.range,
            mark: field.mark,
        };
        Self {
            name: told.name,
            version: told.version,
            fields: told.fields.into_iter().map(field).collect(),
        }
    }
}

impl Show for Described {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.line(&format!(
            "{} 第{}版 · version {}",
            self.name, self.version, self.version
        ))?;
        let row = |field: &Field| {
            [
                field.path.clone(),
                field.value.clone(),
                field.unit.clone(),
                field.range.clone(),
                field.mark.clone(),
            ]
        };
        output.table(
            [
                "字段 · path",
                "取值 · value",
                "单位 · unit",
                "范围 · range",
                "标记 · mark",
            ],
            self.fields.iter().map(row),
        )
    }
}

/// Versions of an office's policy.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PolicyVersions {
    versions: Vec<PolicyVersion>,
}

#[derive(Debug, Serialize)]
struct PolicyVersion {
    version: i32,
    name: String,
    #[serde(serialize_with = "rfc3339")]
    applied_at: Option<Timestamp>,
    applied_by: String,
    reason: String,
}

impl Extend<pb::PolicyVersion> for PolicyVersions {
    fn extend<T: IntoIterator<Item = pb::PolicyVersion>>(&mut self, told: T) {
        let version = |one: pb::PolicyVersion| PolicyVersion {
            applied_at: instant(one.applied_at.as_ref()),
            version: one.version,
            name: one.name,
            applied_by: one.applied_by,
            reason: one.reason,
        };
        self.versions.extend(told.into_iter().map(version));
    }
}

impl Show for PolicyVersions {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &PolicyVersion| {
            [
                one.version.to_string(),
                one.name.clone(),
                clock(one.applied_at),
                one.applied_by.clone(),
                one.reason.clone(),
            ]
        };
        output.table(
            [
                "版本 · version",
                "名称 · name",
                "应用时间 · applied",
                "应用人 · by",
                "理由 · reason",
            ],
            self.versions.iter().map(row),
        )
    }
}

/// Versions of an office's notice.
#[derive(Debug, Default, Serialize)]
pub(crate) struct NoticeVersions {
    versions: Vec<NoticeVersion>,
}

#[derive(Debug, Serialize)]
struct NoticeVersion {
    version: i32,
    title_zh: String,
    #[serde(serialize_with = "rfc3339")]
    published_at: Option<Timestamp>,
    published_by: String,
    reason: String,
    agreements: i64,
}

impl Extend<pb::NoticeVersion> for NoticeVersions {
    fn extend<T: IntoIterator<Item = pb::NoticeVersion>>(&mut self, told: T) {
        let version = |one: pb::NoticeVersion| NoticeVersion {
            published_at: instant(one.published_at.as_ref()),
            version: one.version,
            title_zh: one.title_zh,
            published_by: one.published_by,
            reason: one.reason,
            agreements: one.agreements,
        };
        self.versions.extend(told.into_iter().map(version));
    }
}

impl Show for NoticeVersions {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &NoticeVersion| {
            [
                one.version.to_string(),
                one.title_zh.clone(),
                clock(one.published_at),
                one.published_by.clone(),
                one.agreements.to_string(),
                one.reason.clone(),
            ]
        };
        output.table(
            [
                "版本 · version",
                "标题 · title",
                "发布时间 · published",
                "发布人 · by",
                "同意数 · agreements",
                "理由 · reason",
            ],
            self.versions.iter().map(row),
        )
    }
}
