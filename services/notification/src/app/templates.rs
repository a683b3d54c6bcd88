//! Which texts providers have approved: only those go out.

use jiff::Timestamp;
use serde_json::json;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{Id, RequestId, StaffId, kind};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_vocabulary::ProvinceId;

use super::App;
use crate::domain::approval::State;
use crate::domain::health::Trouble;
use crate::domain::template::{Language, Template};
use crate::error::Error;
use crate::store::audit;
use crate::store::template::{self, Approval};

/// A provider that sends a text.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) provider: &'static str,
    /// Its own id of the text; empty where it approves none.
    pub(super) template_id: String,
}

/// What a provider said to a text, as an operator tells it.
#[derive(Debug)]
pub struct Approve {
    /// Who tells.
    pub actor: StaffId,
    /// The operator's province.
    pub province: ProvinceId,
    /// The request id.
    pub request_id: RequestId,
    /// Name of the template.
    pub template: String,
    /// Language of the text.
    pub language: Language,
    /// Name of the provider.
    pub provider: String,
    /// The provider's own id of the text.
    pub provider_template_id: String,
    /// What it said.
    pub state: State,
    /// Why this is recorded.
    pub reason: String,
}

/// An approval as it is shown.
#[derive(Debug)]
pub struct Told {
    /// Name of the provider.
    pub provider: String,
    /// Its own id of the text.
    pub provider_template_id: String,
    /// What it said.
    pub state: State,
    /// Of which text.
    pub text_hash: String,
    /// When that was recorded.
    pub decided_at: Timestamp,
}

/// A template in a language, with its approvals.
#[derive(Debug)]
pub struct TemplateView {
    /// Its name.
    pub template: &'static str,
    /// The language.
    pub language: Language,
    /// The text.
    pub text: &'static str,
    /// What providers said to it, and to texts of before.
    pub approvals: Vec<Told>,
}

impl App {
    /// Who sends a text: providers that approve none, and those that have approved just this one.
    pub(super) async fn senders(
        &self,
        name: &str,
        language: Language,
    ) -> Result<Vec<Sender>, Error> {
        let Some(found) = Template::find(name) else {
            return Ok(Vec::new());
        };
        let mut connection = self.db.pool().acquire().await?;
        let hash = found.text_hash(language);
        let approved = template::approved(&mut connection, name, language, &hash).await?;
        drop(connection);
        let senders = self.switch.providers().filter_map(|provider| {
            let template_id = if provider.approves() {
                let own = approved.iter().find(|(by, _)| by == provider.name());
                own?.1.clone()
            } else {
                String::new()
            };
            Some(Sender {
                provider: provider.name(),
                template_id,
            })
        });
        Ok(senders.collect())
    }

    /// Records what a provider said to the text as it is now.
    ///
    /// # Errors
    /// `TEMPLATE_UNKNOWN`, `PROVIDER_UNKNOWN`.
    pub async fn approve(
        &self,
        command: Approve,
        request: &pb::SetTemplateApprovalRequest,
    ) -> Result<Told, Error> {
        let found = Template::find(&command.template)
            .ok_or_else(|| Refusal::new(Reason::TemplateUnknown))?;
        if self.switch.find(&command.provider).is_none() {
            return Err(Refusal::new(Reason::ProviderUnknown).into());
        }
        let now = self.clock.now();
        let approval = Approval {
            provider: command.provider.clone(),
            template: command.template.clone(),
            language: command.language,
            text_hash: found.text_hash(command.language),
            provider_template_id: command.provider_template_id.clone(),
            state: command.state,
            decided_at: now,
        };
        let scope = Scope::Staff(command.actor);
        let method = "notification.set_template_approval";
        let key = Key::new(&scope, method, command.request_id, now);
        let entry_id: Id<kind::Message> = self.ids.next();
        self.db
            .run_once(method, &key, request, async |tx: &mut Tx| {
                template::set(tx, &approval).await?;
                let entry = audit::Entry {
                    id: entry_id.as_uuid(),
                    province: command.province,
                    act: "template.approval_set",
                    subject: format!(
                        "{}/{} {}",
                        command.template,
                        command.language.tag(),
                        command.provider
                    ),
                    actor: command.actor,
                    reason: command.reason.clone(),
                    details: json!({
                        "state": command.state.as_str(),
                        "provider_template_id": command.provider_template_id,
                        "text_hash": approval.text_hash,
                    }),
                };
                audit::add(tx, &entry, now).await?;
                Ok::<_, Error>(pb::SetTemplateApprovalResponse { approval: None })
            })
            .await?;
        Ok(told(approval))
    }

    /// Every template in both languages, with what providers said.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn templates(&self) -> Result<Vec<TemplateView>, Error> {
        let mut approvals = template::list(self.db.pool()).await?;
        let mut views = Vec::new();
        for (name, found) in Template::all() {
            for language in Language::ALL {
                let (own, others) = approvals
                    .into_iter()
                    .partition(|a| a.template == name && a.language == language);
                approvals = others;
                views.push(TemplateView {
                    template: name,
                    language,
                    text: found.text(language),
                    approvals: Vec::into_iter(own).map(told).collect(),
                });
            }
        }
        Ok(views)
    }

    /// The providers in the order of preference, each with its trouble; and which one new messages go
    /// to first, as this process sees it.
    pub fn standings(&self) -> Vec<(&'static str, Option<(Trouble, Timestamp)>)> {
        let standings = self.switch.standings().into_iter();
        standings.map(|one| (one.name, one.trouble)).collect()
    }
}

fn told(approval: Approval) -> Told {
    Told {
        provider: approval.provider,
        provider_template_id: approval.provider_template_id,
        state: approval.state,
        text_hash: approval.text_hash,
        decided_at: approval.decided_at,
    }
}
