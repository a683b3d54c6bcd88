//! The command line: what may be asked, and the words in it that are more than a text.

mod act;
mod grant;
mod scope;
mod segment;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use xuanhao_vocabulary::Finding;

pub(crate) use act::{Act, Request};
pub(crate) use grant::GrantText;
pub(crate) use scope::{Acting, Scope};
pub(crate) use segment::SegmentText;

use crate::commands::{apply, batch, check, get, mask, outcome, pool, staff, voucher};
use crate::output::{Format, sentence};

/// 选号平台运维命令 · Xuanhao operator's command line
#[derive(Debug, Parser)]
#[command(name = "xuanctl", version)]
pub(crate) struct Cli {
    /// 配置文件，默认 ~/.config/xuanctl/config.yaml · Configuration of the server commands
    #[arg(long, global = true, env = "XUANCTL_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// 输出格式 · Form of the answer
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) output: Format,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 校验号码，无需服务器 · Check numbers; needs no server
    Check(check::Check),
    /// 计算号段，无需服务器 · Work out segment masks; needs no server
    Mask(mask::Mask),
    /// 核验预选号凭证，无需服务器 · Verify vouchers; needs no server
    #[command(subcommand)]
    Voucher(voucher::Voucher),
    /// 登录与工作人员 · Signing in, and members of staff
    #[command(subcommand)]
    Staff(staff::Staff),
    /// 号段批次：准备、导入、投放 · Batches of numbers: prepare, import, release
    #[command(subcommand)]
    Batch(batch::Batch),
    /// 号池 · The plate pool
    #[command(subcommand)]
    Pool(pool::Pool),
    /// 选号日的公开随机数 · The public value of a day's draws
    #[command(subcommand)]
    PublicValue(pool::PublicValue),
    /// 应用选号政策、业务须知和工作日历 · Apply policies, notices and calendars from YAML documents
    Apply(apply::Apply),
    /// 查看现行政策、须知和日历 · Show the policy, notice or calendar in force
    #[command(subcommand)]
    Get(get::Get),
    /// 选号结果：查询、登记、撤销 · What became of selections: look up, mark registered, void
    #[command(subcommand)]
    Outcome(outcome::Outcome),
}

/// Reads a word of the vocabulary; refused in both languages.
pub(crate) fn word<T>(text: &str) -> Result<T, String>
where
    T: FromStr<Err: Finding>,
{
    text.parse().map_err(|finding| sentence(&finding))
}
