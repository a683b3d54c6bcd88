//! `xuanctl enrol`: enrolling face to face (面签, R-ACC-05).

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::{CreditCode, Mobile, ResidentId};

use super::document::add_all;
use crate::args::{Act, Acting, DocumentText, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::enrolment::Enrolled;

#[derive(Debug, Subcommand)]
pub(crate) enum Enrol {
    /// 个人面签；材料：`identity_card`、`application_form`、`portrait` · Enrol a person
    Person(Person),
    /// 单位面签；材料另加 `code_certificate`、`power_of_attorney` · Enrol an organisation and its agent
    Organisation(Organisation),
}

/// What both have in common.
#[derive(Debug, Args)]
pub(crate) struct Desk {
    /// 受理点编号 · Id of the service point
    #[arg(long, value_name = "ID")]
    service_point: String,
    /// 材料，例如 `identity_card=FILE`，可重复 · A document KIND=FILE, added first; may be repeated
    #[arg(long = "document", required = true, value_name = "KIND=FILE")]
    documents: Vec<DocumentText>,
    /// 消息语言 · Language of messages
    #[arg(long, value_enum, default_value_t)]
    locale: Locale,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub(crate) struct Person {
    /// 姓名，与身份证一致 · Name as printed on the identity card
    #[arg(long)]
    full_name: String,
    /// 身份证号码 · Identity number
    #[arg(long, value_parser = word::<ResidentId>)]
    resident_id: ResidentId,
    /// 手机号码，接收初始凭据 · Mobile number; the initial credentials go there
    #[arg(long, value_parser = word::<Mobile>)]
    mobile: Mobile,
    #[command(flatten)]
    desk: Desk,
}

#[derive(Debug, Args)]
pub(crate) struct Organisation {
    /// 单位名称 · Name of the organisation
    #[arg(long)]
    name: String,
    /// 统一社会信用代码 · Unified social credit code
    #[arg(long, value_parser = word::<CreditCode>)]
    credit_code: CreditCode,
    /// 经办人姓名 · The agent's name
    #[arg(long)]
    agent_name: String,
    /// 经办人身份证号码 · The agent's identity number
    #[arg(long, value_parser = word::<ResidentId>)]
    agent_resident_id: ResidentId,
    /// 经办人手机号码 · The agent's mobile number
    #[arg(long, value_parser = word::<Mobile>)]
    agent_mobile: Mobile,
    /// 授权委托书最后一日 · Last day of the power of attorney
    #[arg(long, value_name = "YYYY-MM-DD")]
    authorised_until: Date,
    #[command(flatten)]
    desk: Desk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Locale {
    /// 中文 · Chinese
    #[default]
    #[value(name = "zh-CN")]
    Chinese,
    /// 英文 · English
    #[value(name = "en")]
    English,
}

impl Locale {
    fn tag(self) -> String {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
        .to_owned()
    }
}

impl Enrol {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let enrolled = match self {
            Self::Person(person) => person.enrol(to).await?,
            Self::Organisation(organisation) => organisation.enrol(to).await?,
        };
        Ok(output.show(&enrolled)?)
    }
}

impl Person {
    async fn enrol(self, to: &Connection) -> Result<Enrolled, Failure> {
        let desk = self.desk;
        let principal = to.principal(desk.acting.scope()).await?;
        let id = desk.act.request.id();
        let document_ids = add_all(to, &principal, id, desk.documents).await?;
        let request = call(pb::EnrolPersonRequest {
            request_id: id.to_string(),
            service_point_id: desk.service_point,
            full_name: self.full_name,
            resident_id: self.resident_id.expose().to_owned(),
            mobile: self.mobile.expose().to_owned(),
            document_ids,
            locale: desk.locale.tag(),
            reason: desk.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let enrolled = to.enrolment()?.enrol_person(request).await;
        let enrolled = enrolled.map_err(|status| Failure::of_write(status, id))?;
        Ok(enrolled.into_inner().into())
    }
}

impl Organisation {
    async fn enrol(self, to: &Connection) -> Result<Enrolled, Failure> {
        let desk = self.desk;
        let principal = to.principal(desk.acting.scope()).await?;
        let id = desk.act.request.id();
        let document_ids = add_all(to, &principal, id, desk.documents).await?;
        let request = call(pb::EnrolOrganisationRequest {
            request_id: id.to_string(),
            service_point_id: desk.service_point,
            organisation_name: self.name,
            credit_code: self.credit_code.to_string(),
            agent_full_name: self.agent_name,
            agent_resident_id: self.agent_resident_id.expose().to_owned(),
            agent_mobile: self.agent_mobile.expose().to_owned(),
            authorised_until: self.authorised_until.to_string(),
            document_ids,
            locale: desk.locale.tag(),
            reason: desk.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let enrolled = to.enrolment()?.enrol_organisation(request).await;
        let enrolled = enrolled.map_err(|status| Failure::of_write(status, id))?;
        Ok(enrolled.into_inner().into())
    }
}
