//! `xuanctl get`: what is in force, and the versions before it.

use clap::Subcommand;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use crate::args::{Acting, Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::rules::{Notice, NoticeVersions, Policy, PolicyVersions, Years};

/// The most versions a page has.
const PAGE: i32 = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Get {
    /// 现行选号政策 · The policy in force
    Policy {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
        /// 列出历次版本 · List its versions: who applied each, when and why
        #[arg(long)]
        versions: bool,
    },
    /// 现行号池规则 · The pool rules in force
    PoolRules {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
    },
    /// 现行业务须知 · The notice in force
    Notice {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
        /// 列出历次版本 · List its versions: who published each, when and why
        #[arg(long)]
        versions: bool,
    },
    /// 工作日历覆盖的年份 · The years that calendars cover
    Calendar {
        #[command(flatten)]
        acting: Acting,
    },
}

impl Get {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let mut client = to.policies()?;
        match self {
            Self::Policy {
                office,
                versions: true,
            } => output.show(&policy_versions(to, office).await?)?,
            Self::Notice {
                office,
                versions: true,
            } => output.show(&notice_versions(to, office).await?)?,
            Self::Policy { office, .. } => {
                let office = office.to_string();
                let request = call(pb::GetPolicyRequest { office }).idempotent();
                let found = client.get_policy(request).await?.into_inner();
                output.show(&Policy::from(found))?;
            }
            Self::PoolRules { office } => {
                let principal = to.principal(Scope::Office(office)).await?;
                let office = office.to_string();
                let request = call(pool::GetPoolRulesRequest { office });
                let request = request.principal(&principal).idempotent();
                let found = to.pool()?.get_pool_rules(request).await?;
                output.show(&Policy::from(found.into_inner()))?;
            }
            Self::Notice { office, .. } => {
                let office = office.to_string();
                let request = call(pb::GetNoticeRequest { office }).idempotent();
                let found = client.get_notice(request).await?.into_inner();
                output.show(&Notice::from(found))?;
            }
            Self::Calendar { acting } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::ListCalendarsRequest {}).principal(&principal);
                let found = client.list_calendars(request.idempotent()).await?;
                let years = found.into_inner().years;
                output.show(&Years { years })?;
            }
        }
        Ok(())
    }
}

/// Every page. A principal may end between two, so each gets its own.
async fn policy_versions(to: &Connection, office: OfficeId) -> Result<PolicyVersions, Failure> {
    let mut client = to.policies()?;
    let (mut versions, mut page_token) = (PolicyVersions::default(), String::new());
    loop {
        let principal = to.principal(Scope::Office(office)).await?;
        let request = call(pb::ListPolicyVersionsRequest {
            office: office.to_string(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_policy_versions(request).await?.into_inner();
        versions.extend(page.versions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(versions);
        }
    }
}

/// Every page. A principal may end between two, so each gets its own.
async fn notice_versions(to: &Connection, office: OfficeId) -> Result<NoticeVersions, Failure> {
    let mut client = to.policies()?;
    let (mut versions, mut page_token) = (NoticeVersions::default(), String::new());
    loop {
        let principal = to.principal(Scope::Office(office)).await?;
        let request = call(pb::ListNoticeVersionsRequest {
            office: office.to_string(),
            page_size: PAGE,
            page_token,
        });
        let request = request.principal(&principal).idempotent();
        let page = client.list_notice_versions(request).await?.into_inner();
        versions.extend(page.versions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(versions);
        }
    }
}
