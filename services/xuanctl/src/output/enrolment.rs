//! Service points, accounts and enrolments.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::identity::v1 as pb;

use super::words::{clock, enum_word, instant, rfc3339};
use super::{Output, Show};

/// Service points of a province or office.
#[derive(Debug, Serialize)]
pub(crate) struct ServicePoints {
    service_points: Vec<ServicePoint>,
}

#[derive(Debug, Serialize)]
struct ServicePoint {
    service_point_id: String,
    office: String,
    kind: String,
    name: String,
    address: String,
}

impl From<pb::ListServicePointsResponse> for ServicePoints {
    fn from(told: pb::ListServicePointsResponse) -> Self {
        let point = |one: pb::ServicePoint| ServicePoint {
            kind: enum_word(one.kind().as_str_name(), "SERVICE_POINT_KIND_"),
            service_point_id: one.service_point_id,
            office: one.office,
            name: one.name,
            address: one.address,
        };
        Self {
            service_points: told.service_points.into_iter().map(point).collect(),
        }
    }
}

impl Show for ServicePoints {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &ServicePoint| {
            [
                one.service_point_id.clone(),
                one.office.clone(),
                one.kind.clone(),
                one.name.clone(),
                one.address.clone(),
            ]
        };
        output.table(
            [
                "受理点 · service point",
                "车管所 · office",
                "类别 · kind",
                "名称 · name",
                "地址 · address",
            ],
            self.service_points.iter().map(row),
        )
    }
}

/// An enrolment that was done.
#[derive(Debug, Serialize)]
pub(crate) struct Enrolled {
    account_id: String,
    enrolment_id: String,
    login_name: String,
    #[serde(serialize_with = "rfc3339")]
    credentials_until: Option<Timestamp>,
}

impl From<pb::EnrolPersonResponse> for Enrolled {
    fn from(told: pb::EnrolPersonResponse) -> Self {
        Self {
            credentials_until: instant(told.credentials_until.as_ref()),
            account_id: told.account_id,
            enrolment_id: told.enrolment_id,
            login_name: told.login_name,
        }
    }
}

impl From<pb::EnrolOrganisationResponse> for Enrolled {
    fn from(told: pb::EnrolOrganisationResponse) -> Self {
        Self {
            credentials_until: instant(told.credentials_until.as_ref()),
            account_id: told.account_id,
            enrolment_id: told.enrolment_id,
            login_name: told.login_name,
        }
    }
}

impl Show for Enrolled {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let login_name = match self.login_name.as_str() {
            "" => "原账户 · as before".to_owned(),
            name => name.to_owned(),
        };
        output.record(&[
            ("账户 · account", self.account_id.clone()),
            ("面签记录 · enrolment", self.enrolment_id.clone()),
            ("用户名 · login name", login_name),
            (
                "初始密码有效至 · credentials until",
                clock(self.credentials_until),
            ),
        ])
    }
}

/// Credentials that were sent again.
#[derive(Debug, Serialize)]
pub(crate) struct Reissued {
    #[serde(serialize_with = "rfc3339")]
    credentials_until: Option<Timestamp>,
}

impl From<pb::ReissueCredentialsResponse> for Reissued {
    fn from(told: pb::ReissueCredentialsResponse) -> Self {
        Self {
            credentials_until: instant(told.credentials_until.as_ref()),
        }
    }
}

impl Show for Reissued {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[(
            "初始密码有效至 · credentials until",
            clock(self.credentials_until),
        )])
    }
}

/// An account; personal data is masked.
#[derive(Debug, Serialize)]
pub(crate) struct Account {
    account_id: String,
    login_name: String,
    full_name_masked: String,
    resident_id_masked: String,
    mobile_masked: String,
    level: String,
    province: String,
    kind: String,
    organisation_name: String,
    credit_code_masked: String,
}

impl From<pb::Account> for Account {
    fn from(told: pb::Account) -> Self {
        Self {
            level: enum_word(told.level().as_str_name(), "REGISTRATION_LEVEL_"),
            kind: enum_word(told.kind().as_str_name(), "HOLDER_KIND_"),
            account_id: told.account_id,
            login_name: told.login_name,
            full_name_masked: told.full_name_masked,
            resident_id_masked: told.resident_id_masked,
            mobile_masked: told.mobile_masked,
            province: told.province,
            organisation_name: told.organisation_name,
            credit_code_masked: told.credit_code_masked,
        }
    }
}

impl Show for Account {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let mut rows = vec![
            ("账户 · account", self.account_id.clone()),
            ("用户名 · login name", self.login_name.clone()),
            ("类别 · kind", self.kind.clone()),
            ("姓名 · name", self.full_name_masked.clone()),
            ("身份证号码 · resident id", self.resident_id_masked.clone()),
            ("手机号码 · mobile", self.mobile_masked.clone()),
            ("注册级别 · level", self.level.clone()),
            ("省份 · province", self.province.clone()),
        ];
        if !self.organisation_name.is_empty() {
            rows.push(("单位 · organisation", self.organisation_name.clone()));
            rows.push((
                "统一社会信用代码 · credit code",
                self.credit_code_masked.clone(),
            ));
        }
        output.record(&rows)
    }
}

/// Enrolments of an account, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct Enrolments {
    enrolments: Vec<Enrolment>,
}

#[derive(Debug, Serialize)]
struct Enrolment {
    enrolment_id: String,
    service_point_id: String,
    officer: String,
    #[serde(serialize_with = "rfc3339")]
    enrolled_at: Option<Timestamp>,
    document_ids: Vec<String>,
    authorised_until: String,
}

impl From<Vec<pb::Enrolment>> for Enrolments {
    fn from(told: Vec<pb::Enrolment>) -> Self {
        let enrolment = |one: pb::Enrolment| Enrolment {
            enrolled_at: instant(one.enrolled_at.as_ref()),
            enrolment_id: one.enrolment_id,
            service_point_id: one.service_point_id,
            officer: one.officer,
            document_ids: one.document_ids,
            authorised_until: one.authorised_until,
        };
        Self {
            enrolments: told.into_iter().map(enrolment).collect(),
        }
    }
}

impl Show for Enrolments {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &Enrolment| {
            [
                one.enrolment_id.clone(),
                clock(one.enrolled_at),
                one.service_point_id.clone(),
                one.officer.clone(),
                one.authorised_until.clone(),
                one.document_ids.join(" "),
            ]
        };
        output.table(
            [
                "面签记录 · enrolment",
                "时间 · at",
                "受理点 · service point",
                "经办人 · officer",
                "授权至 · authorised until",
                "材料 · documents",
            ],
            self.enrolments.iter().map(row),
        )
    }
}

/// A document that was looked at; its content is in a file.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    document_id: String,
    kind: String,
    media_type: String,
    size: i64,
    #[serde(serialize_with = "rfc3339")]
    added_at: Option<Timestamp>,
}

impl From<pb::Document> for Document {
    fn from(told: pb::Document) -> Self {
        Self {
            kind: enum_word(told.kind().as_str_name(), "DOCUMENT_KIND_"),
            added_at: instant(told.added_at.as_ref()),
            document_id: told.document_id,
            media_type: told.media_type,
            size: told.size,
        }
    }
}

impl Show for Document {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("材料 · document", self.document_id.clone()),
            ("种类 · kind", self.kind.clone()),
            ("格式 · media type", self.media_type.clone()),
            ("字节数 · bytes", self.size.to_string()),
            ("上传时间 · added", clock(self.added_at)),
        ])
    }
}
