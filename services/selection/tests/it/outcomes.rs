//! How selections end: registered, expired, voided (P9, P10).

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::outbox::Relay;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1::RegistrationState;

use crate::citizen::Citizen;
use crate::house::{House, assert_refused, uuid};
use crate::pool::Mood;

impl House {
    pub(crate) async fn void(&self, application: &str) -> Result<(), tonic::Status> {
        let request = pb::VoidApplicationRequest {
            request_id: uuid(),
            application_id: application.to_owned(),
            reason: "the buyer returned the car".to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Reviewer));
        self.outcomes().void_application(request).await.map(drop)
    }

    pub(crate) async fn register(
        &self,
        application: &str,
        on: &str,
    ) -> Result<pb::Selection, tonic::Status> {
        let request = pb::MarkRegisteredRequest {
            request_id: uuid(),
            application_id: application.to_owned(),
            registered_on: on.to_owned(),
            reason: "registered at the window".to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Officer));
        let answer = self.outcomes().mark_registered(request).await?;
        Ok(answer.into_inner().selection.unwrap())
    }

    pub(crate) async fn find(
        &self,
        by: pb::lookup_selection_request::By,
    ) -> Result<pb::Selection, tonic::Status> {
        let request = pb::LookupSelectionRequest { by: Some(by) };
        let request = call(request).principal(&self.staff(Role::Officer));
        let answer = self.outcomes().lookup_selection(request).await?;
        Ok(answer.into_inner().selection.unwrap())
    }

    pub(crate) async fn feed(&self, after: i64) -> (Vec<pb::PositionedOutcome>, i64) {
        let request = pb::ListOutcomesRequest {
            after,
            page_size: 0,
        };
        let request = call(request).principal(&self.staff(Role::Operator));
        let answer = self
            .outcomes()
            .list_outcomes(request)
            .await
            .unwrap()
            .into_inner();
        (answer.outcomes, answer.position)
    }

    /// Lets selection's relay give its facts their positions.
    pub(crate) async fn assign_positions(&self) {
        let bus = xuanhao_testkit::TestBus::new().await;
        let bus = xuanhao_chassis::bus::Bus::over(bus.client().await);
        let db = xuanhao_chassis::db::Db::over(self.database.pool().clone());
        let relay = Relay::new("selection", db, self.clock.clone(), bus);
        relay
            .begin()
            .await
            .unwrap()
            .unwrap()
            .assign_positions()
            .await
            .unwrap();
    }

    async fn facts(&self, kind: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM outbox WHERE kind = $1")
            .bind(kind)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }
}

pub(crate) async fn state(citizen: &Citizen<'_>) -> pb::ApplicationState {
    citizen.look().await.state()
}

/// R-DONE-05: registered in time ends the obligation; the number stays for ever.
#[tokio::test]
async fn registration_in_time_ends_the_obligation() {
    let house = House::new().await;
    let (citizen, result) = house.confirmed(1).await;
    let future = house.register(&citizen.application, "2026-11-25").await;
    assert_refused(future, Reason::FieldInvalid);
    house.wait_days(2);
    let selection = house
        .register(&citizen.application, "2026-11-25")
        .await
        .unwrap();
    assert_eq!(selection.state, "registered");
    assert_eq!(house.facts("selection.registered").await, 1);
    let again = house.register(&citizen.application, "2026-11-25").await;
    assert_refused(again, Reason::AlreadyRegistered);
    house.wait_days(30);
    house.app.expire_overdue().await.unwrap();
    house.app.give_back().await.unwrap();
    assert_eq!(house.pool.state().returned.len(), 0);
    assert_refused(
        house.void(&citizen.application).await,
        Reason::AlreadyRegistered,
    );
    let plate = pb::PlateReference {
        plate_class: 2,
        plate: result.plate,
    };
    let found = house
        .find(pb::lookup_selection_request::By::Plate(plate))
        .await
        .unwrap();
    assert_eq!(found.application_id, citizen.application);
    let audited = "SELECT count(*) FROM audit_entries WHERE act = 'selection.registered'";
    assert_eq!(house.count(audited).await, 1);
}

/// P9, P10, R-BLK-01: a missed deadline is closed in the pool first, then expires and bans; the number
/// returns after the window and an answer that says "not registered".
#[tokio::test]
async fn a_missed_deadline_bans_and_returns_the_number_late() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    house.wait_days(3);
    house.app.expire_overdue().await.unwrap();
    assert_eq!(
        state(&citizen).await,
        pb::ApplicationState::Confirmed,
        "the deadline itself counts"
    );
    house.wait_days(1);
    let refused = assert_refused(citizen.enter().await, Reason::Blacklisted);
    assert_eq!(
        refused.params()["until"],
        "2028-11-27",
        "R-ENT-07: before it is written, too"
    );

    house.pool.state().resolves = false;
    house.app.expire_overdue().await.unwrap_err();
    assert_eq!(
        state(&citizen).await,
        pb::ApplicationState::Confirmed,
        "P9: closed first"
    );
    house.pool.state().resolves = true;
    house.wait(21_600);
    house.app.expire_overdue().await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::Expired);
    assert_eq!(
        house.pool.state().closed,
        [(citizen.application.clone(), "lapsed".to_owned())]
    );
    assert_refused(citizen.voucher().await, Reason::DeadlinePassed);
    assert_refused(citizen.draw().await, Reason::DeadlinePassed);
    let mut again = house.visitor(1);
    assert_refused(again.open().await, Reason::Blacklisted);
    let mut second = house.visitor(2);
    house
        .identity
        .same_person(&citizen.account(), &second.account());
    assert_refused(second.open().await, Reason::Blacklisted);

    // Inside the window, and after it without an answer, nothing returns.
    house
        .vehicle
        .registry_says(RegistrationState::NotRegistered, "");
    house.wait_days(1);
    house.app.give_back().await.unwrap();
    house
        .vehicle
        .registry_says(RegistrationState::Unspecified, "");
    house.wait_days(7);
    house.app.give_back().await.unwrap();
    assert_eq!(house.pool.state().returned.len(), 0);
    assert_eq!(house.vehicle.cars().released.len(), 0);
    house
        .vehicle
        .registry_says(RegistrationState::NotRegistered, "");
    house.wait_days(1);
    house.app.give_back().await.unwrap();
    house.app.give_back().await.unwrap();
    {
        let pool = house.pool.state();
        assert_eq!(pool.returned.len(), 1);
        assert_eq!(
            (
                pool.returned[0].reason.as_str(),
                pool.returned[0].delay_min_s
            ),
            ("lapsed", 86_400)
        );
    }
    assert_eq!(
        house.vehicle.cars().released,
        std::slice::from_ref(&citizen.application)
    );

    // R-BLK-01: lifted by itself after two years, and nothing of the person is kept.
    house.wait_days(2 * 365 - 14);
    house.app.lift_elapsed().await.unwrap();
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        1
    );
    house.wait_days(6);
    house.app.lift_elapsed().await.unwrap();
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
    assert_eq!(house.facts("blacklist.lifted").await, 1);
}

/// P10: late proof lifts the ban; a registered number never returns.
#[tokio::test]
async fn late_proof_lifts_the_ban_and_moves_no_plate() {
    let house = House::new().await;
    let (by_officer, _) = house.confirmed(1).await;
    let (by_registry, _) = house.confirmed(2).await;
    house.wait_days(4);
    house.app.expire_overdue().await.unwrap();
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        2
    );
    let selection = house
        .register(&by_officer.application, "2026-11-26")
        .await
        .unwrap();
    assert_eq!(selection.state, "registered");
    house
        .vehicle
        .registry_says(RegistrationState::Registered, "2026-11-27");
    house.wait_days(8);
    house.app.give_back().await.unwrap();
    assert_eq!(state(&by_registry).await, pb::ApplicationState::Registered);
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
    assert_eq!(house.facts("blacklist.lifted").await, 2);
    assert_eq!(house.pool.state().returned.len(), 0);
    assert_eq!(house.pool.state().allocations.len(), 2);
}

/// P10: proof that comes after the number went back lifts the ban only.
#[tokio::test]
async fn proof_after_the_return_lifts_the_ban_only() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    house
        .vehicle
        .registry_says(RegistrationState::NotRegistered, "");
    house.wait_days(14);
    house.app.expire_overdue().await.unwrap();
    house.app.give_back().await.unwrap();
    assert_eq!(house.pool.state().returned.len(), 1);
    let selection = house
        .register(&citizen.application, "2026-11-26")
        .await
        .unwrap();
    assert_eq!(selection.state, "expired");
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
    assert_eq!(house.pool.state().allocations.len(), 0);
}

/// A car registered in time of which nobody told is nobody's fault.
#[tokio::test]
async fn a_registered_car_does_not_expire() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    house
        .vehicle
        .registry_says(RegistrationState::Registered, "2026-11-24");
    house.wait_days(4);
    house.app.expire_overdue().await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::Registered);
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
}

/// P9: an application is voided after the pool has closed it; then the VIN is free and the number
/// returns. No ban follows.
#[tokio::test]
async fn a_voided_application_frees_its_vin() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    house.pool.state().resolves = false;
    assert_refused(house.void(&citizen.application).await, Reason::Unavailable);
    assert_eq!(
        state(&citizen).await,
        pb::ApplicationState::Confirmed,
        "not before the pool is closed"
    );
    house.pool.state().resolves = true;
    house.void(&citizen.application).await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::Voided);
    assert_refused(
        house.void(&citizen.application).await,
        Reason::ApplicationVoided,
    );
    assert_refused(citizen.voucher().await, Reason::ApplicationVoided);
    house.app.give_back().await.unwrap();
    assert_eq!(house.pool.state().returned[0].reason, "voided");
    let second = house.opened(2).await;
    second.submit(&citizen.vin).await.unwrap();
    second.confirm_info().await.unwrap();
    house.wait_days(30);
    house.app.expire_overdue().await.unwrap();
    assert_eq!(
        house.count("SELECT count(*) FROM blacklist_entries").await,
        0
    );
    assert_eq!(house.facts("selection.voided").await, 1);
}

/// P9: an operation that is under way when an officer voids is finished first; a number it won goes
/// back too.
#[tokio::test]
async fn voiding_finishes_what_is_under_way() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let plate = citizen.draw().await.unwrap().column[0].clone();
    citizen.keep(&plate).await.unwrap();
    house.pool.set(Mood::LosesAnswers);
    house.pool.state().resolves = false;
    assert_refused(citizen.confirm(&plate).await, Reason::OperationPending);
    house.pool.release();
    house.pool.state().resolves = true;
    house.void(&citizen.application).await.unwrap();
    assert_eq!(
        house
            .count("SELECT count(*) FROM operations WHERE state = 'pending'")
            .await,
        0
    );
    house.app.give_back().await.unwrap();
    assert_eq!(house.pool.state().returned.len(), 1);
    assert_eq!(
        house.vehicle.cars().released,
        std::slice::from_ref(&citizen.application)
    );
}

/// Selections are found by car, number and voucher, within the officer's province.
#[tokio::test]
async fn selections_are_found_by_vin_and_voucher() {
    use pb::lookup_selection_request::By;
    let house = House::new().await;
    let (citizen, result) = house.confirmed(1).await;
    let by_vin = house.find(By::Vin(citizen.vin.clone())).await.unwrap();
    let spoken = result.voucher_number.to_lowercase().replace('-', " ");
    let by_voucher = house.find(By::VoucherNumber(spoken)).await.unwrap();
    assert_eq!(by_vin, by_voucher);
    assert_eq!(
        (by_vin.plate, by_vin.state.as_str()),
        (result.plate, "confirmed")
    );
    let misread = house
        .find(By::VoucherNumber("AAAA-AAAA-AAAB".to_owned()))
        .await;
    assert_refused(misread, Reason::VoucherInvalid);
    let elsewhere = house.staff_of(Role::Officer, "he", &[]);
    let request = pb::LookupSelectionRequest {
        by: Some(By::Vin(citizen.vin.clone())),
    };
    let refused = house
        .outcomes()
        .lookup_selection(call(request).principal(&elsewhere))
        .await;
    assert_refused(refused, Reason::NotFound);
}
