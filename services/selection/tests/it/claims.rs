//! Vehicles that outside answers have not confirmed yet: who may stand for them, and what follows when
//! the answer comes.

use std::time::Duration;

use prost::Message;
use xuanhao_chassis::bus::{Bus, StreamSpec};
use xuanhao_chassis::db::Db;
use xuanhao_chassis::outbox::Relay;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1 as vehicle;
use xuanhao_testkit::wait_until;

use crate::citizen::Citizen;
use crate::house::{House, OFFICE, assert_refused};
use crate::outcomes::state;

impl House {
    /// Whose information is locked while the vehicle waits for an answer, or for that review.
    async fn unverified(&self, number: u128, review: &str) -> Citizen<'_> {
        {
            let mut cars = self.vehicle.cars();
            cars.unverified = true;
            cars.review = review.to_owned();
        }
        let citizen = self.locked(number).await;
        self.vehicle.cars().unverified = false;
        citizen
    }

    /// The vehicle service's word on a claim.
    fn claim_is(&self, citizen: &Citizen<'_>, state: vehicle::ClaimState) {
        let mut cars = self.vehicle.cars();
        let claim = cars.standing.get_mut(&citizen.application).unwrap();
        claim.set_state(state);
        claim.review_id.clear();
    }

    async fn a_minute_later(&self) {
        self.wait(61);
        self.app.verify_claims().await.unwrap();
    }
}

/// R-INF-04: who waits for an answer may not select; once it is verified the class that was told is taken
/// over, the citizen is told, and the road goes on.
#[tokio::test]
async fn a_late_yes_opens_the_road() {
    let house = House::new().await;
    let citizen = house.unverified(1, "").await;
    assert_eq!(
        citizen.look().await.verification(),
        pb::Verification::Pending
    );
    assert_refused(citizen.start().await, Reason::VerificationPending);
    house.a_minute_later().await;
    assert_eq!(
        citizen.look().await.verification(),
        pb::Verification::Pending
    );
    house.claim_is(&citizen, vehicle::ClaimState::Verified);
    {
        let mut cars = house.vehicle.cars();
        let mut told = cars.assessments.values().next().unwrap().clone();
        told.set_plate_class(PlateClass::NevSmall);
        told.set_energy(vehicle::Energy::Battery);
        let claim = cars.standing.get_mut(&citizen.application).unwrap();
        claim.assessment = Some(told);
    }
    house.a_minute_later().await;
    let seen = citizen.look().await;
    assert_eq!(seen.verification(), pb::Verification::Verified);
    assert_eq!(seen.plate_class(), PlateClass::NevSmall);
    let energy = "SELECT count(*) FROM applications WHERE energy = 'battery'";
    assert_eq!(house.count(energy).await, 1);
    let told = house.told("verification_passed").await.remove(0);
    assert_eq!(told.parameters["vin_tail"], citizen.vin[11..]);
    citizen.start().await.unwrap();
    house.a_minute_later().await;
    assert_eq!(house.told("verification_passed").await.len(), 1);
}

/// P9: a no, an eviction or too long a wait ends the application, the pool first, with the reason told;
/// nobody is banned for it.
#[tokio::test]
async fn a_late_no_ends_the_road() {
    let house = House::new().await;
    for (number, ended) in [
        (1, vehicle::ClaimState::Rejected),
        (2, vehicle::ClaimState::Evicted),
        (3, vehicle::ClaimState::Lapsed),
    ] {
        let citizen = house.unverified(number, "").await;
        house.claim_is(&citizen, ended);
        if ended == vehicle::ClaimState::Rejected {
            let mut cars = house.vehicle.cars();
            let claim = cars.standing.get_mut(&citizen.application).unwrap();
            claim.reasons.push(vehicle::EligibilityReason {
                reason: Reason::BuyerMismatch.code().to_owned(),
                parameters: std::collections::BTreeMap::new(),
            });
        }
        house.pool.state().resolves = false;
        house.wait(61);
        house.app.verify_claims().await.unwrap_err();
        assert_eq!(
            state(&citizen).await,
            pb::ApplicationState::InfoConfirmed,
            "not before the pool is closed"
        );
        house.pool.state().resolves = true;
        house.a_minute_later().await;
        let seen = citizen.look().await;
        assert_eq!(seen.state(), pb::ApplicationState::Voided, "{ended:?}");
        assert!(!seen.void_reason.is_empty());
        house.app.give_back().await.unwrap();
        assert!(house.vehicle.cars().released.contains(&citizen.application));
    }
    assert_eq!(house.told("verification_failed").await.len(), 3);
    let causes = "SELECT count(DISTINCT void_cause) FROM applications WHERE state = 'voided'";
    assert_eq!(house.count(causes).await, 3);
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
}

/// R-INF-09: what is not verified excludes nobody: several may stand for one vehicle, and who is verified
/// takes it; the other is evicted and ends.
#[tokio::test]
async fn the_unverified_exclude_nobody() {
    let house = House::new().await;
    let pretender = house.unverified(1, "").await;
    let mut owner = house.visitor(2);
    owner.vin = pretender.vin.clone();
    owner.open().await.unwrap();
    owner.submit(&pretender.vin).await.unwrap();
    owner.confirm_info().await.unwrap();
    owner.start().await.unwrap();
    house.claim_is(&pretender, vehicle::ClaimState::Evicted);
    house.a_minute_later().await;
    assert_eq!(state(&pretender).await, pb::ApplicationState::Voided);
    assert_eq!(state(&owner).await, pb::ApplicationState::Selecting);
    let verified = "UPDATE applications SET verification = 'verified', state = 'selecting',
                    void_cause = NULL, void_reason = NULL";
    let refused = sqlx::query(verified).execute(house.database.pool()).await;
    let refused = refused.unwrap_err();
    let constraint = refused.as_database_error().unwrap().constraint();
    assert_eq!(constraint, Some("applications_vin_key"));
}

/// R-INF-04: a review that opens is told once, at the lock or later; its state is shown, and its end
/// follows like any answer.
#[tokio::test]
async fn a_review_asks_for_evidence_once() {
    let house = House::new().await;
    let at_once = house.unverified(1, &crate::house::uuid()).await;
    assert_eq!(
        at_once.look().await.verification(),
        pb::Verification::UnderReview
    );
    assert_refused(at_once.start().await, Reason::UnderReview);
    assert_eq!(house.told("review_evidence_wanted").await.len(), 1);
    let later = house.unverified(2, "").await;
    let review = crate::house::uuid();
    house
        .vehicle
        .cars()
        .standing
        .get_mut(&later.application)
        .unwrap()
        .review_id = review;
    house.a_minute_later().await;
    house.a_minute_later().await;
    assert_eq!(
        later.look().await.verification(),
        pb::Verification::UnderReview
    );
    assert_eq!(house.told("review_evidence_wanted").await.len(), 2);
    house.claim_is(&later, vehicle::ClaimState::Verified);
    house.a_minute_later().await;
    later.start().await.unwrap();
}

/// R-INF-04, P9: an officer's review of a verified vehicle asks for evidence once and changes nothing until
/// it is decided; founded, it ends what was confirmed, and the number goes back.
#[tokio::test]
async fn a_founded_suspicion_ends_what_was_confirmed() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    let hint = || async {
        sqlx::query("UPDATE applications SET claim_check_at = opened_at")
            .execute(house.database.pool())
            .await
            .unwrap();
        house.app.verify_claims().await.unwrap();
    };
    let review = crate::house::uuid();
    {
        let mut cars = house.vehicle.cars();
        let claim = cars.standing.get_mut(&citizen.application).unwrap();
        claim.review_id = review;
    }
    hint().await;
    hint().await;
    assert_eq!(house.told("review_evidence_wanted").await.len(), 1);
    assert_eq!(state(&citizen).await, pb::ApplicationState::Confirmed);
    house.claim_is(&citizen, vehicle::ClaimState::Rejected);
    house.app.verify_claims().await.unwrap();
    assert_eq!(
        state(&citizen).await,
        pb::ApplicationState::Confirmed,
        "nobody asks without a hint"
    );
    hint().await;
    let seen = citizen.look().await;
    assert_eq!(seen.state(), pb::ApplicationState::Voided);
    assert!(!seen.void_reason.is_empty());
    assert_eq!(house.told("verification_failed").await.len(), 1);
    house.app.give_back().await.unwrap();
    let returned = "SELECT count(*) FROM selections WHERE closed_at IS NOT NULL";
    assert_eq!(house.count(returned).await, 1);
    assert!(house.vehicle.cars().released.contains(&citizen.application));
}

/// R-ENT-10: a vehicle whose class turns out not to be served is refused with the reason.
#[tokio::test]
async fn a_class_that_is_not_served_ends_the_road() {
    let house = House::new().await;
    let citizen = house.unverified(1, "").await;
    house.claim_is(&citizen, vehicle::ClaimState::Verified);
    {
        let mut cars = house.vehicle.cars();
        let mut told = cars.assessments.values().next().unwrap().clone();
        told.set_plate_class(PlateClass::Large);
        let claim = cars.standing.get_mut(&citizen.application).unwrap();
        claim.assessment = Some(told);
    }
    house.a_minute_later().await;
    let seen = citizen.look().await;
    assert_eq!(seen.state(), pb::ApplicationState::Voided);
    assert!(
        seen.void_reason.contains("不能网上选号"),
        "{}",
        seen.void_reason
    );
}

/// R1: a fact of the vehicle service is a hint that has the claim asked about at once; a fact about
/// somebody else, in any state, has an answer; a lost one costs a minute.
#[tokio::test]
async fn a_fact_has_the_claim_asked_about_at_once() {
    let house = House::new().await;
    let waiting = house.unverified(1, "").await;
    let liar = house.unverified(2, "").await;
    let (done, _) = house.confirmed(3).await;
    house.claim_is(&waiting, vehicle::ClaimState::Verified);
    let stranger = crate::house::uuid();
    let about = [
        waiting.application.as_str(),
        &liar.application,
        &done.application,
        &stranger,
    ];
    publish(&house, &about).await;
    wait_until(Duration::from_secs(15), || async {
        house.count("SELECT count(*) FROM inbox").await == 4
    })
    .await;
    assert_eq!(house.count("SELECT count(*) FROM dead_letters").await, 0);
    house.app.verify_claims().await.unwrap();
    let verified = |seen: pb::Application| seen.verification() == pb::Verification::Verified;
    assert!(verified(waiting.look().await));
    assert!(
        !verified(liar.look().await),
        "nothing is made from a fact alone"
    );
}

/// Publishes as the vehicle service does; selection's own consumer listens.
async fn publish(house: &House, about: &[&str]) {
    let bus = xuanhao_testkit::TestBus::new().await;
    let sender = Bus::over(bus.client().await);
    sender
        .apply_streams(&[StreamSpec::of_service("vehicle", 1)])
        .await
        .unwrap();
    let selection = Bus::over(bus.client().await);
    let (app, stop) = (std::sync::Arc::clone(&house.app), house.stop.clone());
    tokio::spawn(xuanhao_selection::events::consume_claims(
        selection, app, stop,
    ));
    let migrations = xuanhao_chassis::db::migrations(&xuanhao_selection::MIGRATOR);
    let database = xuanhao_testkit::TestDatabase::new(&migrations).await;
    let db = Db::over(database.pool().clone());
    let now = house.clock.now();
    for (n, application) in about.iter().enumerate() {
        let fact = vehicle::ClaimVerified {
            application_id: (*application).to_owned(),
            vehicle_key: vec![7; 32],
        };
        let kind = ["claim.verified", "claim.ended", "review.opened"][n % 3];
        let event = xuanhao_chassis::outbox::Event {
            id: uuid::Uuid::from_u128(0xC1A0 + n as u128).into(),
            kind: kind.into(),
            province: "gd".to_owned(),
            office: Some(OFFICE.to_owned()),
            aggregate_kind: "claim".into(),
            aggregate_id: (*application).to_owned(),
            version: 1,
            occurred_at: now,
            payload: fact.encode_to_vec(),
        };
        db.run_tx("test.append", async |tx: &mut xuanhao_chassis::db::Tx| {
            xuanhao_chassis::outbox::append(tx, &event).await
        })
        .await
        .unwrap();
    }
    let relay = Relay::new("vehicle", db, house.clock.clone(), sender);
    let tenure = relay.begin().await.unwrap().unwrap();
    tenure.turn().await.unwrap();
    // The bus lives until everything was taken in.
    wait_until(Duration::from_secs(15), || async {
        house.count("SELECT count(*) FROM inbox").await == 4
    })
    .await;
}
