//! The door: who may call what, retention, and what the schema refuses.

use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;
use xuanhao_identity::authz;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;

use crate::house::{House, assert_refused, uuid};
use crate::people::{issue, mobile, register_request, start_selecting};

#[test]
fn every_rpc_has_a_row_and_every_row_an_rpc() {
    let covered = authz::table().covers(xuanhao_proto::FILE_DESCRIPTOR_SET, authz::SERVICES);
    assert_eq!(covered, Ok(()));
}

/// Only services of the table get a holder in clear, and only the edge speaks for citizens.
#[tokio::test]
async fn callers_are_told_apart_by_their_certificates() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let request = pb::GetHolderRequest {
        account_id: citizen.account_id,
        to_transact: true,
    };
    for caller in ["edge", "xuanctl", "notification", "probe"] {
        let mut client = IdentityServiceClient::new(house.channel(caller));
        let refused = client.get_holder(request.clone()).await;
        assert_refused(refused, Reason::PermissionDenied);
    }
    let mut vehicle = IdentityServiceClient::new(house.channel("vehicle"));
    vehicle.get_holder(request.clone()).await.unwrap();
    let mut selection = IdentityServiceClient::new(house.channel("selection"));
    selection.get_holder(request).await.unwrap();
    let unknown = pb::GetHolderRequest {
        account_id: uuid(),
        to_transact: false,
    };
    assert_refused(selection.get_holder(unknown).await, Reason::NotFound);
    let own = call(pb::GetAccountRequest {}).principal(&principal);
    assert_refused(selection.get_account(own).await, Reason::PermissionDenied);
    let bare = house.identity().get_account(pb::GetAccountRequest {}).await;
    assert_refused(bare, Reason::Unauthenticated);
}

/// A visitor gets no code for what citizens do, and a citizen's code goes to the own number only.
#[tokio::test]
async fn a_code_is_asked_for_by_who_it_is_for() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let visitor = pb::IssueChallengeRequest {
        pre_session_id: uuid(),
        ..start_selecting("a")
    };
    assert_refused(issue(&house, visitor, None).await, Reason::Unauthenticated);
    let elsewhere = pb::IssueChallengeRequest {
        mobile: mobile(9),
        ..start_selecting("a")
    };
    issue(&house, elsewhere, Some(&principal)).await.unwrap();
    assert_eq!(house.notification.sent_to(&mobile(9)), 0);
    assert_eq!(house.notification.sent_to(&citizen.mobile), 2);
    let subjectless = pb::IssueChallengeRequest {
        subject: String::new(),
        ..start_selecting("a")
    };
    assert_refused(
        issue(&house, subjectless, Some(&principal)).await,
        Reason::FieldRequired,
    );
    let addressless = pb::IssueChallengeRequest {
        client_address: String::new(),
        ..register_request(&house, &uuid(), &mobile(2)).await
    };
    assert_refused(
        issue(&house, addressless, None).await,
        Reason::FieldRequired,
    );
}

/// What has done its duty is deleted; what still counts is not.
#[tokio::test]
async fn what_has_done_its_duty_is_deleted() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    house.sign_in(&citizen).await;
    let _ = house
        .try_sign_in("nobody_here", "a wrong password", "198.51.100.1")
        .await;
    let rows = "SELECT (SELECT count(*) FROM challenges) + (SELECT count(*) FROM captchas)
        + (SELECT count(*) FROM challenge_bindings) + (SELECT count(*) FROM throttles)
        + (SELECT count(*) FROM sign_in_attempts) + (SELECT count(*) FROM used_proofs)
        + (SELECT count(*) FROM sessions)";
    let all = house.count(rows).await;
    assert_eq!(house.app.sweep().await.unwrap(), Progress::Idle);
    assert_eq!(house.count(rows).await, all);
    house.wait(86_400 * 2);
    house.app.sweep().await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM challenges").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM sessions").await, 1);
    assert_eq!(house.count(rows).await, 2);
    house.wait(86_400 * 31);
    house.app.sweep().await.unwrap();
    assert_eq!(house.count(rows).await, 0);
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 1);
}
