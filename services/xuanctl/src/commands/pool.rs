//! `xuanctl pool` and `xuanctl public-value`.

mod export;
mod replay;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use crate::args::{Request, Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::pool::Figures;
use crate::output::replaying::Writers;
use crate::output::{Output, Verdict};

#[derive(Debug, Subcommand)]
pub(crate) enum Pool {
    /// 号池当前数量 · The pool's figures as they are now
    Figures {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
    },
    /// 各车管所由哪个进程写入 · Which process writes for which office
    Writers {
        /// 车管所，可重复；缺省为所辖各所 · Offices; those you serve when none
        #[arg(long, value_parser = word::<OfficeId>)]
        office: Vec<OfficeId>,
    },
    /// 重演某日全部抽号，以日志和已公开的密钥核对 · Carry a day's draws out again from log and revealed key (E6, E9)
    Replay {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(value_parser = word::<OfficeId>)]
        office: OfficeId,
        /// 选号日 · The day
        #[arg(value_name = "YYYY-MM-DD")]
        day: Date,
    },
    /// 导出公开日志，供任何人独立核对 · Write the public log to a file, for anybody to check
    Export(export::Export),
}

impl Pool {
    pub(crate) async fn run(
        self,
        to: &Connection,
        output: &mut Output,
    ) -> Result<Verdict, Failure> {
        match self {
            Self::Figures { office } => figures(to, office, output).await?,
            Self::Writers { office } => writers(to, &office, output).await?,
            Self::Replay { office, day } => return replay::run(to, office, day, output).await,
            Self::Export(export) => export.run(to, output).await?,
        }
        Ok(Verdict::Fine)
    }
}

async fn figures(to: &Connection, office: OfficeId, output: &mut Output) -> Result<(), Failure> {
    let principal = to.principal(Scope::Office(office)).await?;
    let request = call(pb::GetPoolFiguresRequest {
        office: office.to_string(),
    });
    let request = request.principal(&principal).idempotent();
    let figures = to.pool()?.get_pool_figures(request).await?.into_inner();
    Ok(output.show(&Figures::from(figures))?)
}

async fn writers(
    to: &Connection,
    offices: &[OfficeId],
    output: &mut Output,
) -> Result<(), Failure> {
    let scope = offices
        .first()
        .map_or(Scope::Only, |office| Scope::Office(*office));
    let principal = to.principal(scope).await?;
    let request = call(pb::ListWritersRequest {
        offices: offices.iter().map(OfficeId::to_string).collect(),
    });
    let request = request.principal(&principal).idempotent();
    let told = to.pool()?.list_writers(request).await?.into_inner();
    Ok(output.show(&Writers::from(told))?)
}

#[derive(Debug, Subcommand)]
pub(crate) enum PublicValue {
    /// 确定某日的公开随机数，须在当日首次选号之前 · Fix a day's public value, before its first draw (E10)
    Fix(Fix),
}

#[derive(Debug, Args)]
pub(crate) struct Fix {
    /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
    #[arg(long, value_parser = word::<OfficeId>)]
    office: OfficeId,
    /// 选号日 · The day
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Date,
    /// 任何人可查证的文字，例如当日开奖号码 · Text anybody can check, such as the day's lottery numbers
    #[arg(long)]
    value: String,
    /// 查证出处 · Where it can be checked
    #[arg(long)]
    source: String,
    #[command(flatten)]
    request: Request,
}

impl PublicValue {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let Self::Fix(fix) = self;
        let principal = to.principal(Scope::Office(fix.office)).await?;
        let id = fix.request.id();
        let request = call(pb::FixPublicValueRequest {
            request_id: id.to_string(),
            office: fix.office.to_string(),
            day: fix.day.to_string(),
            value: fix.value,
            source: fix.source,
        });
        let request = request.principal(&principal).idempotent();
        let fixed = to.pool()?.fix_public_value(request).await;
        fixed.map_err(|status| Failure::of_write(status, id))?;
        Ok(output.done()?)
    }
}
