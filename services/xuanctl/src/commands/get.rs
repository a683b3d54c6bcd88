//! `xuanctl get`: what is in force.

use clap::Subcommand;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::selection::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use crate::args::{Acting, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::selection::{Notice, Policy, Years};

#[derive(Debug, Subcommand)]
pub(crate) enum Get {
    /// 现行选号政策 · The policy in force
    Policy {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
    },
    /// 现行业务须知 · The notice in force
    Notice {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
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
            Self::Policy { office } => {
                let office = office.to_string();
                let request = call(pb::GetPolicyRequest { office }).idempotent();
                let found = client.get_policy(request).await?.into_inner();
                output.show(&Policy::from(found))?;
            }
            Self::Notice { office } => {
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
