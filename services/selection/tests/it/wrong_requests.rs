//! Requests that nobody should send, to `OutcomeService` and `AppealService`.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{House, OFFICE, uuid};

const ROUNDS: usize = 25;

/// What may stand in a field: nonsense, too much of it, ids of nothing, ids of something, dates.
fn text(known: Vec<String>) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        any::<String>(),
        "\\PC{0,40}",
        Just("长".repeat(2_000)),
        Just("\0".to_owned()),
        Just(uuid()),
        Just("9999-12-31".to_owned()),
        Just("-009999-01-01".to_owned()),
        Just("2026-02-30".to_owned()),
        Just("1.2".to_owned()),
        Just("99999999999999999999.00000000-0000-0000-0000-000000000000".to_owned()),
        proptest::sample::select(known),
    ]
}

/// Everything of ours that a wrong request could have changed.
async fn fingerprint(house: &House) -> String {
    sqlx::query_scalar(
        "SELECT concat_ws('/', (SELECT string_agg(a::text, ',' ORDER BY application_id) FROM applications a),
            (SELECT string_agg(s::text, ',' ORDER BY application_id) FROM selections s),
            (SELECT count(*) FROM appeals), (SELECT count(*) FROM audit_entries),
            (SELECT count(*) FROM blacklist_entries), (SELECT count(*) FROM messages),
            (SELECT count(*) FROM outbox))",
    )
    .fetch_one(house.database.pool())
    .await
    .unwrap()
}

/// A typed refusal, never a fault of ours; what is a list may be empty.
fn check<T>(what: &str, answer: Result<T, Status>) {
    let Err(status) = answer else { return };
    let refusal = Refusal::from_status(&status);
    let refusal = refusal.unwrap_or_else(|| panic!("{what}: no refusal of ours: {status:?}"));
    assert_ne!(refusal.reason(), Reason::Internal, "{what}: {status:?}");
    assert_ne!(refusal.reason(), Reason::Unavailable, "{what}: {status:?}");
}

/// Bad input: whatever is sent to the RPCs that end selections and decide appeals, in whatever order, is
/// refused in the registry's terms, and no row changes.
#[tokio::test]
async fn wrong_requests_to_outcomes_and_appeals_change_nothing() {
    let house = House::new().await;
    let selecting = house.selecting(1).await;
    let (registered, _) = house.confirmed(2).await;
    house
        .register(&registered.application, "2026-11-23")
        .await
        .unwrap();
    let (voided, _) = house.confirmed(3).await;
    house.void(&voided.application).await.unwrap();
    let appeal = voided.appeal().await.unwrap();
    house.app.announce_waiting().await.unwrap();
    // What waits for being told is told before, so that nothing changes by itself.
    let settled = || async {
        house
            .count("SELECT count(*) FROM selections WHERE message_at IS NULL")
            .await
            == 0
    };
    xuanhao_testkit::wait_until(std::time::Duration::from_secs(10), settled).await;
    let before = fingerprint(&house).await;

    // None of these may be acted on: no number yet, registered, voided with an appeal that waits.
    let known = vec![
        selecting.application.clone(),
        registered.application.clone(),
        voided.application.clone(),
        OFFICE.to_owned(),
        "gd".to_owned(),
        "expired".to_owned(),
    ];
    let mut runner = TestRunner::deterministic();
    let texts = proptest::collection::vec(text(known), 8);
    let numbers = (any::<i32>(), any::<i64>(), any::<bool>());
    for round in 0..ROUNDS {
        let t = texts.new_tree(&mut runner).unwrap().current();
        let (small, large, flag) = numbers.new_tree(&mut runner).unwrap().current();
        let request_id = if round % 4 == 0 { t[7].clone() } else { uuid() };
        staff(&house, &t, (small, large, flag), &request_id).await;
        appeals(&house, &voided.token(), &t, small, &request_id).await;
        // The voider himself may not decide, whatever he says.
        let request = pb::DecideAppealRequest {
            request_id: request_id.clone(),
            appeal_id: if flag {
                appeal.appeal_id.clone()
            } else {
                t[0].clone()
            },
            uphold: flag,
            reason: t[1].clone(),
        };
        let request = call(request).principal(&house.staff(Role::Reviewer));
        check("DecideAppeal", house.appeals().decide_appeal(request).await);
        assert_eq!(fingerprint(&house).await, before, "round {round}: {t:?}");
    }
}

async fn staff(house: &House, t: &[String], (small, large, flag): (i32, i64, bool), id: &str) {
    let officer = house.staff(Role::Officer);
    let reviewer = house.staff(Role::Reviewer);
    let operator = house.staff(Role::Operator);
    let mut outcomes = house.outcomes();
    let (request_id, application_id) = (id.to_owned(), t[0].clone());
    let request = pb::RecordArrivalRequest {
        request_id: request_id.clone(),
        application_id: application_id.clone(),
        arrived_on: t[1].clone(),
        reason: t[2].clone(),
    };
    let request = call(request).principal(&officer);
    check("RecordArrival", outcomes.record_arrival(request).await);
    let request = pb::RecordInspectionRequest {
        request_id: request_id.clone(),
        application_id: application_id.clone(),
        inspected_on: t[1].clone(),
        passed: flag,
        reason: t[2].clone(),
    };
    let request = call(request).principal(&officer);
    check(
        "RecordInspection",
        outcomes.record_inspection(request).await,
    );
    // A registered vehicle's plates were not inspected here: they are not collected either.
    let request = pb::RecordCollectionRequest {
        request_id: request_id.clone(),
        application_id: application_id.clone(),
        collected_on: t[1].clone(),
        reason: t[2].clone(),
    };
    let request = call(request).principal(&officer);
    check(
        "RecordCollection",
        outcomes.record_collection(request).await,
    );
    let request = pb::MarkRegisteredRequest {
        request_id: request_id.clone(),
        application_id: application_id.clone(),
        registered_on: t[1].clone(),
        reason: t[2].clone(),
    };
    let request = call(request).principal(&officer);
    check("MarkRegistered", outcomes.mark_registered(request).await);
    let request = pb::ListSelectionsRequest {
        office: t[3].clone(),
        state: t[4].clone(),
        page_size: small,
        page_token: t[5].clone(),
    };
    let request = call(request).principal(&officer);
    check("ListSelections", outcomes.list_selections(request).await);
    let by = match small.rem_euclid(4) {
        0 => None,
        1 => Some(pb::lookup_selection_request::By::Vin(t[3].clone())),
        2 => Some(pb::lookup_selection_request::By::VoucherNumber(
            t[3].clone(),
        )),
        _ => Some(pb::lookup_selection_request::By::Plate(
            pb::PlateReference {
                plate_class: small,
                plate: t[3].clone(),
            },
        )),
    };
    let request = call(pb::LookupSelectionRequest { by }).principal(&officer);
    check("LookupSelection", outcomes.lookup_selection(request).await);
    let request = pb::ListOutcomesRequest {
        after: large,
        page_size: small,
    };
    let request = call(request).principal(&operator);
    check("ListOutcomes", outcomes.list_outcomes(request).await);
    // Voiding and crediting what may be voided and credited is no wrong request.
    let gone = if t[0].parse::<uuid::Uuid>().is_ok() {
        uuid()
    } else {
        t[0].clone()
    };
    let request = pb::VoidApplicationRequest {
        request_id: request_id.clone(),
        application_id: gone.clone(),
        reason: t[2].clone(),
    };
    let request = call(request).principal(&reviewer);
    check("VoidApplication", outcomes.void_application(request).await);
    let request = pb::CreditChancesRequest {
        request_id,
        application_id: gone,
        compose: small,
        draws: i32::from(flag),
        reason: t[2].clone(),
    };
    let request = call(request).principal(&reviewer);
    check("CreditChances", outcomes.credit_chances(request).await);
}

async fn appeals(house: &House, citizen: &str, t: &[String], small: i32, id: &str) {
    let mut appeals = house.appeals();
    let many = usize::try_from(small.rem_euclid(8)).unwrap();
    let request = pb::FileAppealRequest {
        request_id: id.to_owned(),
        application_id: t[0].clone(),
        statement: t[1].clone(),
        document_ids: t.iter().take(many).cloned().collect(),
    };
    let request = call(request).principal(citizen);
    check("FileAppeal", appeals.file_appeal(request).await);
    let request = pb::GetAppealRequest {
        appeal_id: t[2].clone(),
    };
    let request = call(request).principal(citizen);
    check("GetAppeal", appeals.get_appeal(request).await);
    let request = pb::ListAppealsRequest {
        province: t[3].clone(),
        office: t[4].clone(),
        state: small,
        page_size: small,
        page_token: t[5].clone(),
    };
    let request = call(request).principal(&house.staff(Role::Reviewer));
    check("ListAppeals", appeals.list_appeals(request).await);
}
