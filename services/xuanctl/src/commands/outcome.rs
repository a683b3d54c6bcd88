//! `xuanctl outcome`: what became of selections.

use clap::{ArgGroup, Args, Subcommand};
use jiff::civil::Date;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::lookup_selection_request::By;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber, Vin, VoucherNumber};

use super::whole;
use crate::args::{Act, Acting, Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::outcome::{Counters, Outcomes, Selection, Selections};
use crate::output::words::wire_class;

/// The most selections a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Outcome {
    /// 按车辆、号牌或凭证查询 · Look a selection up by vehicle, plate or voucher
    Lookup {
        #[command(flatten)]
        key: Key,
        #[command(flatten)]
        acting: Acting,
    },
    /// 标记为已登记 · Mark a vehicle as registered with its number
    MarkRegistered {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 登记日期 · The day of the registration
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Date,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 撤销选号申请 · End an application
    Void {
        /// 选号申请编号 · The application's id
        application_id: String,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 补回因系统故障损失的选号次数 · Give back chances that an outage of ours cost
    Credit {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 补回的自编选号次数 · Wishes given back
        #[arg(long, default_value_t = 0, value_name = "N")]
        compose: i32,
        /// 补回的随机选号次数 · Draws given back
        #[arg(long, default_value_t = 0, value_name = "N")]
        draws: i32,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 登记到场，停止计时 · Record that the citizen came; from that day the deadline no longer runs out
    Arrive {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 到场日期，默认今天 · The day; else today
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<Date>,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 登记查验结果 · Record an inspection of the vehicle
    Inspect {
        /// 选号申请编号 · The application's id
        application_id: String,
        #[command(flatten)]
        finding: Inspection,
        /// 查验日期，默认今天 · The day; else today
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<Date>,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 登记号牌领取 · Record that the number plates were collected
    Collect {
        /// 选号申请编号 · The application's id
        application_id: String,
        /// 领取日期，默认今天 · The day; else today
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<Date>,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 列出车管所待办的选号，临期在前 · List an office's selections, those due first
    List {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
        /// 状态：confirmed、arrived、registered、expired、voided；默认前两种 · State; else the first two
        #[arg(long, value_parser = ["confirmed", "arrived", "registered", "expired", "voided"])]
        state: Option<String>,
    },
    /// 按位置列出选号结果 · The feed: outcomes in the order of their positions
    Feed {
        /// 上次看到的位置 · Position of the last outcome seen
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: i64,
        /// 每页条数，1至1000 · How many, 1 to 1000
        #[arg(long, default_value_t = 100, value_name = "N")]
        page_size: i32,
        #[command(flatten)]
        acting: Acting,
    },
}

/// What an inspection came to.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Inspection {
    /// 合格 · Passed
    #[arg(long)]
    passed: bool,
    /// 不合格，可再次查验 · Not passed; it may be repeated
    #[arg(long)]
    failed: bool,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("key").required(true).args(["vin", "plate", "voucher"])))]
pub(crate) struct Key {
    /// 车辆识别代号 · By vehicle
    #[arg(long, value_parser = word::<Vin>)]
    vin: Option<Vin>,
    /// 号牌号码，须同时给出种类 · By plate, with its class
    #[arg(long, value_parser = word::<PlateNumber>, requires = "class")]
    plate: Option<PlateNumber>,
    /// 号牌种类 · The plate's class: small, large, `nev_small` or `nev_large`
    #[arg(long, value_parser = word::<PlateClass>, requires = "plate")]
    class: Option<PlateClass>,
    /// 预选号凭证编号 · By voucher
    #[arg(long, value_parser = word::<VoucherNumber>)]
    voucher: Option<VoucherNumber>,
}

impl Key {
    fn by(&self) -> Option<By> {
        let plate = self.plate.zip(self.class).map(|(plate, class)| {
            By::Plate(pb::PlateReference {
                plate_class: wire_class(class).into(),
                plate: plate.to_string(),
            })
        });
        let vin = self
            .vin
            .as_ref()
            .map(|vin| By::Vin(vin.as_str().to_owned()));
        let voucher = self
            .voucher
            .map(|number| By::VoucherNumber(number.to_string()));
        vin.or(plate).or(voucher)
    }
}

impl Outcome {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let mut client = to.outcomes()?;
        match self {
            Self::Lookup { key, acting } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::LookupSelectionRequest { by: key.by() });
                let request = request.principal(&principal).idempotent();
                let found = client.lookup_selection(request).await?.into_inner();
                output.show(&shown(found.selection)?)?;
            }
            Self::MarkRegistered {
                application_id,
                on,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::MarkRegisteredRequest {
                    request_id: id.to_string(),
                    application_id,
                    registered_on: on.to_string(),
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let marked = client.mark_registered(request).await;
                let marked = marked.map_err(|status| Failure::of_write(status, id))?;
                output.show(&shown(marked.into_inner().selection)?)?;
            }
            Self::Void {
                application_id,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::VoidApplicationRequest {
                    request_id: id.to_string(),
                    application_id,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let voided = client.void_application(request).await;
                voided.map_err(|status| Failure::of_write(status, id))?;
                output.done()?;
            }
            Self::Credit {
                application_id,
                compose,
                draws,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::CreditChancesRequest {
                    request_id: id.to_string(),
                    application_id,
                    compose,
                    draws,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let credited = client.credit_chances(request).await;
                let credited = credited.map_err(|status| Failure::of_write(status, id))?;
                output.show(&Counters::from(credited.into_inner()))?;
            }
            Self::Arrive {
                application_id,
                on,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::RecordArrivalRequest {
                    request_id: id.to_string(),
                    application_id,
                    arrived_on: day(on),
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let told = client.record_arrival(request).await;
                let told = told.map_err(|status| Failure::of_write(status, id))?;
                output.show(&shown(told.into_inner().selection)?)?;
            }
            Self::Inspect {
                application_id,
                finding,
                on,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::RecordInspectionRequest {
                    request_id: id.to_string(),
                    application_id,
                    inspected_on: day(on),
                    passed: finding.passed,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let told = client.record_inspection(request).await;
                let told = told.map_err(|status| Failure::of_write(status, id))?;
                output.show(&shown(told.into_inner().selection)?)?;
            }
            Self::Collect {
                application_id,
                on,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::RecordCollectionRequest {
                    request_id: id.to_string(),
                    application_id,
                    collected_on: day(on),
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let told = client.record_collection(request).await;
                let told = told.map_err(|status| Failure::of_write(status, id))?;
                output.show(&shown(told.into_inner().selection)?)?;
            }
            Self::List { office, state } => {
                list(to, output, office, state.unwrap_or_default()).await?;
            }
            Self::Feed {
                after,
                page_size,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::ListOutcomesRequest { after, page_size });
                let request = request.principal(&principal).idempotent();
                let page = client.list_outcomes(request).await?.into_inner();
                output.show(&Outcomes::from(page))?;
            }
        }
        Ok(())
    }
}

/// Every page of an office. A principal may end between two, so each gets its own.
async fn list(
    to: &Connection,
    output: &mut Output,
    office: OfficeId,
    state: String,
) -> Result<(), Failure> {
    let mut client = to.outcomes()?;
    let (mut selections, mut page_token) = (Vec::new(), String::new());
    loop {
        let principal = to.principal(Scope::Office(office)).await?;
        let request = call(pb::ListSelectionsRequest {
            office: office.to_string(),
            state: state.clone(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_selections(request).await?.into_inner();
        selections.extend(page.selections);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(output.show(&Selections::from(selections))?);
        }
    }
}

/// A civil date as the contract takes it; empty means today.
fn day(on: Option<Date>) -> String {
    on.map(|day| day.to_string()).unwrap_or_default()
}

fn shown(selection: Option<pb::Selection>) -> Result<Selection, Failure> {
    whole(selection).map(Selection::from)
}
