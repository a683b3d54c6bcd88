//! Writing answers.

use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_vocabulary::VoucherNumber;

use crate::app::{Answered, View};
use crate::domain::application::Selection;
use crate::domain::holding::Holding;
use crate::domain::operation::{Outcome, Request};
use crate::domain::quota::VehicleQuota;
use crate::domain::state::State;
use crate::peers::class_to_proto;
use crate::store::selections;

/// What remains for a vehicle.
pub(super) fn counters(quota: &VehicleQuota) -> wire::Counters {
    wire::Counters {
        compose_left: quota.compose.left().into(),
        draws_left: quota.draws.left().into(),
    }
}

/// An application as its citizen sees it.
pub(super) fn application(view: View) -> wire::Application {
    let terms = terms(&view);
    let (application, now) = (view.application, view.now);
    let info = application.info.as_ref();
    let quota = view.quota;
    let untouched = || wire::Counters {
        compose_left: terms.compose_quota,
        draws_left: terms.draw_quota,
    };
    let counters = quota.as_ref().map_or_else(untouched, counters);
    wire::Application {
        application_id: application.id.to_string(),
        office: application.office.to_string(),
        state: state(application.state).into(),
        vin: info
            .map(|info| info.vin.as_str().to_owned())
            .unwrap_or_default(),
        plate_class: info.map_or(0, |info| class_to_proto(info.class).into()),
        counters: Some(counters),
        holding: holding(&application.holding.at(now)),
        result: view.selection.as_ref().map(result),
        version: application.version,
        opened_at: Some(timestamp(application.opened_at)),
        compose_from: application.compose_from.map(timestamp),
        confirm_from: application.confirm_from.map(timestamp),
        now: Some(timestamp(now)),
        terms: Some(terms),
        operation_pending: view.pending,
    }
}

fn terms(view: &View) -> wire::Terms {
    let (rules, policy) = (view.rules(), view.policy());
    let seconds =
        |duration: std::time::Duration| i32::try_from(duration.as_secs()).unwrap_or(i32::MAX);
    wire::Terms {
        policy: policy.name.clone(),
        policy_version: view.application.policy_version.unwrap_or_default(),
        compose_quota: policy.compose.quota.into(),
        compose_batch_max: rules.batch_max().into(),
        compose_interval_s: seconds(rules.compose_interval()),
        draw_quota: policy.draw.quota.into(),
        draw_count: rules.draw_count().into(),
        exclude_four: rules.offers_exclude_four(),
        column_ttl_s: rules.column_ttl_s().into(),
        basket_ttl_s: rules.basket_ttl_s().into(),
        confirm_delay_s: seconds(rules.confirm_delay()),
        validity_working_days: rules.validity().get().into(),
    }
}

fn state(state: State) -> wire::ApplicationState {
    match state {
        State::NoticeAgreed => wire::ApplicationState::NoticeAgreed,
        State::InfoSubmitted => wire::ApplicationState::InfoSubmitted,
        State::InfoConfirmed => wire::ApplicationState::InfoConfirmed,
        State::Selecting => wire::ApplicationState::Selecting,
        State::Confirmed => wire::ApplicationState::Confirmed,
        State::Registered => wire::ApplicationState::Registered,
        State::Exhausted => wire::ApplicationState::Exhausted,
        State::Expired => wire::ApplicationState::Expired,
        State::Voided => wire::ApplicationState::Voided,
    }
}

fn holding(holding: &Holding) -> Option<wire::Holding> {
    if holding.is_empty() {
        return None;
    }
    let plates = |set: &Option<crate::domain::holding::Timed>| {
        let plates = set.iter().flat_map(|set| set.plates.iter());
        plates.map(ToString::to_string).collect()
    };
    let until =
        |set: &Option<crate::domain::holding::Timed>| set.as_ref().map(|set| timestamp(set.until));
    Some(wire::Holding {
        column: plates(&holding.column),
        column_until: until(&holding.column),
        basket: plates(&holding.basket),
        basket_until: until(&holding.basket),
    })
}

fn result(selection: &Selection) -> wire::Result {
    wire::Result {
        plate: selection.allocation.plate.to_string(),
        decided_at: Some(timestamp(selection.allocation.decided_at)),
        deadline: selection.deadline.to_string(),
        voucher_number: voucher_number(selection),
    }
}

/// As people read it out.
fn voucher_number(selection: &Selection) -> String {
    let stored = &selection.voucher_number;
    VoucherNumber::parse(stored).map_or_else(|_| stored.clone(), |number| number.to_string())
}

/// What a selecting call came to, and the application afterwards.
pub(super) fn answered(answered: Answered) -> (wire::SelectingOutcome, wire::Application) {
    use wire::selecting_outcome::Result as Outcome_;
    let shown = match (answered.outcome, &answered.view.selection) {
        (Outcome::Allocated { .. }, Some(selection)) => {
            Some(Outcome_::Allocated(result(selection)))
        }
        (Outcome::Held { holding: held, .. }, _) => Some(Outcome_::Held(
            holding(&held.at(answered.view.now)).unwrap_or_default(),
        )),
        (Outcome::AllMissed, _) => {
            let wishes = match &answered.request {
                Request::Compose { wishes } => wishes.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            Some(Outcome_::AllMissed(wire::AllMissed { wishes }))
        }
        (Outcome::Lodged { decided_at }, _) => Some(Outcome_::Lodged(wire::Lodged {
            decided_at: Some(timestamp(decided_at)),
        })),
        _ => None,
    };
    (
        wire::SelectingOutcome { result: shown },
        application(answered.view),
    )
}

/// A selection as offices see it.
pub(super) fn selection(view: &selections::View) -> wire::Selection {
    let allocation = &view.selection.allocation;
    wire::Selection {
        application_id: view.application.to_string(),
        office: view.office.to_string(),
        vin: view.vin.as_str().to_owned(),
        plate_class: class_to_proto(allocation.class).into(),
        plate: allocation.plate.to_string(),
        decided_at: Some(timestamp(allocation.decided_at)),
        deadline: view.selection.deadline.to_string(),
        voucher_number: voucher_number(&view.selection),
        state: view.state.as_str().to_owned(),
    }
}
