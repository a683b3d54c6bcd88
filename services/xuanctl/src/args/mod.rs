//! The command line: what may be asked, and the words in it that are more than a text.

mod act;
mod document_file;
mod grant;
mod scope;
mod segment;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use xuanhao_vocabulary::Finding;

pub(crate) use act::{Act, Request, fresh};
pub(crate) use document_file::{DocumentText, KindText};
pub(crate) use grant::GrantText;
pub(crate) use scope::{Acting, Place, Scope};
pub(crate) use segment::SegmentText;

use crate::commands::{
    account, answers, appeal, apply, batch, check, counter, describe, document, enrol, get, mask,
    notification, outcome, pool, review, service_point, staff, voucher, withhold,
};
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
    /// 受理点：车管所窗口与交警大队 · Service points that enrol face to face
    #[command(subcommand)]
    ServicePoint(service_point::ServicePoint),
    /// 材料：上传与查看 · Documents: add and look at
    #[command(subcommand)]
    Document(document::Document),
    /// 面签：个人与单位 · Enrol persons and organisations face to face
    #[command(subcommand)]
    Enrol(enrol::Enrol),
    /// 账户：查找、变更手机号码、重发凭据 · Accounts: find, change the mobile number, reissue credentials
    #[command(subcommand)]
    Account(account::Account),
    /// 窗口选号 · Selecting at the window
    #[command(subcommand)]
    Counter(counter::Counter),
    /// 申诉：列出、查看、处理 · Appeals: list, show, decide
    #[command(subcommand)]
    Appeal(appeal::Appeal),
    /// 车辆核查：列出、发起、处理 · Reviews of vehicles: list, open, decide
    #[command(subcommand)]
    Review(review::Review),
    /// 外部系统的答复文件 · Answers of outside systems, by file
    #[command(subcommand)]
    Answers(answers::Answers),
    /// 向外部系统提出的问题 · Questions to outside systems, by file
    #[command(subcommand)]
    Questions(answers::Questions),
    /// 号段批次：准备、导入、投放 · Batches of numbers: prepare, import, release
    #[command(subcommand)]
    Batch(batch::Batch),
    /// 号池 · The plate pool
    #[command(subcommand)]
    Pool(pool::Pool),
    /// 选号日的公开随机数 · The public value of a day's draws
    #[command(subcommand)]
    PublicValue(pool::PublicValue),
    /// 停选号码 · Withhold numbers from selecting
    #[command(subcommand)]
    Withhold(withhold::Withhold),
    /// 应用选号政策、号池规则、业务须知和工作日历 · Apply policies, pool rules, notices and calendars from YAML
    Apply(apply::Apply),
    /// 查看现行政策、规则、须知和日历 · Show the policy, pool rules, notice or calendar in force
    #[command(subcommand)]
    Get(get::Get),
    /// 逐项说明现行政策和规则 · Tell a policy or pool rules field by field
    #[command(subcommand)]
    Describe(describe::Describe),
    /// 选号结果：查询、登记、撤销 · What became of selections: look up, mark registered, void
    #[command(subcommand)]
    Outcome(outcome::Outcome),
    /// 短信模板 · Templates of messages
    #[command(subcommand)]
    Template(notification::Template),
    /// 短信服务商 · Providers of messages
    #[command(subcommand)]
    Provider(notification::Provider),
}

/// Reads a word of the vocabulary; refused in both languages.
pub(crate) fn word<T>(text: &str) -> Result<T, String>
where
    T: FromStr<Err: Finding>,
{
    text.parse().map_err(|finding| sentence(&finding))
}
