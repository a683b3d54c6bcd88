//! What operators ask and tell: templates, approvals, providers.

use jiff::Timestamp;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::read::{request_id, text};
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_vocabulary::ProvinceId;

use super::language;
use crate::app::{Approve, TemplateView, Told};
use crate::domain::approval::State;
use crate::domain::health::Trouble;

/// Characters of a reason.
const LONGEST_REASON: usize = 500;
/// Characters of a provider's own id.
const LONGEST_ID: usize = 64;

pub(super) fn approve(
    actor: &Principal,
    request: &pb::SetTemplateApprovalRequest,
) -> Result<Approve, Refusal> {
    let state = match request.state() {
        pb::ApprovalState::Waiting => State::Waiting,
        pb::ApprovalState::Approved => State::Approved,
        pb::ApprovalState::Rejected => State::Rejected,
        pb::ApprovalState::Unspecified => return Err(Refusal::invalid("state", "unknown_value")),
    };
    let given = request.provider_template_id.trim();
    let id = match (state, given) {
        (State::Waiting | State::Rejected, "") => String::new(),
        (_, given) => text("provider_template_id", given, LONGEST_ID)?,
    };
    if id.contains(char::is_control) {
        return Err(Refusal::invalid("provider_template_id", "wrong_format"));
    }
    let reason = match text("reason", &request.reason, LONGEST_REASON) {
        Err(refusal) if refusal.reason() == Reason::FieldRequired => {
            return Err(Refusal::new(Reason::StaffReasonRequired).on_field("reason"));
        }
        reason => reason?,
    };
    // What Postgres cannot store.
    if reason.contains('\0') {
        return Err(Refusal::invalid("reason", "wrong_format"));
    }
    Ok(Approve {
        actor: actor
            .staff()
            .ok_or_else(|| Refusal::new(Reason::PermissionDenied))?,
        province: ProvinceId::parse(&actor.province)
            .map_err(|_| Refusal::new(Reason::PermissionDenied))?,
        request_id: request_id(&request.request_id)?,
        template: request.template.clone(),
        language: language(&request.locale)?,
        provider: request.provider.clone(),
        provider_template_id: id,
        state,
        reason,
    })
}

pub(super) fn approval(told: Told) -> pb::TemplateApproval {
    let state = match told.state {
        State::Waiting => pb::ApprovalState::Waiting,
        State::Approved => pb::ApprovalState::Approved,
        State::Rejected => pb::ApprovalState::Rejected,
    };
    pb::TemplateApproval {
        provider: told.provider,
        provider_template_id: told.provider_template_id,
        state: state.into(),
        text_hash: told.text_hash,
        decided_at: Some(timestamp(told.decided_at)),
    }
}

pub(super) fn template(view: TemplateView) -> pb::Template {
    pb::Template {
        template: view.template.to_owned(),
        locale: view.language.tag().to_owned(),
        text: view.text.to_owned(),
        approvals: view.approvals.into_iter().map(approval).collect(),
    }
}

/// Providers in the order of preference; the first that is well is sending.
pub(super) fn providers(
    standings: Vec<(&'static str, Option<(Trouble, Timestamp)>)>,
) -> Vec<pb::Provider> {
    let sending = standings.iter().position(|(_, trouble)| trouble.is_none());
    let ranked = (1..).zip(standings.into_iter().enumerate());
    ranked
        .map(|(rank, (place, (name, trouble)))| pb::Provider {
            provider: name.to_owned(),
            rank,
            sending: sending == Some(place),
            trouble: trouble
                .map(|(trouble, _)| trouble.as_str().to_owned())
                .unwrap_or_default(),
            troubled_since: trouble.map(|(_, since)| timestamp(since)),
        })
        .collect()
}
