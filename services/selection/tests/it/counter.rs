//! Selecting at the window.

use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1::RegistrationLevel;
use xuanhao_proto::platepool::v1::Channel;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::selecting_outcome::Result as Became;
use xuanhao_proto::vehicle::v1 as vehicle;

use crate::house::{GUANGDONG, House, OFFICE, assert_refused, uuid};
use crate::pool::Mood;

macro_rules! ask {
    ($house:ident, $token:expr, $method:ident, $request:expr) => {
        $house
            .counters()
            .$method(call($request).principal($token))
            .await
            .map(tonic::Response::into_inner)
    };
}

fn account(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

fn opening(number: u128, vin: &str) -> pb::OpenAtCounterRequest {
    use vehicle::purchase_proof::Kind::ElectronicInvoice;
    let kind = Some(ElectronicInvoice("25442000000012345678".to_owned()));
    pb::OpenAtCounterRequest {
        request_id: uuid(),
        office: OFFICE.to_owned(),
        account_id: account(number),
        vin: vin.to_owned(),
        purchase_proof: Some(vehicle::PurchaseProof { kind }),
        import_confirmed: false,
        import_certificate_number: String::new(),
        notice_version: 1,
        reason: "came to the window".to_owned(),
    }
}

fn draw(application: &str) -> pb::DrawAtCounterRequest {
    pb::DrawAtCounterRequest {
        request_id: uuid(),
        application_id: application.to_owned(),
        exclude_four: false,
    }
}

fn compose(application: &str, wishes: &[&str]) -> pb::ComposeAtCounterRequest {
    pb::ComposeAtCounterRequest {
        request_id: uuid(),
        application_id: application.to_owned(),
        wishes: wishes.iter().map(|wish| (*wish).to_owned()).collect(),
    }
}

fn confirm(application: &str, plate: &str) -> pb::ConfirmAtCounterRequest {
    pb::ConfirmAtCounterRequest {
        request_id: uuid(),
        application_id: application.to_owned(),
        plate: plate.to_owned(),
    }
}

fn chances(told: Option<pb::CounterChances>) -> (i32, i32) {
    let told = told.unwrap();
    (told.wishes_left, told.draws_left)
}

async fn enrolled() -> House {
    let house = House::new().await;
    house.identity.people().level = Some(RegistrationLevel::FaceToFace);
    house
}

impl House {
    async fn open_at_counter(
        &self,
        request: pb::OpenAtCounterRequest,
    ) -> Result<pb::OpenAtCounterResponse, Status> {
        let officer = self.staff(Role::Officer);
        ask!(self, &officer, open_at_counter, request)
    }
}

/// R-SEL-12: an enrolled person without an application draws at the window: opened, locked and claimed in
/// one act, drawn on channel window for the person by the officer, confirmed without a code, audited.
#[tokio::test]
async fn an_officer_opens_draws_and_confirms() {
    let house = enrolled().await;
    let officer = house.staff(Role::Officer);
    let request = opening(7, &house.new_vin());
    let opened = house.open_at_counter(request.clone()).await.unwrap();
    assert_eq!(chances(opened.chances), (5, 1));
    let application = opened.application.unwrap();
    assert_eq!(application.state(), pb::ApplicationState::InfoConfirmed);
    let id = application.application_id;
    let again = house.open_at_counter(request).await.unwrap();
    assert_eq!(again.application.unwrap().application_id, id, "P2");

    let round = draw(&id);
    let drawn = ask!(house, &officer, draw_at_counter, round.clone()).unwrap();
    assert_eq!(chances(drawn.chances), (5, 0));
    let Became::Held(holding) = drawn.outcome.unwrap().result.unwrap() else {
        panic!("a draw holds numbers")
    };
    assert_eq!(holding.column.len(), 50);
    let repeat = ask!(house, &officer, draw_at_counter, round).unwrap();
    assert_eq!(
        chances(repeat.chances),
        (5, 0),
        "P2: a repeat costs nothing"
    );
    let spent = ask!(house, &officer, draw_at_counter, draw(&id));
    assert_refused(spent, Reason::QuotaExceeded);

    let plate = &holding.column[20];
    let confirmed = ask!(house, &officer, confirm_at_counter, confirm(&id, plate)).unwrap();
    let result = confirmed.outcome.unwrap().result.unwrap();
    assert!(matches!(&result, Became::Allocated(given) if given.plate == *plate));
    for operation in &house.pool.state().executed {
        assert_eq!(operation.channel(), Channel::Window);
        assert_eq!(operation.on_behalf_of, account(7));
        assert_eq!(operation.actor, uuid::Uuid::from_u128(0xD0).to_string());
    }
    let looked = pb::GetAtCounterRequest {
        application_id: id.clone(),
    };
    let looked = ask!(house, &officer, get_at_counter, looked).unwrap();
    let counters = looked.application.unwrap().counters.unwrap();
    assert_eq!(
        (counters.compose_left, counters.draws_left),
        (20, 5),
        "the chances of the internet stay untouched"
    );
    let audited = "SELECT count(*) FROM audit_entries WHERE on_behalf_of IS NOT NULL
        AND act IN ('counter.opened', 'counter.operated')";
    assert_eq!(house.count(audited).await, 3);
    let window =
        "SELECT count(*) FROM operations WHERE channel = 'window' AND on_behalf_of IS NOT NULL
        AND scope LIKE 'staff/%'";
    assert_eq!(house.count(window).await, 2);
}

/// R-SEL-12: whose internet chances are exhausted is served where he stands; all missed costs wishes, a
/// hit is confirmed at once; a second application of the person does not stand in the way.
#[tokio::test]
async fn an_exhausted_application_is_taken_up() {
    let poor = GUANGDONG
        .replace("quota: 20\n  batch_max: 5", "quota: 1\n  batch_max: 1")
        .replace("draw:\n  quota: 5", "draw:\n  quota: 0");
    let house = House::with(&poor).await;
    let citizen = house.selecting(7).await;
    citizen.compose(&["粤GZ0001"]).await.unwrap();
    let exhausted = citizen.look().await;
    assert_eq!(exhausted.state(), pb::ApplicationState::Exhausted);
    let mut second = house.visitor(7);
    second.open().await.unwrap();

    let officer = house.staff(Role::Officer);
    let early = ask!(
        house,
        &officer,
        compose_at_counter,
        compose(&citizen.application, &["粤GB0003"])
    );
    early.expect("an exhausted application may be used at the window at once");
    let confirmed = citizen.look().await;
    assert_eq!(confirmed.state(), pb::ApplicationState::Confirmed);

    let other = house.selecting(8).await;
    other.compose(&["粤GZ0001"]).await.unwrap();
    let opened = house.open_at_counter(opening(8, &other.vin)).await.unwrap();
    let application = opened.application.unwrap();
    assert_eq!(application.application_id, other.application);
    assert_eq!(application.state(), pb::ApplicationState::Exhausted);
    assert_eq!(chances(opened.chances), (5, 1));
    let id = other.application.clone();
    let missed = ask!(
        house,
        &officer,
        compose_at_counter,
        compose(&id, &["粤GZ0001", "粤GZ0002"])
    );
    let missed = missed.unwrap();
    assert_eq!(chances(missed.chances), (3, 1));
    let hit = ask!(
        house,
        &officer,
        compose_at_counter,
        compose(&id, &["粤GZ0003", "粤GB0007"])
    );
    let hit = hit.unwrap().outcome.unwrap().result.unwrap();
    assert!(matches!(&hit, Became::Allocated(given) if given.plate == "粤GB0007"));
    assert_eq!(other.left().await, (0, 0));
    assert_refused(
        house.open_at_counter(opening(8, &other.vin)).await,
        Reason::AlreadyConfirmed,
    );
}

/// P5, P6: a lost answer at the window is settled by the same saga, on the window's counters.
#[tokio::test]
async fn a_lost_answer_at_the_window_is_recovered() {
    let house = enrolled().await;
    let officer = house.staff(Role::Officer);
    let opened = house
        .open_at_counter(opening(7, &house.new_vin()))
        .await
        .unwrap();
    let id = opened.application.unwrap().application_id;
    house.pool.set(Mood::LosesAnswers);
    house.pool.state().resolves = false;
    let lost = ask!(house, &officer, draw_at_counter, draw(&id));
    assert_refused(lost, Reason::OperationPending);
    house.pool.set(Mood::Answers);
    house.pool.state().resolves = true;
    house.wait(5);
    house.app.recover_pending().await.unwrap();
    let looked = pb::GetAtCounterRequest { application_id: id };
    let looked = ask!(house, &officer, get_at_counter, looked).unwrap();
    assert_eq!(chances(looked.chances), (5, 0));
    let application = looked.application.unwrap();
    assert_eq!(application.holding.unwrap().column.len(), 50);
}

/// Who may not, may not: other offices, other roles, the citizens' door; online accounts; offices that do
/// not offer it; a reason is wanted, and the notice in force.
#[tokio::test]
async fn the_window_is_its_officers_alone() {
    let house = enrolled().await;
    let vin = house.new_vin();
    for (token, reason) in [
        (
            house.staff_of(Role::Officer, "he", &[]),
            Reason::OutsideYourOffice,
        ),
        (
            house.staff_of(Role::Officer, "gd", &["gd-maoming"]),
            Reason::OutsideYourOffice,
        ),
        (house.staff(Role::Auditor), Reason::PermissionDenied),
        (house.staff(Role::Operator), Reason::PermissionDenied),
    ] {
        let refused = ask!(house, &token, open_at_counter, opening(7, &vin));
        assert_refused(refused, reason);
    }
    let unreasoned = pb::OpenAtCounterRequest {
        reason: " ".to_owned(),
        ..opening(7, &vin)
    };
    let refused = house.open_at_counter(unreasoned).await;
    assert_refused(refused, Reason::StaffReasonRequired);
    let stale = pb::OpenAtCounterRequest {
        notice_version: 9,
        ..opening(7, &vin)
    };
    assert_refused(house.open_at_counter(stale).await, Reason::NoticeChanged);
    house.identity.people().level = None;
    let online = house.open_at_counter(opening(7, &vin)).await;
    assert_refused(online, Reason::EnrolmentRequired);
    house.identity.people().level = Some(RegistrationLevel::FaceToFace);
    let opened = house.open_at_counter(opening(7, &vin)).await.unwrap();
    let id = opened.application.unwrap().application_id;
    let stranger = house.staff_of(Role::Officer, "gd", &["gd-maoming"]);
    for refused in [
        ask!(house, &stranger, draw_at_counter, draw(&id)).err(),
        ask!(
            house,
            &stranger,
            compose_at_counter,
            compose(&id, &["粤GB0003"])
        )
        .err(),
        ask!(
            house,
            &stranger,
            confirm_at_counter,
            confirm(&id, "粤GB0003")
        )
        .err(),
    ] {
        assert_refused::<()>(Err(refused.unwrap()), Reason::OutsideYourOffice);
    }
    let closed = GUANGDONG
        .replace("wishes: 5", "wishes: 0")
        .replace("draw_quota: 1", "draw_quota: 0");
    house.apply(&closed).await;
    let officer = house.staff(Role::Officer);
    let refused = ask!(house, &officer, draw_at_counter, draw(&id));
    assert_refused(refused, Reason::CounterNotOffered);
    let refused = house.open_at_counter(opening(9, &house.new_vin())).await;
    assert_refused(refused, Reason::CounterNotOffered);
}

/// An opening that broke off between claim and lock is gone on with by the next attempt.
#[tokio::test]
async fn an_opening_that_broke_off_is_gone_on_with() {
    let house = enrolled().await;
    let vin = house.new_vin();
    house.vehicle.cars().refuses = Some(Reason::VehicleAlreadyRegistered);
    let refused = house.open_at_counter(opening(7, &vin)).await;
    assert_refused(refused, Reason::VehicleAlreadyRegistered);
    house.vehicle.cars().refuses = None;
    let opened = house.open_at_counter(opening(7, &vin)).await.unwrap();
    let state = opened.application.unwrap().state();
    assert_eq!(state, pb::ApplicationState::InfoConfirmed);
    assert_eq!(house.count("SELECT count(*) FROM applications").await, 1);
}
