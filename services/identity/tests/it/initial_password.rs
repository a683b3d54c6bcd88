//! Initial credentials: what they admit to, how long, and how others are had.

use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::counter::Member;
use crate::house::{House, assert_refused, nil, uuid};
use crate::notification::Mood;
use crate::people::{issue, reset_request, verify};
use crate::staff::by;

const OFFICE: &str = "gd-zhanjiang";
const CHOSEN: &str = "茉莉花 blooms at last";

async fn reissue(
    house: &House,
    officer: &Member,
    account_id: &str,
) -> Result<pb::ReissueCredentialsResponse, Status> {
    let request = pb::ReissueCredentialsRequest {
        request_id: uuid(),
        account_id: account_id.to_owned(),
        reason: "the message was deleted".to_owned(),
    };
    let request = by(&house.acting(officer), request);
    let issued = house.enrolments().reissue_credentials(request).await?;
    Ok(issued.into_inner())
}

/// R-ACC-06, R-ACC-07: the initial password admits to nothing but its own replacement; then all an
/// enrolled account may do is allowed.
#[tokio::test]
async fn the_initial_password_admits_to_its_replacement_only() {
    let house = House::new().await;
    let window = house.window(OFFICE).await;
    house.enrol(&Member::officer(), &window, 1).await;
    house.tell().await;
    let (login_name, password) = house.credentials();
    let sign_in = async |password: &str| {
        house
            .try_sign_in(&login_name, password, "203.0.113.9")
            .await
    };
    let signed_in = sign_in(&password).await.unwrap();
    assert!(signed_in.must_change_password);
    let other = sign_in(&password).await.unwrap().session_token;
    let token = signed_in.session_token;
    assert_refused(
        house.try_principal(&token).await,
        Reason::PasswordChangeRequired,
    );
    let replace = async |token: &str, current: &str, new: &str| {
        house.replace_initial(token, current, new).await
    };
    let refused = replace("no such session", &password, CHOSEN).await;
    assert_refused(refused, Reason::SessionExpired);
    assert_refused(
        replace(&token, "another", CHOSEN).await,
        Reason::SignInFailed,
    );
    for weak in ["short", "password123", password.as_str(), &login_name] {
        let refused = replace(&token, &password, weak).await;
        assert_refused(refused, Reason::PasswordTooWeak);
    }
    let request = pb::ReplaceInitialPasswordRequest {
        request_id: uuid(),
        session_token: token.clone(),
        current_password: password.clone(),
        new_password: CHOSEN.to_owned(),
    };
    for _ in 0..2 {
        let mut client = house.identity();
        let replaced = client.replace_initial_password(request.clone());
        replaced.await.unwrap();
    }
    let principal = house.principal(&token).await;
    let own = call(pb::GetAccountRequest {}).principal(&principal);
    let seen = house
        .identity()
        .get_account(own)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        seen.account.unwrap().level(),
        pb::RegistrationLevel::FaceToFace
    );
    assert_refused(house.try_principal(&other).await, Reason::SessionExpired);
    assert_refused(sign_in(&password).await, Reason::SignInFailed);
    assert!(!sign_in(CHOSEN).await.unwrap().must_change_password);
    // A chosen password is replaced by ChangePassword, not here.
    let refused = replace(&token, CHOSEN, "another good password").await;
    assert_refused(refused, Reason::SignInFailed);
}

/// R-ACC-06: an initial password is of no use after its time, not even to a session it opened.
#[tokio::test]
async fn an_initial_password_ends_with_its_time() {
    let house = House::with(|config| {
        config.sessions.idle_s = 40_000;
        config.enrolment.credentials_s = 100_000;
    })
    .await;
    let window = house.window(OFFICE).await;
    house.enrol(&Member::officer(), &window, 1).await;
    house.tell().await;
    let (login_name, password) = house.credentials();
    let signed_in = house
        .try_sign_in(&login_name, &password, "203.0.113.9")
        .await;
    let token = signed_in.unwrap().session_token;
    house.wait(7_200);
    let late = house
        .try_sign_in(&login_name, &password, "203.0.113.9")
        .await;
    assert_refused(late, Reason::SignInFailed);
    let refused = house.replace_initial(&token, &password, CHOSEN).await;
    assert_refused(refused, Reason::SignInFailed);
}

/// R-ACC-06: who missed the time gets other credentials at the counter; those before them, and a message
/// still on its way, are of no use.
#[tokio::test]
async fn credentials_are_reissued() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    house.notification.set(Mood::IsAway);
    let account_id = house.enrol(&officer, &window, 1).await.account_id;
    house.wait(60);
    let issued = reissue(&house, &officer, &account_id).await.unwrap();
    assert_eq!(
        issued.credentials_until.unwrap().seconds,
        house.clock.now().as_second() + 7_200
    );
    house.notification.set(Mood::Takes);
    house.tell().await;
    let sent = house.notification.of_template("initial_credentials");
    assert_eq!(sent.len(), 1);
    let token = house.first_sign_in(CHOSEN).await;
    house.principal(&token).await;
    reissue(&house, &officer, &account_id).await.unwrap();
    assert_refused(house.try_principal(&token).await, Reason::SessionExpired);
    let (login_name, _) = house.credentials();
    let old = house.try_sign_in(&login_name, CHOSEN, "203.0.113.9").await;
    assert_refused(old, Reason::SignInFailed);
    house.first_sign_in("another good password").await;
    let entries = "SELECT count(*) FROM audit_entries WHERE act = 'reissue_credentials'";
    assert_eq!(house.count(entries).await, 2);
}

#[tokio::test]
async fn credentials_are_reissued_to_the_enrolled_of_the_province_only() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let online = house.citizen(1).await;
    let refused = reissue(&house, &officer, &online.account_id).await;
    assert_refused(refused, Reason::FieldInvalid);
    assert_refused(reissue(&house, &officer, &nil()).await, Reason::NotFound);
    let account_id = house.enrol(&officer, &window, 2).await.account_id;
    let elsewhere = Member::of(Role::Officer, "he-tangshan");
    let refused = reissue(&house, &elsewhere, &account_id).await;
    assert_refused(refused, Reason::OutsideYourOffice);
}

/// Guesses lock an enrolled account like any other, and a code to its number replaces an initial
/// password, used, forgotten or over.
#[tokio::test]
async fn a_code_replaces_an_initial_password_and_ends_the_lock() {
    let house = House::new().await;
    let window = house.window(OFFICE).await;
    house.enrol(&Member::officer(), &window, 1).await;
    house.tell().await;
    let (login_name, password) = house.credentials();
    let sign_in = async |password: &str| {
        house
            .try_sign_in(&login_name, password, "203.0.113.9")
            .await
    };
    for _ in 0..10 {
        assert_refused(sign_in("a wrong password").await, Reason::SignInFailed);
    }
    assert_refused(sign_in(&password).await, Reason::AccountLocked);
    let pre_session = uuid();
    let request = reset_request(&house, &pre_session, &login_name).await;
    let issued = issue(&house, request, None).await.unwrap();
    house.app.settled().await;
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let proved = verify(&house, &pre_session, &issued.challenge_id, &code, None).await;
    let request = pb::ResetPasswordRequest {
        request_id: uuid(),
        pre_session_id: pre_session,
        login_name: login_name.clone(),
        new_password: CHOSEN.to_owned(),
        challenge_proof: proved.unwrap().proof,
    };
    house.identity().reset_password(request).await.unwrap();
    let signed_in = sign_in(CHOSEN).await.unwrap();
    assert!(!signed_in.must_change_password);
    house.principal(&signed_in.session_token).await;
    house.wait(7_200);
    sign_in(CHOSEN).await.unwrap();
}
