//! Phase 1: notice, information, lock; and the identity check before phase 2.

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{House, assert_refused, uuid};

/// R-ENT-04: the notice in force is agreed to; a newer one is agreed to anew.
#[tokio::test]
async fn a_changed_notice_is_agreed_to_anew() {
    let house = House::new().await;
    let mut citizen = house.visitor(1);
    assert_refused(citizen.open_with(2).await, Reason::NoticeChanged);
    let first = citizen.open().await.unwrap();
    assert_eq!(house.publish_notice().await, 2);
    assert_refused(citizen.open_with(1).await, Reason::NoticeChanged);
    let again = citizen.open().await.unwrap();
    assert_eq!(
        again.application_id, first.application_id,
        "one road at an office"
    );
    assert_eq!(again.version, first.version + 1);
}

/// R-INF-04, R-ACC-08: what the vehicle service finds is told with its reason; the buyer compared is
/// the account's holder.
#[tokio::test]
async fn a_vehicle_is_assessed_for_the_account_holder() {
    let house = House::new().await;
    let citizen = house.opened(1).await;
    let refused = assert_refused(
        citizen.submit("LSGPC52U7AF102554").await,
        Reason::VinCheckDigit,
    );
    assert_eq!(
        (refused.params()["position"].as_str(), refused.field()),
        ("9", Some("vin"))
    );
    house.vehicle.cars().refuses = Some(Reason::BuyerMismatch);
    assert_refused(citizen.submit(&citizen.vin).await, Reason::BuyerMismatch);
    house.vehicle.cars().refuses = None;
    house.vehicle.cars().away = true;
    assert_refused(citizen.submit(&citizen.vin).await, Reason::CheckUnavailable);
    house.vehicle.cars().away = false;
    let submitted = citizen.submit(&citizen.vin).await.unwrap();
    assert_eq!(submitted.state(), pb::ApplicationState::InfoSubmitted);
    assert_eq!(
        house.vehicle.cars().buyer_ids.last().unwrap(),
        "11010519491231002X"
    );
    let other = house.new_vin();
    assert_eq!(
        citizen.submit(&other).await.unwrap().vin,
        other,
        "it may be corrected until the lock"
    );
}

/// R-INF-05, R-INF-07: after the lock nothing is edited, and the frozen terms stay when the policy changes.
#[tokio::test]
async fn the_lock_is_for_ever() {
    let house = House::new().await;
    let citizen = house.locked(1).await;
    assert_refused(citizen.submit(&house.new_vin()).await, Reason::InfoLocked);
    assert_refused(citizen.confirm_info().await, Reason::InfoLocked);
    let mut again = house.visitor(1);
    assert_refused(again.open().await, Reason::InfoLocked);
    let yaml = crate::house::GUANGDONG
        .replace("quota: 20", "quota: 50")
        .replace("interval_s: 10", "interval_s: 30");
    house.apply(&yaml).await;
    let terms = citizen.look().await.terms.unwrap();
    assert_eq!(
        (terms.policy_version, terms.compose_quota),
        (1, 20),
        "frozen"
    );
    assert_eq!(terms.compose_interval_s, 30, "live");
}

/// C1: a proof serves its own purpose, application and account, once; a repeat of the request is
/// answered the same.
#[tokio::test]
async fn a_proof_is_used_once_and_for_its_purpose() {
    let house = House::new().await;
    let citizen = house.opened(1).await;
    assert_refused(citizen.confirm_info().await, Reason::StepNotReached);
    citizen.submit(&citizen.vin).await.unwrap();
    let confirm = async |proof: &str| citizen.confirm_info_with(&uuid(), proof).await;
    assert_refused(confirm("").await, Reason::ProofInvalid);
    assert_refused(
        confirm(&citizen.proof("start_selecting", 20)).await,
        Reason::ProofInvalid,
    );
    let other = house.opened(2).await;
    assert_refused(
        confirm(&other.proof("confirm_info", 20)).await,
        Reason::ProofInvalid,
    );
    let late = citizen.proof("confirm_info", 20);
    house.wait(301);
    assert_refused(confirm(&late).await, Reason::ProofInvalid);

    let (request_id, proof) = (uuid(), citizen.proof("confirm_info", 20));
    let locked = citizen
        .confirm_info_with(&request_id, &proof)
        .await
        .unwrap();
    assert_eq!(locked.state(), pb::ApplicationState::InfoConfirmed);
    let repeated = citizen
        .confirm_info_with(&request_id, &proof)
        .await
        .unwrap();
    assert_eq!(repeated.version, locked.version);
    assert_eq!(house.count("SELECT count(*) FROM consumed_proofs").await, 1);

    let check = citizen.proof("start_selecting", 20);
    citizen.start_with(&check).await.unwrap();
    assert_refused(citizen.start_with(&check).await, Reason::ProofUsed);
}

/// R-AUTH-02: the check may be sent in only after the delay, whatever the page says.
#[tokio::test]
async fn the_confirm_delay_is_kept_by_the_server() {
    let house = House::new().await;
    let citizen = house.locked(1).await;
    let proof = citizen.proof("start_selecting", 2);
    let early = assert_refused(citizen.start_with(&proof).await, Reason::ConfirmDelay);
    assert_eq!(early.params()["seconds"], "3");
    house.wait(3);
    let started = citizen.start_with(&proof).await.unwrap();
    assert_eq!(started.state(), pb::ApplicationState::Selecting);
}

/// R-INF-09: a VIN is taken by the first lock; the same car elsewhere is refused, before that it is not.
#[tokio::test]
async fn a_vin_is_taken_at_the_lock() {
    let house = House::new().await;
    let (first, second) = (house.opened(1).await, house.opened(2).await);
    first.submit(&first.vin).await.unwrap();
    second.submit(&first.vin).await.unwrap();
    first.confirm_info().await.unwrap();
    assert_refused(second.confirm_info().await, Reason::VinInUse);
    // The refusal left nothing behind: another car can be submitted at once.
    second.submit(&second.vin).await.unwrap();
    second.confirm_info().await.unwrap();
}

/// A claim whose answer was lost is not forgotten: while it may be under way nothing else is
/// submitted, afterwards it is freed first.
#[tokio::test]
async fn a_broken_off_claim_is_freed_before_other_information() {
    let house = House::new().await;
    let citizen = house.opened(1).await;
    citizen.submit(&citizen.vin).await.unwrap();
    house.vehicle.cars().away = true;
    citizen.confirm_info().await.unwrap_err();
    house.vehicle.cars().away = false;
    let other = house.new_vin();
    assert_refused(citizen.submit(&other).await, Reason::OperationPending);
    house.wait(31);
    citizen.submit(&other).await.unwrap();
    assert_eq!(
        house.vehicle.cars().released,
        std::slice::from_ref(&citizen.application)
    );
    citizen.confirm_info().await.unwrap();
}

/// R-ENT-08: selecting has its hours and its switch, entering information has not; R-ACC-04.
#[tokio::test]
async fn hours_and_the_switch_apply_live() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let hours = "hours: {from: \"10:00\", to: \"22:00\"}";
    house
        .apply(&crate::house::GUANGDONG.replace("hours: null", hours))
        .await;
    let closed = assert_refused(citizen.draw().await, Reason::OutsideServiceHours);
    assert_eq!(closed.params()["from"], "10:00");
    house.locked(2).await;
    house.wait(3_600);
    citizen.draw().await.unwrap();
    house
        .apply(&crate::house::GUANGDONG.replace("paused: false", "paused: true"))
        .await;
    assert_refused(citizen.draw().await, Reason::SelectionPaused);
    house
        .apply(&crate::house::GUANGDONG.replace("preselect: online", "preselect: face_to_face"))
        .await;
    let mut stranger = house.visitor(3);
    assert_refused(stranger.open().await, Reason::EnrolmentRequired);
}

/// R-DONE-01: while no calendar covers the deadline nothing is selected, and a confirmed number never
/// waits for one.
#[tokio::test]
async fn selecting_is_refused_while_no_calendar_covers_the_deadline() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.wait_days(37);
    let missing = assert_refused(citizen.draw().await, Reason::CalendarNotCovered);
    assert_eq!(missing.params()["date"], "2027-01-01");
    assert_refused(citizen.start().await, Reason::CalendarNotCovered);
    assert_eq!(house.pool.state().executed.len(), 0);
    house.apply_calendar(2027, &["2027-01-01"]).await;
    citizen.draw().await.unwrap();
}
