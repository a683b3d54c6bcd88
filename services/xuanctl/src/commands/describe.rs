//! `xuanctl describe`: what is in force, field by field with unit, range and mark.

use clap::Subcommand;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_vocabulary::OfficeId;

use crate::args::{Scope, word};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::rules::Described;

#[derive(Debug, Subcommand)]
pub(crate) enum Describe {
    /// 现行选号政策逐项说明；frozen 在申请时固定，live 随时生效 ·
    /// The policy field by field: frozen ones are fixed into an application, live ones hold at once
    Policy {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
    },
    /// 现行号池规则逐项说明 · The pool rules field by field
    PoolRules {
        /// 车管所，例如 gd-zhanjiang · Office, such as gd-zhanjiang
        #[arg(long, value_parser = word::<OfficeId>)]
        office: OfficeId,
    },
}

impl Describe {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let described = match self {
            Self::Policy { office } => {
                let office = office.to_string();
                let request = call(pb::DescribePolicyRequest { office }).idempotent();
                let told = to.policies()?.describe_policy(request).await?;
                Described::from(told.into_inner())
            }
            Self::PoolRules { office } => {
                let principal = to.principal(Scope::Office(office)).await?;
                let office = office.to_string();
                let request = call(pool::GetPoolRulesRequest { office });
                let request = request.principal(&principal).idempotent();
                let told = to.pool()?.get_pool_rules(request).await?;
                Described::from(told.into_inner())
            }
        };
        Ok(output.show(&described)?)
    }
}
