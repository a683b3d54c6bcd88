//! Coming back: resume rules and the identity check of one web session.

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1::RegistrationLevel;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1::{ClaimState, Energy};

use crate::house::{GUANGDONG, House, assert_refused};

/// R-AUTH-01: the check counts for the web session that passed it; another session passes it anew, and
/// what is held stays held.
#[tokio::test]
async fn another_session_passes_the_identity_check_anew() {
    let house = House::new().await;
    let mut citizen = house.selecting(1).await;
    let drawn = citizen.draw().await.unwrap();
    assert!(citizen.look().await.checked_here);
    citizen.session = 2;
    let seen = citizen.look().await;
    assert!(!seen.checked_here);
    assert_eq!(seen.holding.as_ref().unwrap().column, drawn.column);
    assert_refused(citizen.draw().await, Reason::IdentityCheckRequired);
    assert_refused(
        citizen.keep(&drawn.column[0]).await,
        Reason::IdentityCheckRequired,
    );
    assert_refused(citizen.give_up().await, Reason::IdentityCheckRequired);
    citizen.start().await.unwrap();
    citizen.keep(&drawn.column[0]).await.unwrap();
    citizen.session = 1;
    let refused = citizen.confirm(&drawn.column[0]).await;
    assert_refused(refused, Reason::IdentityCheckRequired);
}

/// R-ENT-05 (resume A): walking in again leads to phase 1 step 3 and ends the check; a page that is loaded
/// again goes on in place.
#[tokio::test]
async fn walking_in_ends_the_check_and_loading_again_does_not() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let drawn = citizen.draw().await.unwrap();
    citizen.look().await;
    citizen.keep(&drawn.column[0]).await.unwrap();
    let entered = citizen.enter().await.unwrap();
    assert_eq!(entered.step(), pb::EntryStep::Explanation);
    let application = entered.application.unwrap();
    assert!(!application.checked_here);
    assert_eq!(
        application.holding.unwrap().basket,
        [drawn.column[0].clone()]
    );
    assert_refused(citizen.draw().await, Reason::IdentityCheckRequired);
    citizen.start().await.unwrap();
    citizen.confirm(&drawn.column[0]).await.unwrap();
    let entered = citizen.enter().await.unwrap();
    assert_eq!(
        entered.step(),
        pb::EntryStep::Completed,
        "R-ENT-06 (resume B)"
    );
}

/// Only the verified may select: a claim that waits for an outside answer or a review is told, and stands
/// in nobody's way.
#[tokio::test]
async fn the_unverified_do_not_select() {
    let house = House::new().await;
    let citizen = house.opened(1).await;
    citizen.submit(&citizen.vin.clone()).await.unwrap();
    house.vehicle.cars().unverified = true;
    let locked = citizen.confirm_info().await.unwrap();
    assert_eq!(locked.verification(), pb::Verification::Pending);
    assert_refused(citizen.start().await, Reason::VerificationPending);
    assert_refused(citizen.draw().await, Reason::StepNotReached);

    let other = house.opened(2).await;
    other.submit(&citizen.vin).await.unwrap();
    house.vehicle.cars().review = crate::house::uuid();
    let locked = other.confirm_info().await.unwrap();
    assert_eq!(locked.verification(), pb::Verification::UnderReview);
    assert_refused(other.start().await, Reason::UnderReview);
    house.vehicle.cars().unverified = false;

    let third = house.opened(3).await;
    third.submit(&citizen.vin).await.unwrap();
    let locked = third.confirm_info().await.unwrap();
    assert_eq!(locked.verification(), pb::Verification::Verified);
    third.start().await.unwrap();
    let standing = house.vehicle.cars().standing[&third.application].state();
    assert_eq!(standing, ClaimState::Verified);
}

/// GA 36-2018: what drives the vehicle goes to the pool with every operation.
#[tokio::test]
async fn every_operation_tells_the_energy_group() {
    use xuanhao_proto::platepool::v1::EnergyGroup;
    let house = House::new().await;
    house.vehicle.cars().energy = Energy::NotPurelyBattery;
    let citizen = house.selecting(1).await;
    let drawn = citizen.draw().await.unwrap();
    citizen.keep(&drawn.column[0]).await.unwrap();
    citizen.confirm(&drawn.column[0]).await.unwrap();
    let state = house.pool.state();
    assert_eq!(state.executed.len(), 3);
    for operation in &state.executed {
        assert_eq!(operation.energy_group(), EnergyGroup::NotPurelyBattery);
    }
}

/// R-ACC-03, R-ACC-04: each service asks for its own level, by the policy in force.
#[tokio::test]
async fn levels_are_asked_for_service_by_service() {
    let house = House::new().await;
    let mut citizen = house.selecting(1).await;
    let stricter = GUANGDONG.replace("preselect: online", "preselect: face_to_face");
    house.apply(&stricter).await;
    assert_refused(citizen.draw().await, Reason::EnrolmentRequired);
    citizen.look().await;
    let strictest = stricter.replace("query: online", "query: face_to_face");
    house.apply(&strictest).await;
    let hidden = citizen.try_look().await;
    assert_refused(hidden, Reason::EnrolmentRequired);
    assert!(citizen.list(10, "").await.applications.is_empty());
    citizen.level = "face_to_face";
    assert_eq!(citizen.list(10, "").await.applications.len(), 1);
    citizen.draw().await.unwrap();
}

/// R-ACC-09: an organisation's buyer number is its credit code, and the page names it.
#[tokio::test]
async fn an_organisation_is_told_by_its_credit_code() {
    let house = House::new().await;
    {
        let mut people = house.identity.people();
        people.organisation = true;
        people.level = Some(RegistrationLevel::FaceToFace);
    }
    let citizen = house.opened(1).await;
    citizen.submit(&citizen.vin.clone()).await.unwrap();
    assert_eq!(house.vehicle.cars().buyer_ids, ["91350100M000100Y43"]);
    let person = citizen.submitted_info().await.unwrap().person.unwrap();
    assert_eq!(person.organisation_name, "湛江市海风贸易有限公司");
    assert!(person.credit_code_masked.contains('*'), "{person:?}");
    assert!(
        !person.credit_code_masked.contains("M000100Y"),
        "{person:?}"
    );
}
