//! Changing one's own number, and the residential address.

use std::time::Duration;

use tonic::Status;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_testkit::wait_for;

use crate::house::{House, assert_refused, nil, uuid};
use crate::notification::Mood;
use crate::people::{Citizen, issue, mobile, start_selecting, verify};
use crate::staff::by;

fn code_to(mobile: &str) -> pb::IssueChallengeRequest {
    pb::IssueChallengeRequest {
        request_id: uuid(),
        purpose: pb::ChallengePurpose::ChangeMobile.into(),
        mobile: mobile.to_owned(),
        client_address: "203.0.113.1".to_owned(),
        ..Default::default()
    }
}

/// A proof that the signed-in citizen holds the number.
async fn proof(house: &House, principal: &str, mobile: &str) -> String {
    let issued = issue(house, code_to(mobile), Some(principal))
        .await
        .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let proved = verify(house, "", &issued.challenge_id, &code, Some(principal)).await;
    proved.unwrap().proof
}

fn change(citizen: &Citizen, mobile: &str, proof: &str) -> pb::ChangeMobileRequest {
    pb::ChangeMobileRequest {
        request_id: uuid(),
        password: citizen.password.clone(),
        mobile: mobile.to_owned(),
        challenge_proof: proof.to_owned(),
    }
}

async fn try_change(
    house: &House,
    principal: &str,
    request: pb::ChangeMobileRequest,
) -> Result<pb::Account, Status> {
    let changed = house
        .identity()
        .change_mobile(by(principal, request))
        .await?;
    Ok(changed.into_inner().account.unwrap())
}

/// The account moves to the proved number at once: the old number is told, notification learns the new
/// one though it was away, and later codes go there.
#[tokio::test]
async fn a_number_is_changed_with_password_and_proof() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    house.tell().await;
    let token = proof(&house, &principal, &mobile(5)).await;
    house.notification.set(Mood::IsAway);
    let request = change(&citizen, &mobile(5), &token);
    for _ in 0..2 {
        let account = try_change(&house, &principal, request.clone()).await;
        assert_eq!(account.unwrap().mobile_masked, "138****0005");
    }
    house.tell().await;
    house.notification.set(Mood::Takes);
    house.tell().await;
    let told = house.notification.of_template("mobile_changed");
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].recipient,
        Some(Recipient::Mobile(format!("+86{}", mobile(1))))
    );
    assert_eq!(told[0].parameters["mobile_masked"], "138****0005");
    let points = house.notification.contact_points();
    assert_eq!(points.len(), 2);
    assert!(
        points
            .iter()
            .any(|point| point.mobile == format!("+86{}", mobile(5)))
    );
    issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    assert_eq!(house.notification.sent_to(&mobile(5)), 2);
    let again = change(&citizen, &mobile(5), &token);
    assert_refused(
        try_change(&house, &principal, again).await,
        Reason::ProofUsed,
    );
    house.sign_in(&citizen).await;
}

/// A code that was sent to a number the account has left proves nothing any more.
#[tokio::test]
async fn a_code_to_the_old_number_ends_with_the_change() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let issued = issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let token = proof(&house, &principal, &mobile(5)).await;
    let request = change(&citizen, &mobile(5), &token);
    try_change(&house, &principal, request).await.unwrap();
    let late = verify(&house, "", &issued.challenge_id, &code, Some(&principal)).await;
    assert_refused(late, Reason::ChallengeExpired);
}

/// Guesses at the password count as at signing in; proofs count for their number, account and purpose.
#[tokio::test]
async fn neither_password_nor_proof_can_be_guessed() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let (_, other) = house.signed_in(2).await;
    let token = proof(&house, &principal, &mobile(5)).await;
    let foreign = proof(&house, &other, &mobile(6)).await;
    for (number, token) in [(6, token.as_str()), (6, &foreign), (5, "no proof")] {
        let request = change(&citizen, &mobile(number), token);
        let refused = try_change(&house, &principal, request).await;
        assert_refused(refused, Reason::ProofInvalid);
    }
    let guess = pb::ChangeMobileRequest {
        password: "a wrong password".to_owned(),
        ..change(&citizen, &mobile(5), &token)
    };
    house.sign_in(&citizen).await;
    for _ in 0..10 {
        let request = pb::ChangeMobileRequest {
            request_id: uuid(),
            ..guess.clone()
        };
        let refused = try_change(&house, &principal, request).await;
        assert_refused(refused, Reason::SignInFailed);
    }
    let right = change(&citizen, &mobile(5), &token);
    let locked = try_change(&house, &principal, right).await;
    assert_refused(locked, Reason::AccountLocked);
    let sent = "SELECT count(*) FROM accounts WHERE contact_acknowledged_at IS NULL";
    assert_eq!(house.count(sent).await, 2);
    assert_eq!(
        house.count("SELECT count(*) FROM pending_messages").await,
        0
    );
}

/// R-ACC-01: one account per number. That a number is another's is told only to who holds it, and codes
/// to strangers' numbers are few.
#[tokio::test]
async fn another_accounts_number_stays_its_own() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    house.citizen(2).await;
    let token = proof(&house, &principal, &mobile(2)).await;
    let request = change(&citizen, &mobile(2), &token);
    assert_refused(
        try_change(&house, &principal, request).await,
        Reason::MobileInUse,
    );
    house.wait(61);
    let soon = issue(&house, code_to(&mobile(2)), Some(&principal)).await;
    assert_refused(soon, Reason::SmsLimitReached);
}

/// A pass that was slow to tell the old number does not have the last word.
#[tokio::test]
async fn notification_ends_up_with_the_new_number() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let token = proof(&house, &principal, &mobile(5)).await;
    let gate = house.notification.shut();
    let slow = tokio::spawn({
        let app = std::sync::Arc::clone(&house.app);
        async move { app.tell_contact_points().await.unwrap() }
    });
    wait_for(Duration::from_secs(5), || async {
        house.notification.is_waited_at().then_some(())
    })
    .await;
    let request = change(&citizen, &mobile(5), &token);
    try_change(&house, &principal, request).await.unwrap();
    house.tell().await;
    let new = format!("+86{}", mobile(5));
    assert_eq!(house.notification.last_told().mobile, new);
    gate.notify_one();
    slow.await.unwrap();
    assert_ne!(house.notification.last_told().mobile, new);
    house.tell().await;
    assert_eq!(house.notification.last_told().mobile, new);
    let untold = "SELECT count(*) FROM accounts WHERE contact_acknowledged_at IS NULL";
    assert_eq!(house.count(untold).await, 0);
}

/// R-INF-01: a full residential address is kept sealed and given to services with the holder.
#[tokio::test]
async fn a_residence_is_kept_sealed() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let mut selection = IdentityServiceClient::new(house.channel("selection"));
    let keep = |residence: &str| pb::KeepResidenceRequest {
        account_id: citizen.account_id.clone(),
        residence: residence.to_owned(),
    };
    let get = pb::GetHolderRequest {
        account_id: citizen.account_id.clone(),
        to_transact: true,
    };
    let before = selection
        .get_holder(get.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (before.residence.as_str(), before.locale.as_str()),
        ("", "zh-CN")
    );
    for residence in ["湛江市赤坎区海田路1号101房", "湛江市霞山区人民大道2号"]
    {
        selection.keep_residence(keep(residence)).await.unwrap();
        let holder = selection.get_holder(get.clone()).await.unwrap();
        assert_eq!(holder.into_inner().residence, residence);
    }
    let dump: String = sqlx::query_scalar("SELECT to_jsonb(a)::text FROM accounts a")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    let hex: String = "人民大道"
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(!dump.contains(&hex) && !dump.contains("人民大道"));
    for (residence, reason) in [
        ("", Reason::FieldRequired),
        ("湛江市", Reason::FieldInvalid),
        (&"长".repeat(201), Reason::FieldTooLong),
    ] {
        assert_refused(selection.keep_residence(keep(residence)).await, reason);
    }
    let unknown = pb::KeepResidenceRequest {
        account_id: nil(),
        ..keep("湛江市赤坎区")
    };
    assert_refused(selection.keep_residence(unknown).await, Reason::NotFound);
    let edge = house.identity().keep_residence(keep("湛江市赤坎区")).await;
    assert_refused(edge, Reason::PermissionDenied);
}
