//! Policies: what is described, who applied what, and documents of earlier days.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{GUANGDONG, HEBEI, House, OFFICE, assert_refused};

/// Every field is told with its value, unit, range and mark.
#[tokio::test]
async fn a_policy_is_described_field_by_field() {
    let house = House::with(HEBEI).await;
    let request = pb::DescribePolicyRequest {
        office: OFFICE.to_owned(),
    };
    let told = house.policies().describe_policy(request).await.unwrap();
    let told = told.into_inner();
    assert_eq!((&*told.name, told.version), ("hebei-2016", 1));
    assert_eq!(told.fields.len(), 45);
    assert!(told.fields.is_sorted_by(|a, b| a.path < b.path));
    let field = |path: &str| told.fields.iter().find(|field| field.path == path).unwrap();
    let hold = field("compose.hold_ttl_s");
    assert_eq!(
        (&*hold.value, &*hold.unit, &*hold.range, &*hold.mark),
        ("60", "seconds", "0 or 10–600", "frozen")
    );
    assert_eq!(field("permissions.preselect").value, "face_to_face");
    let unknown = pb::DescribePolicyRequest {
        office: "gd-maoming".to_owned(),
    };
    let refused = house.policies().describe_policy(unknown).await;
    assert_refused(refused, Reason::OfficeUnknown);
}

/// Versions are told newest first, page by page, with who applied them and why, to staff of the office.
#[tokio::test]
async fn versions_are_told_with_who_and_why() {
    let house = House::new().await;
    house.apply(HEBEI).await;
    house.apply(GUANGDONG).await;
    let page = async |token: &str, who: &str| {
        let request = pb::ListPolicyVersionsRequest {
            office: OFFICE.to_owned(),
            page_size: 2,
            page_token: token.to_owned(),
        };
        let request = call(request).principal(who);
        let listed = house.policies().list_policy_versions(request).await;
        listed.map(tonic::Response::into_inner)
    };
    let auditor = house.staff(Role::Auditor);
    let first = page("", &auditor).await.unwrap();
    let told = |listed: &pb::ListPolicyVersionsResponse| {
        let versions = listed.versions.iter();
        let told = versions.map(|one| (one.version, one.name.clone(), one.reason.clone()));
        told.collect::<Vec<_>>()
    };
    let reason = || "rules of the season".to_owned();
    assert_eq!(
        told(&first),
        [
            (3, "guangdong-2023".to_owned(), reason()),
            (2, "hebei-2016".to_owned(), reason()),
        ]
    );
    let second = page(&first.next_page_token, &auditor).await.unwrap();
    assert_eq!(told(&second), [(1, "guangdong-2023".to_owned(), reason())]);
    assert_eq!(second.next_page_token, "");
    assert_refused(page("x", &auditor).await, Reason::PageTokenInvalid);
    let elsewhere = house.staff_of(Role::Auditor, "he", &[]);
    assert_refused(page("", &elsewhere).await, Reason::OutsideYourOffice);
}

/// A document applied before some fields were there is completed with what the platform did then, so that
/// applications locked under it go on.
#[tokio::test]
async fn documents_of_earlier_days_are_completed() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let outdate = "UPDATE policies SET document = jsonb_build_object(
            'name', document -> 'name', 'service', document -> 'service',
            'eligible', (document -> 'eligible') - 'events',
            'registration', jsonb_build_object('min_level', 'face_to_face'),
            'compose', (document -> 'compose')
                - '{captcha,charge_on_miss,hold_ttl_s,forfeit_on_lapse}'::text[],
            'draw', (document -> 'draw') - 'captcha',
            'challenge', jsonb_build_object('confirm_delay_s', 5),
            'validity', document -> 'validity', 'lapse', document -> 'lapse',
            'return', document -> 'return')";
    let pool = house.database.pool();
    sqlx::query(outdate).execute(pool).await.unwrap();
    let unread = citizen.try_look().await.unwrap_err();
    assert_eq!(unread.code(), tonic::Code::Internal);

    // The parts of the migrations that complete them, run once more.
    for migration in [
        include_str!("../../migrations/0120_policies_complete.sql"),
        include_str!("../../migrations/0139_more_time.sql"),
    ] {
        let (completing, _) = migration.split_once("ALTER TABLE").unwrap();
        sqlx::raw_sql(completing).execute(pool).await.unwrap();
    }
    let terms = citizen.try_look().await.unwrap().terms.unwrap();
    assert_eq!((terms.compose_hold_ttl_s, terms.undo_minutes), (0, 0));
    assert_eq!(terms.more_time_factor, 1, "nobody was given more");
    assert!(terms.check_before_selecting && !terms.check_after_choosing);
    assert_eq!(terms.purchase_proof_kinds.len(), 2);
    let request = pb::DescribePolicyRequest {
        office: OFFICE.to_owned(),
    };
    let told = house.policies().describe_policy(request).await.unwrap();
    let fields = told.into_inner().fields;
    let level = fields
        .iter()
        .find(|field| field.path == "permissions.preselect");
    assert_eq!(level.unwrap().value, "face_to_face");
    assert!(fields.iter().all(|field| !field.value.is_empty()));
}
