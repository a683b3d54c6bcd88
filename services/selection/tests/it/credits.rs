//! Chances given back after an outage of ours (P5).

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{GUANGDONG, House, assert_refused, uuid};
use crate::outcomes::state;

impl House {
    async fn credit(
        &self,
        application: &str,
        (compose, draws): (i32, i32),
    ) -> Result<pb::Counters, tonic::Status> {
        let request = pb::CreditChancesRequest {
            request_id: uuid(),
            application_id: application.to_owned(),
            compose,
            draws,
            reason: "outage of 22 November, report 7".to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Reviewer));
        let answer = self.outcomes().credit_chances(request).await?;
        Ok(answer.into_inner().counters.unwrap())
    }
}

/// P5: a proven outage is made good by staff: what was used is given back, never more, and the act is
/// in the audit.
#[tokio::test]
async fn a_proven_outage_is_credited() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    citizen.draw().await.unwrap();
    let application = &citizen.application;
    for (given, reason) in [
        ((0, 0), Reason::FieldRequired),
        ((0, 2), Reason::FieldInvalid),
        ((1, 0), Reason::FieldInvalid),
        ((-1, 1), Reason::FieldInvalid),
    ] {
        assert_refused(house.credit(application, given).await, reason);
    }
    assert_eq!(citizen.left().await, (20, 4));
    let counters = house.credit(application, (0, 1)).await.unwrap();
    assert_eq!((counters.compose_left, counters.draws_left), (20, 5));
    assert_eq!(citizen.left().await, (20, 5));
    let audited = "SELECT count(*) FROM audit_entries WHERE act = 'chances.credited'
                   AND details = '{\"from\": \"selecting\", \"compose\": 0, \"draws\": 1}'";
    assert_eq!(house.count(audited).await, 1);

    let (confirmed, _) = house.confirmed(2).await;
    assert_refused(
        house.credit(&confirmed.application, (0, 1)).await,
        Reason::AlreadyConfirmed,
    );
}

/// P5, R-SEL-12: an exhausted application begins selecting again, with an identity check first.
#[tokio::test]
async fn a_credit_ends_exhaustion() {
    let house = House::with(&GUANGDONG.replace("quota: 20", "quota: 5")).await;
    let citizen = house.selecting(1).await;
    house.wait(10);
    let missed = ["粤GZ0001", "粤GZ0002", "粤GZ0003", "粤GZ0004", "粤GZ0005"];
    citizen.compose(&missed).await.unwrap();
    for _ in 0..5 {
        citizen.draw().await.unwrap();
    }
    citizen.give_up().await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::Exhausted);
    house.credit(&citizen.application, (0, 1)).await.unwrap();
    assert_eq!(state(&citizen).await, pb::ApplicationState::InfoConfirmed);
    assert_refused(citizen.draw().await, Reason::StepNotReached);
    citizen.start().await.unwrap();
    citizen.draw().await.unwrap();
    assert_eq!(citizen.left().await, (0, 0));
}
