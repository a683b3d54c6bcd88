//! What happens at the office: arrival, inspection, collection, registration, each its own act.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{House, OFFICE, assert_refused, uuid};
use crate::outcomes::state;

impl House {
    pub(crate) async fn arrive(
        &self,
        application: &str,
        on: &str,
    ) -> Result<pb::Selection, tonic::Status> {
        let token = self.staff(Role::Officer);
        self.arrive_as(&token, application, on).await
    }

    async fn arrive_as(
        &self,
        token: &str,
        application: &str,
        on: &str,
    ) -> Result<pb::Selection, tonic::Status> {
        let request = pb::RecordArrivalRequest {
            request_id: uuid(),
            application_id: application.to_owned(),
            arrived_on: on.to_owned(),
            reason: "came with voucher and vehicle".to_owned(),
        };
        let request = call(request).principal(token);
        let answer = self.outcomes().record_arrival(request).await?;
        Ok(answer.into_inner().selection.unwrap())
    }

    async fn inspect(
        &self,
        application: &str,
        passed: bool,
        reason: &str,
    ) -> Result<pb::Selection, tonic::Status> {
        let request = pb::RecordInspectionRequest {
            request_id: uuid(),
            application_id: application.to_owned(),
            inspected_on: String::new(),
            passed,
            reason: reason.to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Officer));
        let answer = self.outcomes().record_inspection(request).await?;
        Ok(answer.into_inner().selection.unwrap())
    }

    async fn collect(&self, application: &str) -> Result<pb::Selection, tonic::Status> {
        let request = pb::RecordCollectionRequest {
            request_id: uuid(),
            application_id: application.to_owned(),
            collected_on: String::new(),
            reason: "plates handed over".to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Officer));
        let answer = self.outcomes().record_collection(request).await?;
        Ok(answer.into_inner().selection.unwrap())
    }

    async fn listed(&self, state: &str, page_token: &str) -> pb::ListSelectionsResponse {
        let request = pb::ListSelectionsRequest {
            office: OFFICE.to_owned(),
            state: state.to_owned(),
            page_size: 1,
            page_token: page_token.to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Officer));
        self.outcomes()
            .list_selections(request)
            .await
            .unwrap()
            .into_inner()
    }
}

/// R-DONE-04, R-DONE-05: arrival, inspection, collection and registration are acts of their own, in their
/// order, each audited and shown to office and citizen.
#[tokio::test]
async fn acts_at_the_office_come_one_after_the_other() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    let id = &citizen.application;
    assert_refused(house.inspect(id, true, "").await, Reason::StepNotReached);
    assert_refused(house.collect(id).await, Reason::StepNotReached);
    let arrived = house.arrive(id, "").await.unwrap().office_acts.unwrap();
    assert_eq!(arrived.arrived_on, "2026-11-23");
    assert_refused(
        house.inspect(id, false, " ").await,
        Reason::StaffReasonRequired,
    );
    let failed = house.inspect(id, false, "engine number unreadable").await;
    let failed = failed.unwrap().office_acts.unwrap();
    assert_eq!(failed.inspection_passed, Some(false));
    assert_refused(house.collect(id).await, Reason::StepNotReached);
    house.wait_days(1);
    let passed = house.inspect(id, true, "").await.unwrap();
    let acts = passed.office_acts.unwrap();
    assert_eq!(
        (acts.inspected_on.as_str(), acts.inspection_passed),
        ("2026-11-24", Some(true))
    );
    let again = house.arrive(id, "2026-11-24").await.unwrap();
    assert_eq!(again.office_acts.unwrap().arrived_on, "2026-11-23");
    house.collect(id).await.unwrap();
    let seen = citizen.look().await;
    let acts = seen.office_acts.unwrap();
    assert_eq!(
        (acts.collected_on.as_str(), acts.registered_on.as_str()),
        ("2026-11-24", "")
    );
    house.register(id, "2026-11-24").await.unwrap();
    let acts = citizen.look().await.office_acts.unwrap();
    assert_eq!(acts.registered_on, "2026-11-24");
    assert_refused(house.arrive(id, "").await, Reason::AlreadyRegistered);
    let audited = "SELECT count(*) FROM audit_entries
                   WHERE act IN ('selection.arrived', 'selection.inspected', 'selection.collected')";
    assert_eq!(house.count(audited).await, 5);
    assert_eq!(house.told("selection_registered").await.len(), 1);
}

/// R-DONE-05: an act needs an officer of the office, a confirmed number and a day that can be.
#[tokio::test]
async fn an_act_that_cannot_be_changes_nothing() {
    let house = House::new().await;
    let (citizen, _) = house.confirmed(1).await;
    let selecting = house.selecting(2).await;
    let id = &citizen.application;
    assert_refused(house.arrive(id, "2026-11-24").await, Reason::FieldInvalid);
    assert_refused(house.arrive(id, "2026-11-22").await, Reason::FieldInvalid);
    assert_refused(house.arrive(id, "yesterday").await, Reason::FieldInvalid);
    assert_refused(
        house.arrive(&selecting.application, "").await,
        Reason::StepNotReached,
    );
    assert_refused(house.arrive(&uuid(), "").await, Reason::NotFound);
    let elsewhere = house.staff_of(Role::Officer, "gd", &["gd-maoming"]);
    let refused = house.arrive_as(&elsewhere, id, "").await;
    assert_refused(refused, Reason::OutsideYourOffice);
    let auditor = house.staff(Role::Auditor);
    let refused = house.arrive_as(&auditor, id, "").await;
    assert_refused(refused, Reason::PermissionDenied);
    let untouched = "SELECT count(*) FROM selections WHERE arrived_on IS NULL";
    assert_eq!(house.count(untouched).await, 1);
    let audited = "SELECT count(*) FROM audit_entries WHERE act LIKE 'selection.%'";
    assert_eq!(house.count(audited).await, 0);
}

/// R-DONE-05: windows see the selections of their office by state, those due first, page by page.
#[tokio::test]
async fn windows_list_what_is_due_first() {
    let house = House::new().await;
    let (first, _) = house.confirmed(1).await;
    house.wait_days(1);
    let (second, _) = house.confirmed(2).await;
    let (third, _) = house.confirmed(3).await;
    house.arrive(&second.application, "").await.unwrap();
    house.void(&third.application).await.unwrap();
    let page = house.listed("", "").await;
    assert_eq!(page.selections[0].application_id, first.application);
    let page = house.listed("", &page.next_page_token).await;
    assert_eq!(page.selections[0].application_id, second.application);
    assert_eq!(page.next_page_token, "");
    for (state, application) in [
        ("confirmed", &first.application),
        ("arrived", &second.application),
        ("voided", &third.application),
    ] {
        let page = house.listed(state, "").await;
        assert_eq!(page.selections.len(), 1, "{state}");
        assert_eq!(page.selections[0].application_id, *application, "{state}");
    }
    let voided = house.listed("voided", "").await.selections.remove(0);
    assert_eq!(voided.void_reason, "the buyer returned the car");
    assert_eq!(third.look().await.void_reason, "the buyer returned the car");
    let told = house.told("application_voided").await;
    assert_eq!(told[0].parameters["reason"], "the buyer returned the car");
    assert!(house.listed("registered", "").await.selections.is_empty());
    let request = pb::ListSelectionsRequest {
        office: "gd-maoming".to_owned(),
        ..Default::default()
    };
    let here = house.staff_of(Role::Officer, "gd", &[OFFICE]);
    let refused = house
        .outcomes()
        .list_selections(call(request).principal(&here))
        .await;
    assert_refused(refused, Reason::OutsideYourOffice);
    assert_eq!(state(&first).await, pb::ApplicationState::Confirmed);
}
