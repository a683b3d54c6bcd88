//! `xuanctl counter`: selecting at the window, for a person who stands there (R-SEL-12).

use clap::{Args, Subcommand};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1 as vehicle;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind;
use xuanhao_vocabulary::{OfficeId, PlateNumber, Vin};

use super::whole;
use crate::args::{Act, Acting, Request, Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::counter::AtCounter;

#[derive(Debug, Subcommand)]
pub(crate) enum Counter {
    /// 开始或接续窗口选号 · Open the application of an enrolled account, or take it up where it stands
    Open(Open),
    /// 随机选号，用去一次窗口随机机会 · Draw numbers; costs one window draw
    Draw {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 不包含4 · Numbers without 4
        #[arg(long)]
        exclude_four: bool,
        #[command(flatten)]
        own: Own,
    },
    /// 自编选号，按先后尝试 · Try ranked wishes; the first free one is confirmed at once
    Compose {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 自编号码，按意愿先后 · Wishes, the dearest first
        #[arg(required = true, value_name = "PLATE", value_parser = word::<PlateNumber>)]
        wishes: Vec<PlateNumber>,
        #[command(flatten)]
        own: Own,
    },
    /// 确认一个随机号码 · Confirm one drawn number
    Confirm {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 号牌号码 · The number
        #[arg(value_parser = word::<PlateNumber>)]
        plate: PlateNumber,
        #[command(flatten)]
        own: Own,
    },
    /// 查看窗口选号 · The application as it stands
    Show {
        /// 选号申请编号 · The application's id
        application_id: String,
        #[command(flatten)]
        acting: Acting,
    },
}

/// Whose act it is, under which id.
#[derive(Debug, Args)]
pub(crate) struct Own {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
    #[arg(long, value_parser = word::<OfficeId>)]
    office: OfficeId,
    /// 账户编号，见 account find · The account's id, as `account find` tells it
    #[arg(long, value_name = "ID")]
    account: String,
    /// 车辆识别代号 · The vehicle
    #[arg(long, value_parser = word::<Vin>)]
    vin: Vin,
    #[command(flatten)]
    proof: Proof,
    /// 已人工核对进口车辆识别代号 · An import VIN whose check digit fails was looked at again
    #[arg(long)]
    import_confirmed: bool,
    /// 货物进口证明书编号 · Number of the import certificate
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "",
        hide_default_value = true
    )]
    import_certificate: String,
    /// 已宣读的业务须知版本 · Version of the notice that was read out
    #[arg(long, value_name = "N")]
    notice_version: i32,
    #[command(flatten)]
    act: Act,
}

/// How the vehicle was bought: one of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Proof {
    /// 纸质发票代码，12位 · Code of a paper invoice, 12 digits
    #[arg(long, value_name = "CODE", requires = "invoice_number")]
    invoice_code: Option<String>,
    /// 纸质发票号码，8位 · Number of a paper invoice, 8 digits
    #[arg(long, value_name = "NUMBER", requires = "invoice_code")]
    invoice_number: Option<String>,
    /// 数电票号码，20位 · Number of an electronic invoice, 20 digits
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["invoice_code", "invoice_number"])]
    electronic_invoice: Option<String>,
}

impl Proof {
    fn message(self) -> vehicle::PurchaseProof {
        let paper = self.invoice_code.zip(self.invoice_number);
        let paper =
            paper.map(|(code, number)| Kind::PaperInvoice(vehicle::PaperInvoice { code, number }));
        let kind = paper.or(self.electronic_invoice.map(Kind::ElectronicInvoice));
        vehicle::PurchaseProof { kind }
    }
}

impl Counter {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Open(open) => open.run(to).await?,
            Self::Draw {
                application_id,
                exclude_four,
                own,
            } => draw(to, application_id, exclude_four, own).await?,
            Self::Compose {
                application_id,
                wishes,
                own,
            } => compose(to, application_id, &wishes, own).await?,
            Self::Confirm {
                application_id,
                plate,
                own,
            } => confirm(to, application_id, &plate, own).await?,
            Self::Show {
                application_id,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::GetAtCounterRequest { application_id });
                let request = request.principal(&principal).idempotent();
                let told = to.counter()?.get_at_counter(request).await?.into_inner();
                AtCounter::of(None, whole(told.application)?, told.chances)
            }
        };
        Ok(output.show(&shown)?)
    }
}

impl Open {
    async fn run(self, to: &Connection) -> Result<AtCounter, Failure> {
        let principal = to.principal(Scope::Office(self.office)).await?;
        let id = self.act.request.id();
        let request = call(pb::OpenAtCounterRequest {
            request_id: id.to_string(),
            office: self.office.to_string(),
            account_id: self.account,
            vin: self.vin.as_str().to_owned(),
            purchase_proof: Some(self.proof.message()),
            import_confirmed: self.import_confirmed,
            import_certificate_number: self.import_certificate,
            notice_version: self.notice_version,
            reason: self.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let told = to.counter()?.open_at_counter(request).await;
        let told = told.map_err(|status| Failure::of_write(status, id))?;
        let told = told.into_inner();
        Ok(AtCounter::of(None, whole(told.application)?, told.chances))
    }
}

async fn draw(
    to: &Connection,
    application_id: String,
    exclude_four: bool,
    own: Own,
) -> Result<AtCounter, Failure> {
    let principal = to.principal(own.acting.scope()).await?;
    let id = own.request.id();
    let request = call(pb::DrawAtCounterRequest {
        request_id: id.to_string(),
        application_id,
        exclude_four,
    });
    let request = request.principal(&principal).idempotent();
    let told = to.counter()?.draw_at_counter(request).await;
    let told = told.map_err(|status| Failure::of_write(status, id))?;
    let told = told.into_inner();
    Ok(AtCounter::of(
        told.outcome,
        whole(told.application)?,
        told.chances,
    ))
}

async fn compose(
    to: &Connection,
    application_id: String,
    wishes: &[PlateNumber],
    own: Own,
) -> Result<AtCounter, Failure> {
    let principal = to.principal(own.acting.scope()).await?;
    let id = own.request.id();
    let request = call(pb::ComposeAtCounterRequest {
        request_id: id.to_string(),
        application_id,
        wishes: wishes.iter().map(ToString::to_string).collect(),
    });
    let request = request.principal(&principal).idempotent();
    let told = to.counter()?.compose_at_counter(request).await;
    let told = told.map_err(|status| Failure::of_write(status, id))?;
    let told = told.into_inner();
    Ok(AtCounter::of(
        told.outcome,
        whole(told.application)?,
        told.chances,
    ))
}

async fn confirm(
    to: &Connection,
    application_id: String,
    plate: &PlateNumber,
    own: Own,
) -> Result<AtCounter, Failure> {
    let principal = to.principal(own.acting.scope()).await?;
    let id = own.request.id();
    let request = call(pb::ConfirmAtCounterRequest {
        request_id: id.to_string(),
        application_id,
        plate: plate.to_string(),
    });
    let request = request.principal(&principal).idempotent();
    let told = to.counter()?.confirm_at_counter(request).await;
    let told = told.map_err(|status| Failure::of_write(status, id))?;
    let told = told.into_inner();
    Ok(AtCounter::of(told.outcome, whole(told.application)?, None))
}
