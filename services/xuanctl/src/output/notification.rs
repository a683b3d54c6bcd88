//! Templates and providers of messages.

use std::io;

use jiff::Timestamp;
use serde::Serialize;
use xuanhao_proto::notification::v1 as pb;

use super::words::{clock, enum_word, instant, rfc3339};
use super::{Output, Show};

/// Templates with their approvals.
#[derive(Debug, Serialize)]
pub(crate) struct Templates {
    templates: Vec<Template>,
}

#[derive(Debug, Serialize)]
struct Template {
    template: String,
    locale: String,
    text: String,
    approvals: Vec<Approval>,
}

/// What a provider decided on a template's text.
#[derive(Debug, Serialize)]
pub(crate) struct Approval {
    provider: String,
    provider_template_id: String,
    state: String,
    text_hash: String,
    #[serde(serialize_with = "rfc3339")]
    decided_at: Option<Timestamp>,
}

impl From<pb::TemplateApproval> for Approval {
    fn from(told: pb::TemplateApproval) -> Self {
        Self {
            state: enum_word(told.state().as_str_name(), "APPROVAL_STATE_"),
            decided_at: instant(told.decided_at.as_ref()),
            provider: told.provider,
            provider_template_id: told.provider_template_id,
            text_hash: told.text_hash,
        }
    }
}

impl From<pb::ListTemplatesResponse> for Templates {
    fn from(told: pb::ListTemplatesResponse) -> Self {
        let template = |one: pb::Template| Template {
            template: one.template,
            locale: one.locale,
            text: one.text,
            approvals: one.approvals.into_iter().map(Approval::from).collect(),
        };
        Self {
            templates: told.templates.into_iter().map(template).collect(),
        }
    }
}

impl Show for Templates {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &Template| {
            let approvals: Vec<_> = one
                .approvals
                .iter()
                .map(|approval| format!("{}:{}", approval.provider, approval.state))
                .collect();
            [
                one.template.clone(),
                one.locale.clone(),
                approvals.join(" "),
                one.text.clone(),
            ]
        };
        output.table(
            [
                "模板 · template",
                "语言 · locale",
                "报备 · approvals",
                "内容 · text",
            ],
            self.templates.iter().map(row),
        )
    }
}

impl Show for Approval {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("服务商 · provider", self.provider.clone()),
            (
                "服务商模板编号 · provider's id",
                self.provider_template_id.clone(),
            ),
            ("状态 · state", self.state.clone()),
            ("内容摘要 · text hash", self.text_hash.clone()),
            ("时间 · decided", clock(self.decided_at)),
        ])
    }
}

/// Providers in the order of preference.
#[derive(Debug, Serialize)]
pub(crate) struct Providers {
    providers: Vec<Provider>,
}

#[derive(Debug, Serialize)]
struct Provider {
    provider: String,
    rank: i32,
    sending: bool,
    trouble: String,
    #[serde(serialize_with = "rfc3339")]
    troubled_since: Option<Timestamp>,
}

impl From<pb::ListProvidersResponse> for Providers {
    fn from(told: pb::ListProvidersResponse) -> Self {
        let provider = |one: pb::Provider| Provider {
            troubled_since: instant(one.troubled_since.as_ref()),
            provider: one.provider,
            rank: one.rank,
            sending: one.sending,
            trouble: one.trouble,
        };
        Self {
            providers: told.providers.into_iter().map(provider).collect(),
        }
    }
}

impl Show for Providers {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let row = |one: &Provider| {
            [
                one.rank.to_string(),
                one.provider.clone(),
                if one.sending { "*" } else { "" }.to_owned(),
                one.trouble.clone(),
                clock(one.troubled_since),
            ]
        };
        output.table(
            [
                "次序 · rank",
                "服务商 · provider",
                "正在发送 · sending",
                "故障 · trouble",
                "起始 · since",
            ],
            self.providers.iter().map(row),
        )
    }
}
