//! `xuanctl batch`: batches of numbers from preparing to release (E1).

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use super::{import, whole};
use crate::args::{Act, Acting, Scope, SegmentText, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::pool::{Batch as Shown, Batches, Prepared, Warned};
use crate::output::words::wire_instant;

/// The most batches a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Batch {
    /// 准备一个批次，输出批次编号 · Prepare a batch; prints its id
    Add(Add),
    /// 导入批次内已用号码，可重复执行 · Import the numbers of a batch that are in use; may be run again
    Import {
        /// 批次编号 · The batch's id
        batch_id: String,
        /// UTF-8 CSV 文件，含 plate 列 · CSV file (UTF-8) with a column `plate`
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        #[command(flatten)]
        acting: Acting,
    },
    /// 关闭导入 · Declare the import complete
    Close {
        /// 批次编号 · The batch's id
        batch_id: String,
        /// 应已导入的号码数 · How many numbers should have been imported
        #[arg(long, value_name = "N")]
        expected: u64,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 投放批次（放号），可预告时间 · Release a batch, at once or at an announced instant (R-POOL-04)
    Release {
        /// 批次编号 · The batch's id
        batch_id: String,
        /// 投放时间；不给出则立即投放 · When it opens, such as 2026-12-01T09:00:00+08:00; else at once
        #[arg(long, value_name = "RFC3339")]
        at: Option<Timestamp>,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 撤回已预告的投放，理由对外公示 · Take an announced opening back; the reason is public
    Withdraw {
        /// 批次编号 · The batch's id
        batch_id: String,
        #[command(flatten)]
        act: Act,
        #[command(flatten)]
        acting: Acting,
    },
    /// 列出一车管所的批次 · List the batches of an office
    List {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
    #[arg(long, value_parser = word::<OfficeId>)]
    office: OfficeId,
    /// 批次名称，对外公示 · Name, shown on the public pool page
    #[arg(long)]
    name: String,
    /// 号段，例如 粤G:small:DD[AB]LD · A segment CODE:CLASS:MASK; may be repeated
    #[arg(long = "segment", required = true, value_name = "SEGMENT")]
    segments: Vec<SegmentText>,
    #[command(flatten)]
    act: Act,
}

impl Batch {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(to, output).await,
            Self::Import {
                batch_id,
                file,
                acting,
            } => {
                let imported = import::run(to, &batch_id, &file, acting.scope()).await?;
                Ok(output.show(&imported)?)
            }
            Self::Close {
                batch_id,
                expected,
                act,
                acting,
            } => close(to, output, batch_id, expected, act, acting.scope()).await,
            Self::Release {
                batch_id,
                at,
                act,
                acting,
            } => release(to, output, batch_id, at, act, acting.scope()).await,
            Self::Withdraw {
                batch_id,
                act,
                acting,
            } => withdraw(to, output, batch_id, act, acting.scope()).await,
            Self::List { office } => list(to, output, office).await,
        }
    }
}

impl Add {
    async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let principal = to.principal(Scope::Office(self.office)).await?;
        let id = self.act.request.id();
        let request = call(pb::AddBatchRequest {
            request_id: id.to_string(),
            office: self.office.to_string(),
            name: self.name,
            segments: self.segments.iter().map(SegmentText::message).collect(),
            reason: self.act.reason,
        });
        let added = to
            .pool()?
            .add_batch(request.principal(&principal).idempotent())
            .await
            .map_err(|status| Failure::of_write(status, id))?;
        let added = added.into_inner();
        let prepared = Warned::of(whole(added.batch)?, added.warnings);
        prepared.complain();
        Ok(output.show(&Prepared(prepared))?)
    }
}

async fn close(
    to: &Connection,
    output: &mut Output,
    batch_id: String,
    expected: u64,
    act: Act,
    scope: Scope,
) -> Result<(), Failure> {
    let principal = to.principal(scope).await?;
    let id = act.request.id();
    let request = call(pb::CloseImportRequest {
        request_id: id.to_string(),
        batch_id,
        expected,
        reason: act.reason,
    });
    let closed = to
        .pool()?
        .close_import(request.principal(&principal).idempotent())
        .await
        .map_err(|status| Failure::of_write(status, id))?;
    let batch = whole(closed.into_inner().batch)?;
    Ok(output.show(&Shown::from(batch))?)
}

async fn release(
    to: &Connection,
    output: &mut Output,
    batch_id: String,
    at: Option<Timestamp>,
    act: Act,
    scope: Scope,
) -> Result<(), Failure> {
    let principal = to.principal(scope).await?;
    let id = act.request.id();
    let request = call(pb::ReleaseBatchRequest {
        request_id: id.to_string(),
        batch_id,
        reason: act.reason,
        opens_at: at.map(wire_instant),
    });
    let released = to
        .pool()?
        .release_batch(request.principal(&principal).idempotent())
        .await
        .map_err(|status| Failure::of_write(status, id))?
        .into_inner();
    let released = Warned::of(whole(released.batch)?, released.warnings);
    released.complain();
    Ok(output.show(&released)?)
}

async fn withdraw(
    to: &Connection,
    output: &mut Output,
    batch_id: String,
    act: Act,
    scope: Scope,
) -> Result<(), Failure> {
    let principal = to.principal(scope).await?;
    let id = act.request.id();
    let request = call(pb::WithdrawReleaseRequest {
        request_id: id.to_string(),
        batch_id,
        reason: act.reason,
    });
    let withdrawn = to
        .pool()?
        .withdraw_release(request.principal(&principal).idempotent())
        .await
        .map_err(|status| Failure::of_write(status, id))?;
    let batch = whole(withdrawn.into_inner().batch)?;
    Ok(output.show(&Shown::from(batch))?)
}

/// Every page of an office. A principal may end between two, so each gets its own.
async fn list(to: &Connection, output: &mut Output, office: OfficeId) -> Result<(), Failure> {
    let mut client = to.pool()?;
    let (mut batches, mut page_token) = (Vec::new(), String::new());
    loop {
        let principal = to.principal(Scope::Office(office)).await?;
        let request = call(pb::ListBatchesRequest {
            office: office.to_string(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_batches(request).await?.into_inner();
        batches.extend(page.batches);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(output.show(&Batches::from(batches))?);
        }
    }
}
