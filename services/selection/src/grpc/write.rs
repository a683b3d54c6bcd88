//! Writing answers.

use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::ids::SessionId;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_vocabulary::VoucherNumber;

use crate::app::{Answered, SubmittedInfo, View, WindowChances};
use crate::domain::application::{Application, Selection};
use crate::domain::choice::Choice;
use crate::domain::holding::Holding;
use crate::domain::operation::{Channel, Outcome, Request};
use crate::domain::quota::VehicleQuota;
use crate::domain::state::State;
use crate::domain::verification::Verification;
use crate::peers::class_to_proto;
use crate::store::selections;

/// The terms of an application are those of its own road.
const INTERNET: Channel = Channel::Internet;

/// What remains for a vehicle.
pub(super) fn counters(quota: &VehicleQuota) -> wire::Counters {
    wire::Counters {
        compose_left: quota.compose.left().into(),
        draws_left: quota.draws.left().into(),
    }
}

/// An application as its citizen sees it from a web session, or an officer from none.
pub(super) fn application(view: View, session: Option<SessionId>) -> wire::Application {
    let terms = terms(&view);
    let after = after(&view);
    let checked_here = session.is_some() && view.application.checked_session == session;
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
        verification: verification(&application).into(),
        choice: application.choice.as_ref().map(choice),
        checked_here,
        more_time: application.more_time,
        compose_forfeited: quota.is_some_and(|quota| quota.compose_forfeited),
        ..after
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
        compose_batch_max: rules.batch_max(INTERNET).into(),
        compose_interval_s: seconds(rules.compose_interval()),
        draw_quota: policy.draw.quota.into(),
        draw_count: rules.draw_count(INTERNET).into(),
        exclude_four: rules.offers_exclude_four(),
        column_ttl_s: rules.column_ttl_s(INTERNET).into(),
        basket_ttl_s: rules.basket_ttl_s().into(),
        confirm_delay_s: seconds(rules.confirm_delay()),
        validity_working_days: rules.validity().get().into(),
        compose_hold_ttl_s: rules.hold_ttl_s(INTERNET).into(),
        compose_forfeit: rules.forfeits(),
        compose_captcha: rules.compose_captcha(),
        draw_captcha: rules.draw_captcha(),
        basket: rules.has_basket(),
        check_before_selecting: rules.checks_before_selecting(),
        check_after_choosing: rules.checks_after_choosing(),
        choice_ttl_s: rules.choice_ttl_s().into(),
        keyboard_scrambled: rules.scrambles_keyboard(),
        tab_auto_jump: rules.jumps_to_draw(),
        undo_minutes: policy.undo.within_min.into(),
        blacklist_years: policy.lapse.blacklist_years.into(),
        address_required: policy.purchase_proof.address,
        purchase_proof_kinds: policy
            .purchase_proof
            .kinds
            .iter()
            .map(|kind| kind.as_str().to_owned())
            .collect(),
        more_time_factor: rules.more_time_factor().into(),
    }
}

/// What followed the confirmation.
fn after(view: &View) -> wire::Application {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let voided = view.application.voided.as_ref();
    wire::Application {
        office_acts: view.selection.as_ref().map(office_acts),
        undo_until: view.aftermath.undo_until.map(timestamp),
        void_reason: voided.map(|why| why.reason.clone()).unwrap_or_default(),
        banned_until: day(view.aftermath.banned_until),
        appeal_id: view
            .aftermath
            .appeal
            .map(|id| id.to_string())
            .unwrap_or_default(),
        ..wire::Application::default()
    }
}

/// What happened at the office.
pub(super) fn office_acts(selection: &Selection) -> wire::OfficeActs {
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let acts = &selection.acts;
    wire::OfficeActs {
        arrived_on: day(acts.arrived_on),
        inspected_on: day(acts.inspection.map(|inspection| inspection.on)),
        inspection_passed: acts.inspection.map(|inspection| inspection.passed),
        collected_on: day(acts.collected_on),
        registered_on: day(selection.registered_on),
    }
}

fn verification(application: &Application) -> wire::Verification {
    // Nothing is claimed before the lock, so nothing is verified.
    if application.policy_version.is_none() {
        return wire::Verification::Unspecified;
    }
    match application.verification {
        Verification::Verified => wire::Verification::Verified,
        Verification::Pending => wire::Verification::Pending,
        Verification::UnderReview => wire::Verification::UnderReview,
    }
}

fn choice(choice: &Choice) -> wire::Choice {
    wire::Choice {
        plate: choice.plate.to_string(),
        composed: choice.composed,
        r#final: choice.is_final,
        until: Some(timestamp(choice.until)),
    }
}

/// What remains at the window.
pub(super) fn window_chances(window: WindowChances) -> wire::CounterChances {
    wire::CounterChances {
        wishes_left: window.chances.compose.left().into(),
        draws_left: window.chances.draws.left().into(),
        draw_count: window.draw_count.into(),
    }
}

/// The four blocks to look at before confirming (R-INF-06).
pub(super) fn submitted_info(submitted: SubmittedInfo) -> wire::GetSubmittedInfoResponse {
    let (office, person, vehicle) = (submitted.office, submitted.person, submitted.vehicle);
    wire::GetSubmittedInfoResponse {
        issuing_authority: Some(wire::IssuingAuthority {
            office: office.id.to_string(),
            name: office.name.to_owned(),
            issuing_codes: office.codes.iter().map(ToString::to_string).collect(),
        }),
        person: Some(wire::PersonInfo {
            full_name_masked: person.full_name_masked,
            resident_id_masked: person.resident_id_masked,
            organisation_name: person.organisation_name,
            credit_code_masked: person.credit_code_masked,
        }),
        vehicle: Some(wire::VehicleInfo {
            vin: vehicle.vin,
            plate_class: class_to_proto(vehicle.class).into(),
            description: vehicle.description,
            purchase_proof_masked: vehicle.purchase_proof_masked,
        }),
        contact: Some(wire::ContactInfo {
            mobile_masked: submitted.mobile_masked,
            address_masked: submitted.address_masked,
        }),
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
pub(super) fn answered(
    answered: Answered,
    session: Option<SessionId>,
) -> (wire::SelectingOutcome, wire::Application) {
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
        application(answered.view, session),
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
        office_acts: Some(office_acts(&view.selection)),
        void_reason: view.void_reason.clone(),
    }
}
