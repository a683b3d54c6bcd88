//! What holders bind to their accounts.

use std::time::Duration;

use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::binding::Bound;

use crate::house::{BUYER, House, any_id, reason};

fn car(plate: &str, engine: &str) -> pb::BindVehicleRequest {
    pb::BindVehicleRequest {
        request_id: any_id(),
        plate_class: PlateClass::Small.into(),
        plate: plate.into(),
        engine_number_tail: engine.into(),
    }
}

async fn bind(
    house: &House,
    account: &str,
    asked: pb::BindVehicleRequest,
) -> Result<pb::Binding, tonic::Status> {
    let request = call(asked).principal(&house.citizen(account));
    let answer = house.bindings().bind_vehicle(request).await?;
    Ok(answer.into_inner().binding.unwrap())
}

async fn bound(house: &House, account: &str) -> Vec<pb::Binding> {
    let request = call(pb::ListBindingsRequest {}).principal(&house.citizen(account));
    let answer = house.bindings().list_bindings(request).await.unwrap();
    answer.into_inner().bindings
}

/// R-ACC-07: a holder binds an own vehicle and licence, sees both, and undoes; the numbers are sealed.
#[tokio::test]
async fn a_holder_binds_and_undoes() {
    let house = House::new().await;
    let account = any_id();
    let asked = car("粤GA1234", "1a2b3c");
    let first = bind(&house, &account, asked.clone()).await.unwrap();
    let Some(Bound::Vehicle(vehicle)) = &first.bound else {
        panic!("{first:?}")
    };
    assert_eq!(vehicle.plate, "粤GA1234");
    assert_eq!(bind(&house, &account, asked.clone()).await.unwrap(), first);
    let twice = pb::BindVehicleRequest {
        request_id: any_id(),
        ..asked
    };
    let refused = bind(&house, &account, twice).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::AlreadyExists);

    let licence = pb::BindLicenceRequest {
        request_id: any_id(),
        file_number: "440800123456".into(),
    };
    let request = call(licence).principal(&house.citizen(&account));
    let answer = house.bindings().bind_licence(request).await.unwrap();
    let licence = answer.into_inner().binding.unwrap();
    let Some(Bound::Licence(shown)) = &licence.bound else {
        panic!("{licence:?}")
    };
    assert_eq!(
        (shown.file_number_masked.as_str(), shown.classes.as_str()),
        ("4408****3456", "C1")
    );
    let mut rows = house.rows("bindings").await;
    rows.extend(house.rows("idempotency_keys").await);
    for private in ["粤GA1234", "440800123456", "1A2B3C", BUYER] {
        let bytes: String = private.bytes().map(|byte| format!("{byte:02x}")).collect();
        let leaks = |row: &String| row.contains(private) || row.contains(&bytes);
        assert!(!rows.iter().any(leaks), "{private}");
    }

    assert_eq!(bound(&house, &account).await.len(), 2);
    assert!(bound(&house, &any_id()).await.is_empty());
    let undo = pb::UnbindRequest {
        request_id: any_id(),
        binding_id: first.binding_id.clone(),
    };
    let stranger = call(undo.clone()).principal(&house.citizen(&any_id()));
    let refused = house.bindings().unbind(stranger).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::NotFound);
    for request_id in [any_id(), any_id()] {
        let undo = pb::UnbindRequest {
            request_id,
            ..undo.clone()
        };
        let request = call(undo).principal(&house.citizen(&account));
        house.bindings().unbind(request).await.unwrap();
    }
    assert_eq!(bound(&house, &account).await, [licence]);
    // What was undone may be bound again.
    bind(&house, &account, car("粤GA1234", "1A2B3C"))
        .await
        .unwrap();
}

/// R-ACC-07: unknown and another's are one answer; silence is none.
#[tokio::test]
async fn unknown_and_anothers_are_one_answer() {
    let house = House::new().await;
    let account = any_id();
    let mut answers = Vec::new();
    for (plate, engine) in [
        ("粤GA9992", "1A2B3C"),
        ("粤GA9994", "1A2B3C"),
        ("粤GA1234", "000000"),
    ] {
        let refused = bind(&house, &account, car(plate, engine))
            .await
            .unwrap_err();
        answers.push((refused.code(), refused.message().to_owned()));
        assert_eq!(reason(&refused), Reason::BindingMismatch);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let silent = bind(&house, &account, car("粤GA9993", "1A2B3C")).await;
    assert_eq!(reason(&silent.unwrap_err()), Reason::CheckUnavailable);
}

/// R-ACC-03, R-ACC-07: who registered online binds only after enrolment, where policy says so.
#[tokio::test]
async fn binding_wants_enrolment() {
    let house = House::new().await;
    let account = any_id();
    house.identity.known().online.insert(account.clone());
    let refused = bind(&house, &account, car("粤GA1234", "1A2B3C")).await;
    assert_eq!(reason(&refused.unwrap_err()), Reason::EnrolmentRequired);
    assert!(bound(&house, &account).await.is_empty());
    house.identity.known().away = true;
    let away = bind(&house, &any_id(), car("粤GA1234", "1A2B3C")).await;
    assert_eq!(reason(&away.unwrap_err()), Reason::Unavailable);
}

/// Engine numbers cannot be tried out: each attempt counts, and repeats of one request do not.
#[tokio::test]
async fn attempts_are_limited() {
    let house = House::new().await;
    let account = any_id();
    for n in 0..5 {
        let refused = bind(&house, &account, car(&format!("粤G{n}9992"), "1A2B3C")).await;
        assert_eq!(reason(&refused.unwrap_err()), Reason::BindingMismatch);
    }
    let limited = bind(&house, &account, car("粤GA1234", "1A2B3C")).await;
    assert_eq!(reason(&limited.unwrap_err()), Reason::RateLimited);
    bind(&house, &any_id(), car("粤GA1234", "1A2B3C"))
        .await
        .unwrap();
    house.clock.advance(Duration::from_secs(3_601));
    bind(&house, &account, car("粤GA1234", "1A2B3C"))
        .await
        .unwrap();
}
