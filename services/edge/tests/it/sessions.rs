//! Sessions: cookies, and whom identity says a request is for.

use reqwest::Method;
use serde_json::json;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::browser::{KEY, answer};
use crate::fakes::{ACCOUNT, APPLICATION};
use crate::house::House;

fn draws() -> String {
    format!("/api/v1/applications/{APPLICATION}/draws")
}

/// Both cookies are of this host alone, for TLS alone, and hidden from scripts.
#[tokio::test]
async fn cookies_are_host_bound_secure_and_unreadable_to_scripts() {
    let house = House::new().await;
    let browser = house.browser();
    let credentials = json!({"login_name": "zhang_san", "password": "correct horse"});
    let session = browser
        .request(Method::POST, "/api/v1/session")
        .json(&credentials);
    let signed_in = answer(session).await;
    let visit = answer(browser.request(Method::POST, "/api/v1/visits")).await;
    for (told, name) in [
        (&signed_in, "__Host-xuanhao-session="),
        (&visit, "__Host-xuanhao-visit="),
    ] {
        let cookie = told.header("set-cookie");
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert_eq!(told.header("cache-control"), "no-store");
    }
    assert_eq!(signed_in.status, 201);
    assert_eq!(signed_in.body["account"]["level"], "face_to_face");
    assert_eq!(signed_in.body["expires_at"], "2026-11-22T09:00:00Z");
    let body = signed_in.body.to_string();
    let token = signed_in
        .header("set-cookie")
        .split(['=', ';'])
        .nth(1)
        .unwrap();
    assert!(!body.contains(token), "the token is in the cookie alone");

    let out = answer(browser.request(Method::DELETE, "/api/v1/session")).await;
    assert_eq!(out.status, 204);
    let cleared = out.header("set-cookie");
    assert!(cleared.starts_with("__Host-xuanhao-session=;"), "{cleared}");
    assert!(
        cleared.contains("Max-Age=0") && cleared.contains("Secure"),
        "{cleared}"
    );
    assert!(cleared.contains("Path=/"), "{cleared}");
}

/// C3: identity is asked on every write whom it is for, and what it says goes along.
#[tokio::test]
async fn identity_is_asked_on_every_write() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    for write in 1..=3 {
        let drawn = answer(citizen.post(&draws(), &json!({}))).await;
        assert_eq!(drawn.status, 200, "{drawn:?}");
        assert_eq!(house.peers.times("IssuePrincipal"), write);
        assert_eq!(house.peers.last_account("Draw"), Some(ACCOUNT));
    }
    assert_eq!(answer(citizen.get("/api/v1/account")).await.status, 200);
    assert_eq!(house.peers.times("IssuePrincipal"), 4);
}

/// C3: sign-out works at once, also for a browser that keeps the cookie.
#[tokio::test]
async fn a_session_that_was_ended_is_of_no_use() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let token = "0000000000000000000000000000000000000000000000000000000000000007";
    let kept = format!("__Host-xuanhao-session={token}");
    let thief = house.browser();
    let draw = || thief.post(&draws(), &json!({})).header("cookie", &kept);
    assert_eq!(answer(draw()).await.status, 200);

    let out = answer(citizen.request(Method::DELETE, "/api/v1/session")).await;
    assert_eq!(out.status, 204);
    assert_eq!(
        house
            .peers
            .last::<pb::SignOutRequest>("SignOut")
            .session_token,
        token
    );
    answer(draw()).await.refused(401, "SESSION_EXPIRED");
    assert_eq!(house.peers.times("Draw"), 1);
    // The browser that signed out has no cookie left.
    answer(citizen.post(&draws(), &json!({})))
        .await
        .refused(401, "UNAUTHENTICATED");
    let again = answer(citizen.request(Method::DELETE, "/api/v1/session")).await;
    assert_eq!(again.status, 204);
}

/// When identity did not hear of it, the browser keeps the cookie: the session is alive.
#[tokio::test]
async fn signing_out_that_failed_is_told_and_keeps_the_cookie() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    house.peers.refuse("SignOut", tonic::Status::internal("x"));
    let out = answer(citizen.request(Method::DELETE, "/api/v1/session")).await;
    let out = out.refused(500, "INTERNAL");
    assert!(!out.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn what_is_no_token_is_not_sent_to_identity() {
    let house = House::new().await;
    let long = "x".repeat(300);
    for value in ["", "a b", &long] {
        let request = house.browser().get("/api/v1/account");
        let cookie = format!("__Host-xuanhao-session={value}");
        let told = answer(request.header("cookie", cookie)).await;
        told.refused(401, "UNAUTHENTICATED");
    }
    assert_eq!(house.peers.times("IssuePrincipal"), 0);
}

/// That the edge itself was refused by a peer is its own fault, and no word of it gets out.
#[tokio::test]
async fn a_peer_that_refuses_the_edge_is_a_fault_of_ours() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    for reason in [Reason::Unauthenticated, Reason::PermissionDenied] {
        house.peers.refuse("GetAccount", Refusal::new(reason));
        answer(citizen.get("/api/v1/account"))
            .await
            .refused(500, "INTERNAL");
    }
}

#[tokio::test]
async fn passwords_are_changed_for_the_signed_in_under_the_writes_id() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let change = json!({"current_password": "correct horse", "new_password": "battery staple"});
    let told = citizen.write(Method::PUT, "/api/v1/account/password", &change);
    assert_eq!(answer(told).await.status, 204);
    let asked = house
        .peers
        .last::<pb::ChangePasswordRequest>("ChangePassword");
    assert_eq!(asked.request_id, KEY);
    assert_eq!(asked.new_password, "battery staple");
    assert_eq!(house.peers.last_account("ChangePassword"), Some(ACCOUNT));
}

/// R-ACC-06, R-ACC-07: the initial password is replaced with the bare session of the first sign-in, for
/// which no principal is made.
#[tokio::test]
async fn an_initial_password_is_replaced_with_the_bare_session() {
    let house = House::new().await;
    let path = "/api/v1/account/initial-password";
    let change = json!({"current_password": "from the message", "new_password": "battery staple"});
    let stranger = house.browser().write(Method::PUT, path, &change);
    answer(stranger).await.refused(401, "UNAUTHENTICATED");
    let citizen = house.citizen().await;
    let told = answer(citizen.write(Method::PUT, path, &change)).await;
    assert_eq!(told.status, 204, "{told:?}");
    let asked = house
        .peers
        .last::<pb::ReplaceInitialPasswordRequest>("ReplaceInitialPassword");
    assert_eq!(asked.request_id, KEY);
    assert!(asked.session_token.ends_with('7'), "the cookie's");
    assert_eq!(asked.current_password, "from the message");
    assert_eq!(house.peers.times("IssuePrincipal"), 0);
}

#[tokio::test]
async fn the_mobile_number_is_changed_with_password_and_proof() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let wish = json!({"purpose": "change_mobile", "mobile": "13900139000"});
    assert_eq!(
        answer(citizen.post("/api/v1/challenges", &wish))
            .await
            .status,
        201
    );
    let asked = house
        .peers
        .last::<pb::IssueChallengeRequest>("IssueChallenge");
    assert_eq!(asked.purpose(), pb::ChallengePurpose::ChangeMobile);
    assert_eq!(asked.mobile, "13900139000");
    let change =
        json!({"password": "correct horse", "mobile": "13900139000", "challenge_proof": "p"});
    let told = citizen.write(Method::PUT, "/api/v1/account/mobile", &change);
    let told = answer(told).await;
    assert_eq!(
        (&told.body["kind"], told.body.get("organisation_name")),
        (&json!("person"), None),
        "{told:?}"
    );
    let asked = house.peers.last::<pb::ChangeMobileRequest>("ChangeMobile");
    assert_eq!(
        (asked.request_id.as_str(), asked.challenge_proof.as_str()),
        (KEY, "p")
    );
    assert_eq!(house.peers.last_account("ChangeMobile"), Some(ACCOUNT));
}
