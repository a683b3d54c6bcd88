//! SMS codes: handing over, verifying, caps.

use xuanhao_chassis::reason::Reason;
use xuanhao_identity::app::proofs::{Claims, TOKEN_TYPE};
use xuanhao_proto::identity::v1 as pb;

use crate::house::{House, assert_refused, uuid};
use crate::notification::Mood;
use crate::people::{captcha, issue, mobile, register_request, start_selecting, verify, wrong};

fn claims(house: &House, proof: &str) -> Claims {
    house.public_keys.verify(TOKEN_TYPE, proof).unwrap()
}

/// R-AUTH-01: a citizen is re-checked by a code to the account's number, and the proof says for what.
#[tokio::test]
async fn r_auth_01_a_citizen_proves_to_hold_the_number() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let issued = issue(&house, start_selecting("application-1"), Some(&principal))
        .await
        .unwrap();
    assert_eq!(issued.mobile_masked, "138****0001");
    let message = house.notification.messages().pop().unwrap();
    assert_eq!(
        (message.template.as_str(), message.province.as_str()),
        ("challenge_code", "gd")
    );
    assert!(
        !message
            .parameters
            .values()
            .any(|value| Some(value) == message.secret_parameters.get("code"))
    );
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let proof = verify(&house, "", &issued.challenge_id, &code, Some(&principal))
        .await
        .unwrap();
    let claims = claims(&house, &proof.proof);
    assert_eq!(
        (claims.purpose.as_str(), claims.subject.as_str()),
        ("start_selecting", "application-1")
    );
    assert_eq!(claims.account.unwrap().to_string(), citizen.account_id);
    assert_eq!(claims.exp, proof.expires_at.unwrap().seconds);
}

/// C1: verifying again yields the same proof, while it lives.
#[tokio::test]
async fn c1_verifying_again_yields_the_same_proof() {
    let house = House::new().await;
    let pre_session = uuid();
    let issued = issue(
        &house,
        register_request(&house, &pre_session, &mobile(1)).await,
        None,
    )
    .await
    .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let first = verify(&house, &pre_session, &issued.challenge_id, &code, None)
        .await
        .unwrap();
    // The code has expired meanwhile, the proof has not.
    house.wait(301);
    let again = verify(&house, &pre_session, &issued.challenge_id, &code, None)
        .await
        .unwrap();
    assert_eq!(
        claims(&house, &again.proof).jti,
        claims(&house, &first.proof).jti
    );
    assert_eq!(again, first);
    house.wait(300);
    let late = verify(&house, &pre_session, &issued.challenge_id, &code, None).await;
    assert_refused(late, Reason::ChallengeExpired);
}

/// C1: a code that was not handed over is void, costs the citizen nothing, and counts for the
/// service's own budget.
#[tokio::test]
async fn c1_what_was_not_acknowledged_is_void_and_free() {
    let house = House::with(|config| config.challenges.global.most = 5).await;
    let (_, principal) = house.signed_in(1).await;
    house.notification.set(Mood::IsAway);
    for _ in 0..4 {
        let refused = issue(&house, start_selecting("a"), Some(&principal)).await;
        assert_refused(refused, Reason::SmsNotSent);
    }
    assert_eq!(
        house
            .count("SELECT count(*) FROM challenges WHERE state = 'void'")
            .await,
        4
    );
    house.notification.set(Mood::Takes);
    // One for registering and four void ones make five in this minute.
    let refused = issue(&house, start_selecting("a"), Some(&principal)).await;
    let refusal = assert_refused(refused, Reason::SmsBudgetReached);
    assert_eq!(refusal.params()["retry_after"], "60");
    house.wait(60);
    // For the citizen it is the first of three.
    for _ in 0..2 {
        issue(&house, start_selecting("a"), Some(&principal))
            .await
            .unwrap();
        house.wait(60);
    }
}

/// C1: a crash between commit and acknowledgement leaves a challenge that is void by time.
#[tokio::test]
async fn c1_what_was_never_settled_is_void_by_time() {
    let house = House::new().await;
    let (_, principal) = house.signed_in(1).await;
    let request = start_selecting("a");
    let issued = issue(&house, request.clone(), Some(&principal))
        .await
        .unwrap();
    let unsettled = "UPDATE challenges SET state = 'issued' WHERE purpose = 'start_selecting'";
    sqlx::query(unsettled)
        .execute(house.database.pool())
        .await
        .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let early = verify(&house, "", &issued.challenge_id, &code, Some(&principal)).await;
    assert_refused(early, Reason::ChallengeCodeWrong);
    assert_refused(
        issue(&house, request.clone(), Some(&principal)).await,
        Reason::Unavailable,
    );
    house.wait(30);
    let anew = issue(&house, request, Some(&principal)).await.unwrap();
    assert_ne!(anew.challenge_id, issued.challenge_id);
    assert_eq!(
        house
            .count("SELECT count(*) FROM challenges WHERE state = 'void'")
            .await,
        1
    );
}

/// P2: a repeated request is one code; after a void one it may be made again.
#[tokio::test]
async fn p2_a_repeated_request_is_one_code() {
    let house = House::new().await;
    let pre_session = uuid();
    let request = register_request(&house, &pre_session, &mobile(1)).await;
    house.notification.set(Mood::IsAway);
    assert_refused(
        issue(&house, request.clone(), None).await,
        Reason::SmsNotSent,
    );
    house.notification.set(Mood::Takes);
    let (first, second) = tokio::join!(
        issue(&house, request.clone(), None),
        issue(&house, request.clone(), None)
    );
    let issued = first.or(second).unwrap();
    assert_eq!(issue(&house, request.clone(), None).await.unwrap(), issued);
    assert_eq!(house.notification.sent_to(&mobile(1)), 1);
    let other = pb::IssueChallengeRequest {
        mobile: mobile(2),
        ..request
    };
    assert_refused(issue(&house, other, None).await, Reason::RequestIdReused);
}

/// Codes come a minute apart, three in ten minutes and ten a day, over all purposes.
#[tokio::test]
async fn a_number_gets_three_codes_in_ten_minutes_and_ten_a_day() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    house.wait(3_600);
    let token = house.sign_in(&citizen).await;
    let before = house.notification.sent_to(&citizen.mobile);
    let mut sent = before;
    let day_ends = house.clock.now().as_second() + 86_400;
    while sent < 10 {
        let principal = house.principal(&token).await;
        let issued = issue(&house, start_selecting("a"), Some(&principal))
            .await
            .unwrap();
        sent += 1;
        let refusal = assert_refused(
            issue(&house, start_selecting("b"), Some(&principal)).await,
            Reason::SmsLimitReached,
        );
        let wait = issued.resend_at.unwrap().seconds - house.clock.now().as_second();
        assert_eq!(
            refusal.params()["retry_after"],
            wait.to_string(),
            "resend_at tells the truth"
        );
        assert!(wait >= 60);
        if sent < 10 {
            house.wait(u64::try_from(wait).unwrap());
        }
    }
    assert_eq!(house.notification.sent_to(&citizen.mobile), 10);
    house.wait(601);
    let principal = house.principal(&token).await;
    assert_refused(
        issue(&house, start_selecting("a"), Some(&principal)).await,
        Reason::SmsLimitReached,
    );
    assert!(house.clock.now().as_second() < day_ends);
}

/// A picture code is single use, expires, and belongs to its pre-session.
#[tokio::test]
async fn a_stranger_answers_a_picture_code_once() {
    let house = House::new().await;
    let pre_session = uuid();
    let request = register_request(&house, &pre_session, &mobile(1)).await;
    let with = |captcha_id: &str, captcha_answer: &str| pb::IssueChallengeRequest {
        request_id: uuid(),
        captcha_id: captcha_id.to_owned(),
        captcha_answer: captcha_answer.to_owned(),
        ..request.clone()
    };
    assert_refused(
        issue(&house, with("", ""), None).await,
        Reason::CaptchaRequired,
    );
    let (id, answer) = captcha(&house, &pre_session).await;
    assert_refused(
        issue(&house, with(&id, "WRONG"), None).await,
        Reason::CaptchaWrong,
    );
    assert_refused(
        issue(&house, with(&id, &answer), None).await,
        Reason::CaptchaExpired,
    );
    let (id, answer) = captcha(&house, &uuid()).await;
    assert_refused(
        issue(&house, with(&id, &answer), None).await,
        Reason::CaptchaExpired,
    );
    let (id, answer) = captcha(&house, &pre_session).await;
    house.wait(300);
    assert_refused(
        issue(&house, with(&id, &answer), None).await,
        Reason::CaptchaExpired,
    );
    let (id, answer) = captcha(&house, &pre_session).await;
    issue(&house, with(&id, &answer.to_lowercase()), None)
        .await
        .unwrap();
    house.wait(601);
    assert_refused(
        issue(&house, with(&id, &answer), None).await,
        Reason::CaptchaExpired,
    );
    assert_eq!(house.notification.sent_to(&mobile(1)), 1);
}

#[tokio::test]
async fn a_code_expires_and_is_wrong_elsewhere() {
    let house = House::new().await;
    let pre_session = uuid();
    let issued = issue(
        &house,
        register_request(&house, &pre_session, &mobile(1)).await,
        None,
    )
    .await
    .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let refused = verify(
        &house,
        &pre_session,
        &issued.challenge_id,
        &wrong(&code),
        None,
    )
    .await;
    assert_eq!(
        assert_refused(refused, Reason::ChallengeCodeWrong).params()["remaining"],
        "4"
    );
    for malformed in ["12345", "1234567", "12345x", ""] {
        let refused = verify(&house, &pre_session, &issued.challenge_id, malformed, None).await;
        assert_refused(refused, Reason::FieldInvalid);
    }
    assert_refused(
        verify(&house, &pre_session, &uuid(), &code, None).await,
        Reason::ChallengeUnknown,
    );
    house.wait(300);
    let late = verify(&house, &pre_session, &issued.challenge_id, &code, None).await;
    assert_refused(late, Reason::ChallengeExpired);
}

/// No code stands in the database: a guess can only be made at the door.
#[tokio::test]
async fn a_code_is_kept_as_a_keyed_hash_only() {
    let house = House::new().await;
    let issued = issue(
        &house,
        register_request(&house, &uuid(), &mobile(1)).await,
        None,
    )
    .await
    .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    assert_eq!(code.len(), 6);
    let row: String =
        sqlx::query_scalar("SELECT (to_jsonb(c) - 'code_hash')::text FROM challenges c")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    let fields: serde_json::Value = serde_json::from_str(&row).unwrap();
    assert!(
        fields
            .as_object()
            .unwrap()
            .values()
            .all(|value| value.as_str() != Some(&code))
    );
    assert!(!row.contains(&mobile(1)));
}
