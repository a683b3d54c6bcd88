//! Who holds a vehicle, and what the registry says about it later.

use xuanhao_chassis::grpc::call;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::vehicle::v1 as pb;

use crate::house::{House, any_id, reason, request};

/// Assesses; gives the decision's and the application's id.
async fn assessed(house: &House, vin: &str, invoice: &str) -> (String, String) {
    let asked = request(vin, invoice);
    let application = asked.application_id.clone();
    (
        house.assess(asked).await.unwrap().assessment_id,
        application,
    )
}

/// R-INF-09: one application holds a VIN; repeats by it succeed, others wait until it is freed (P9).
#[tokio::test]
async fn one_application_holds_a_vehicle() {
    let house = House::new().await;
    let (first, second) = (
        assessed(&house, "0001", "0001").await,
        assessed(&house, "0001", "0002").await,
    );
    house.claim(&first.0, &first.1).await.unwrap();
    house.claim(&first.0, &first.1).await.unwrap();
    assert_eq!(house.rows("claims").await.len(), 1);
    let refused = house.claim(&second.0, &second.1).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::VinInUse);
    let told = house.assess(request("0001", "0003")).await.unwrap();
    assert_eq!(told.reasons[0].reason, "VIN_IN_USE");

    house.release(&first.1).await;
    house.release(&first.1).await;
    house.claim(&second.0, &second.1).await.unwrap();
    let refused = house.claim(&first.0, &first.1).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::VinInUse);
}

/// R-INF-02: a purchase proof serves one vehicle of one application.
#[tokio::test]
async fn one_application_uses_a_purchase_proof() {
    let house = House::new().await;
    let (first, second) = (
        assessed(&house, "0001", "0001").await,
        assessed(&house, "0002", "0001").await,
    );
    house.claim(&first.0, &first.1).await.unwrap();
    let refused = house.claim(&second.0, &second.1).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::PurchaseProofUsed);
    let told = house.assess(request("0003", "0001")).await.unwrap();
    assert_eq!(told.reasons[0].reason, "PURCHASE_PROOF_USED");
}

/// Of many at once, one gets the vehicle, and the others are told so.
#[tokio::test]
async fn of_a_crowd_one_gets_the_vehicle() {
    let house = House::new().await;
    let mut applications = Vec::new();
    for n in 0..8 {
        applications.push(assessed(&house, "0001", &format!("000{n}")).await);
    }
    let tasks = applications.into_iter().map(|(assessment, application)| {
        let mut client = house.client("selection");
        tokio::spawn(async move {
            let request = pb::ClaimVehicleRequest {
                request_id: any_id(),
                assessment_id: assessment,
                application_id: application,
            };
            client.claim_vehicle(call(request)).await.map(drop)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut winners = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => winners += 1,
            Err(status) => assert_eq!(reason(&status), Reason::VinInUse),
        }
    }
    assert_eq!((winners, house.rows("claims").await.len()), (1, 1));
}

#[tokio::test]
async fn a_changed_mind_gives_the_first_vehicle_up() {
    let house = House::new().await;
    let asked = request("0001", "0001");
    let application = asked.application_id.clone();
    let first = house.assess(asked).await.unwrap().assessment_id;
    let mut other = request("0002", "0002");
    other.application_id.clone_from(&application);
    let second = house.assess(other).await.unwrap().assessment_id;
    house.claim(&first, &application).await.unwrap();
    house.claim(&second, &application).await.unwrap();
    let (third, stranger) = assessed(&house, "0001", "0003").await;
    house.claim(&third, &stranger).await.unwrap();
}

#[tokio::test]
async fn a_refused_vehicle_cannot_be_claimed() {
    let house = House::new().await;
    let (assessment, application) = assessed(&house, "9994", "0001").await;
    let refused = house.claim(&assessment, &application).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::VehicleNotEligible);
    let refused = house.claim(&assessment, &any_id()).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::NotFound);
    assert!(house.rows("claims").await.is_empty());
}

/// P10: only an answer counts; "not registered" is one, silence is none.
#[tokio::test]
async fn a_registration_is_looked_up() {
    let house = House::new().await;
    let look = async |tail: &str| {
        let request = pb::LookupRegistrationRequest {
            vin: request(tail, "0001").vin,
            plate_class: PlateClass::Small.into(),
            plate: "粤GA1234".into(),
        };
        let answer = house
            .client("selection")
            .lookup_registration(call(request))
            .await;
        answer.map(tonic::Response::into_inner)
    };
    let new = look("0001").await.unwrap();
    assert_eq!(
        (new.state(), &*new.registered_on),
        (pb::RegistrationState::NotRegistered, "")
    );
    let registered = look("9996").await.unwrap();
    assert_eq!(registered.state(), pb::RegistrationState::Registered);
    assert_eq!(registered.registered_on, "2026-11-22");
    let other_number = look("9991").await.unwrap();
    assert_eq!(other_number.state(), pb::RegistrationState::NotRegistered);
    for silent in ["9992", "9993", "9997"] {
        assert_eq!(
            reason(&look(silent).await.unwrap_err()),
            Reason::CheckUnavailable,
            "{silent}"
        );
    }
}

#[tokio::test]
async fn what_is_claimed_is_kept_and_the_rest_deleted_in_time() {
    let house = House::new().await;
    let (held, application) = assessed(&house, "0001", "0001").await;
    house.claim(&held, &application).await.unwrap();
    assessed(&house, "0002", "0002").await;
    house
        .clock
        .advance(std::time::Duration::from_secs(181 * 86_400));
    house.app.sweep().await.unwrap();
    assert_eq!(house.rows("assessments").await.len(), 1);
    house.release(&application).await;
    house.app.sweep().await.unwrap();
    assert_eq!(house.rows("claims").await.len(), 1);
    house
        .clock
        .advance(std::time::Duration::from_secs(181 * 86_400));
    house.app.sweep().await.unwrap();
    assert!(house.rows("claims").await.is_empty() && house.rows("assessments").await.is_empty());
}
