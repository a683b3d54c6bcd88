//! Registering, and what is kept of a person.

use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::jobs::Progress;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;

use crate::house::{House, assert_refused, uuid};
use crate::notification::Mood;
use crate::people::{mobile, register_proof, registration, resident_id};

/// R-ACC-01: a person registers with a proved number, signs in and sees the own account, masked.
#[tokio::test]
async fn a_person_registers_signs_in_and_sees_the_account_masked() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let signed_in = house
        .try_sign_in("Citizen_1", &citizen.password, &citizen.address)
        .await
        .unwrap();
    let account = signed_in.account.unwrap();
    assert_eq!(account.account_id, citizen.account_id);
    assert_eq!(account.full_name_masked, "张**");
    assert_eq!(account.mobile_masked, "138****0001");
    assert!(
        account.resident_id_masked.starts_with("44**") && account.resident_id_masked.len() == 18
    );
    assert_eq!(account.level(), pb::RegistrationLevel::Online);
    let principal = house.principal(&signed_in.session_token).await;
    let request = call(pb::GetAccountRequest {}).principal(&principal);
    let seen = house
        .identity()
        .get_account(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.account, Some(account));
}

/// R-ACC-01: one account per login name, person and number.
#[tokio::test]
async fn names_persons_and_numbers_are_unique() {
    let house = House::new().await;
    house.citizen(1).await;
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &mobile(2)).await;
    let mut client = house.identity();
    let taken = pb::RegisterAccountRequest {
        login_name: "CITIZEN_1".to_owned(),
        ..registration(2, &pre_session, &proof)
    };
    assert_refused(client.register_account(taken).await, Reason::LoginNameTaken);
    let same_person = pb::RegisterAccountRequest {
        resident_id: resident_id(1).to_lowercase(),
        ..registration(2, &pre_session, &proof)
    };
    assert_refused(
        client.register_account(same_person).await,
        Reason::AccountExists,
    );
    // The refusals have not used the proof.
    client
        .register_account(registration(2, &pre_session, &proof))
        .await
        .unwrap();
    house.wait(601);
    let other = uuid();
    let proof = register_proof(&house, &other, &mobile(2)).await;
    let same_number = pb::RegisterAccountRequest {
        mobile: mobile(2),
        ..registration(3, &other, &proof)
    };
    assert_refused(
        client.register_account(same_number).await,
        Reason::AccountExists,
    );
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 2);
}

/// P2: the same request is answered the same and done once; another under its id is refused.
#[tokio::test]
async fn p2_a_repeated_registration_is_one_account() {
    let house = House::new().await;
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &mobile(1)).await;
    let request = registration(1, &pre_session, &proof);
    let (mut one, mut two) = (house.identity(), house.identity());
    let (first, second) = tokio::join!(
        one.register_account(request.clone()),
        two.register_account(request.clone())
    );
    let account_id = first.unwrap().into_inner().account_id;
    assert_eq!(second.unwrap().into_inner().account_id, account_id);
    let again = one
        .register_account(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.account_id, account_id);
    let other = pb::RegisterAccountRequest {
        password: "another good password".to_owned(),
        ..request
    };
    assert_refused(one.register_account(other).await, Reason::RequestIdReused);
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 1);
    let kept = "SELECT count(*) FROM outbox WHERE kind = 'account.registered'";
    assert_eq!(house.count(kept).await, 1);
}

/// C1: a proof serves once, for its purpose, its pre-session and its number.
#[tokio::test]
async fn c1_a_proof_serves_once_and_only_where_it_was_made() {
    let house = House::new().await;
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &mobile(1)).await;
    let mut client = house.identity();
    let elsewhere = registration(1, &uuid(), &proof);
    assert_refused(
        client.register_account(elsewhere).await,
        Reason::ProofInvalid,
    );
    let other_number = pb::RegisterAccountRequest {
        mobile: mobile(7),
        ..registration(1, &pre_session, &proof)
    };
    assert_refused(
        client.register_account(other_number).await,
        Reason::ProofInvalid,
    );
    // Another signature: its last character says two bits.
    let other = if proof.ends_with('A') { "Q" } else { "A" };
    let forged = format!("{}{other}", &proof[..proof.len() - 1]);
    let forged = registration(1, &pre_session, &forged);
    assert_refused(client.register_account(forged).await, Reason::ProofInvalid);
    client
        .register_account(registration(1, &pre_session, &proof))
        .await
        .unwrap();
    // The number is free again only in this test: what refuses the second account is the proof.
    sqlx::query("DELETE FROM accounts")
        .execute(house.database.pool())
        .await
        .unwrap();
    let replayed = pb::RegisterAccountRequest {
        login_name: "someone_else".to_owned(),
        resident_id: resident_id(5),
        ..registration(1, &pre_session, &proof)
    };
    assert_refused(client.register_account(replayed).await, Reason::ProofUsed);
    house.wait(601);
    let late = registration(1, &pre_session, &proof);
    assert_refused(client.register_account(late).await, Reason::ProofInvalid);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_its_field() {
    let house = House::new().await;
    let good = registration(1, &uuid(), "x");
    let with = |change: &dyn Fn(&mut pb::RegisterAccountRequest)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let cases = [
        (
            with(&|r| r.request_id.clear()),
            Reason::RequestIdRequired,
            "request_id",
        ),
        (
            with(&|r| r.request_id = "7".into()),
            Reason::FieldInvalid,
            "request_id",
        ),
        (
            with(&|r| r.pre_session_id.clear()),
            Reason::FieldRequired,
            "pre_session_id",
        ),
        (
            with(&|r| r.province = "xx".into()),
            Reason::FieldInvalid,
            "province",
        ),
        (
            with(&|r| r.login_name = "1abc".into()),
            Reason::LoginNameInvalid,
            "login_name",
        ),
        (
            with(&|r| r.full_name = "张".into()),
            Reason::FieldInvalid,
            "full_name",
        ),
        (
            with(&|r| r.resident_id = "110105194912310021".into()),
            Reason::ResidentIdInvalid,
            "resident_id",
        ),
        (
            with(&|r| r.mobile = "15412345678".into()),
            Reason::MobileInvalid,
            "mobile",
        ),
        (
            with(&|r| r.locale = "fr".into()),
            Reason::FieldInvalid,
            "locale",
        ),
    ];
    for (request, reason, field) in cases {
        let refusal = assert_refused(house.identity().register_account(request).await, reason);
        assert_eq!(refusal.field(), Some(field), "{reason:?}");
    }
}

/// C4: nothing that names the person stands in the database in clear, and erasing the person's key
/// makes the rest unreadable while the ban's index remains.
#[tokio::test]
async fn c4_a_person_is_sealed_and_can_be_erased() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let dump: String = sqlx::query_scalar("SELECT string_agg(a::text, '') FROM accounts a")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    let hex = |text: &str| {
        text.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    for secret in [
        "张三丰",
        &citizen.resident_id,
        &citizen.mobile,
        &citizen.password,
    ] {
        assert!(
            !dump.contains(secret) && !dump.contains(&hex(secret)),
            "{secret}"
        );
    }
    let mut selection = IdentityServiceClient::new(house.channel("selection"));
    let request = pb::GetHolderRequest {
        account_id: citizen.account_id.clone(),
        to_transact: false,
    };
    let holder = selection
        .get_holder(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(holder.full_name, "张三丰");
    assert_eq!(holder.resident_id, citizen.resident_id);
    assert_eq!(holder.mobile, format!("+86{}", citizen.mobile));
    assert_eq!(holder.person_key.len(), 32);
    house
        .sealer
        .erase(holder.person_id.parse().unwrap())
        .await
        .unwrap();
    selection.get_holder(request).await.unwrap_err();
    let index: Vec<u8> = sqlx::query_scalar("SELECT resident_id_index FROM accounts")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert_eq!(index, holder.person_key);
}

/// Registration does not wait for notification, and notification is told in the end, once.
#[tokio::test]
async fn contact_points_are_told_until_acknowledged() {
    let house = House::new().await;
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &mobile(1)).await;
    house.notification.set(Mood::IsAway);
    let request = registration(1, &pre_session, &proof);
    let added = house
        .identity()
        .register_account(request)
        .await
        .unwrap()
        .into_inner();
    tokio::time::timeout(
        std::time::Duration::from_secs(1),
        house.contact_due.raised(),
    )
    .await
    .unwrap();
    assert_eq!(
        house.app.tell_contact_points().await.unwrap(),
        Progress::Idle
    );
    assert!(house.notification.contact_points().is_empty());
    house.notification.set(Mood::Takes);
    house.app.tell_contact_points().await.unwrap();
    house.app.tell_contact_points().await.unwrap();
    let told = house.notification.contact_points();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].account_id, added.account_id);
    assert_eq!(told[0].mobile, format!("+86{}", mobile(1)));
    assert_eq!(told[0].locale, "zh-CN");
    let event: uuid::Uuid = sqlx::query_scalar("SELECT event_id FROM outbox")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert_eq!(told[0].request_id, event.to_string());
    let open = "SELECT count(*) FROM accounts WHERE contact_acknowledged_at IS NULL";
    assert_eq!(house.count(open).await, 0);
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_proof_lives_on() {
    let house = House::new().await;
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &mobile(1)).await;
    for weak in ["short", "password123", "x_citizen_1_x"] {
        let request = pb::RegisterAccountRequest {
            password: weak.to_owned(),
            ..registration(1, &pre_session, &proof)
        };
        assert_refused(
            house.identity().register_account(request).await,
            Reason::PasswordTooWeak,
        );
    }
    let good = registration(1, &pre_session, &proof);
    house.identity().register_account(good).await.unwrap();
}
