//! `xuanctl withhold`: free numbers that cannot be selected for now, for a reason everybody reads.

use clap::{Args, Subcommand};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{OfficeId, PlateClass, PlateNumber};

use crate::args::{Act, Acting, Request, Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::words::wire_class;
use crate::output::{Made, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Withhold {
    /// 停选号码，输出记录编号 · Withhold numbers; prints the withholding's id
    Add(Add),
    /// 结束停选，号码按回池办理 · End a withholding; its numbers come back as ended ones do
    End {
        /// 停选记录编号 · The withholding's id
        withholding_id: String,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
    #[arg(long, value_parser = word::<OfficeId>)]
    office: OfficeId,
    /// 号牌种类 · Class: small, large, `nev_small` or `nev_large`
    #[arg(long, value_parser = word::<PlateClass>)]
    class: PlateClass,
    /// 公示的理由，4至200个字 · Public reason, 4–200 characters
    #[arg(long, value_name = "TEXT")]
    public_reason: String,
    /// 号牌号码 · The numbers
    #[arg(required = true, value_name = "PLATE", value_parser = word::<PlateNumber>)]
    plates: Vec<PlateNumber>,
    #[command(flatten)]
    request: Request,
}

impl Withhold {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(to, output).await,
            Self::End {
                withholding_id,
                act,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let id = act.request.id();
                let request = call(pb::EndWithholdingRequest {
                    request_id: id.to_string(),
                    withholding_id,
                    reason: act.reason,
                });
                let request = request.principal(&principal).idempotent();
                let ended = to.pool()?.end_withholding(request).await;
                ended.map_err(|status| Failure::of_write(status, id))?;
                Ok(output.done()?)
            }
        }
    }
}

impl Add {
    async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let principal = to.principal(Scope::Office(self.office)).await?;
        let id = self.request.id();
        let request = call(pb::WithholdNumbersRequest {
            request_id: id.to_string(),
            office: self.office.to_string(),
            plate_class: wire_class(self.class).into(),
            plates: self.plates.iter().map(ToString::to_string).collect(),
            public_reason: self.public_reason,
        });
        let request = request.principal(&principal).idempotent();
        let withheld = to.pool()?.withhold_numbers(request).await;
        let withheld = withheld.map_err(|status| Failure::of_write(status, id))?;
        let withholding_id = withheld.into_inner().withholding_id;
        Ok(output.show(&Made::of("withholding_id", withholding_id))?)
    }
}
