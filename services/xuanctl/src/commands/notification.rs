//! `xuanctl template` and `xuanctl provider`: what may be sent by SMS, and through whom.

use clap::{Args, Subcommand, ValueEnum};
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::notification::v1 as pb;

use super::whole;
use crate::args::{Act, Acting};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::output::notification::{Approval, Providers, Templates};

#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// 列出模板及各服务商报备情况 · List templates with their approval at each provider
    List {
        #[command(flatten)]
        acting: Acting,
    },
    /// 记录服务商对模板内容的审核结果 · Record what a provider decided on a template's text
    Approve(Approve),
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// 模板，例如 `selection_confirmed` · The template, such as `selection_confirmed`
    template: String,
    /// 语言 · Language
    #[arg(long, value_parser = ["zh-CN", "en"], default_value = "zh-CN")]
    locale: String,
    /// 服务商 · The provider
    #[arg(long)]
    provider: String,
    /// 服务商的模板编号，例如 `SMS_123456789` · The provider's id of the text
    #[arg(long = "provider-template", value_name = "ID")]
    provider_template_id: String,
    /// 审核结果 · What was decided
    #[arg(long, value_enum, default_value_t)]
    state: State,
    #[command(flatten)]
    act: Act,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum State {
    /// 通过 · Approved
    #[default]
    Approved,
    /// 未通过或撤销 · Rejected, or no longer approved
    Rejected,
    /// 已提交，待审核 · Submitted, not decided
    Waiting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Provider {
    /// 列出服务商及其状况 · List providers, how they do and which one sends now
    List {
        #[command(flatten)]
        acting: Acting,
    },
}

impl Template {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List { acting } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::ListTemplatesRequest {});
                let request = request.principal(&principal).idempotent();
                let listed = to.messages()?.list_templates(request).await?;
                Ok(output.show(&Templates::from(listed.into_inner()))?)
            }
            Self::Approve(approve) => approve.run(to, output).await,
        }
    }
}

impl Approve {
    async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let principal = to.principal(self.acting.scope()).await?;
        let id = self.act.request.id();
        let state = match self.state {
            State::Approved => pb::ApprovalState::Approved,
            State::Rejected => pb::ApprovalState::Rejected,
            State::Waiting => pb::ApprovalState::Waiting,
        };
        let request = call(pb::SetTemplateApprovalRequest {
            request_id: id.to_string(),
            template: self.template,
            locale: self.locale,
            provider: self.provider,
            provider_template_id: self.provider_template_id,
            state: state.into(),
            reason: self.act.reason,
        });
        let request = request.principal(&principal).idempotent();
        let set = to.messages()?.set_template_approval(request).await;
        let set = set.map_err(|status| Failure::of_write(status, id))?;
        let approval = whole(set.into_inner().approval)?;
        Ok(output.show(&Approval::from(approval))?)
    }
}

impl Provider {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        let Self::List { acting } = self;
        let principal = to.principal(acting.scope()).await?;
        let request = call(pb::ListProvidersRequest {});
        let request = request.principal(&principal).idempotent();
        let listed = to.messages()?.list_providers(request).await?;
        Ok(output.show(&Providers::from(listed.into_inner()))?)
    }
}
