//! What happens before sign-in: bound to a visit, in the stranger's language, from his address.

use reqwest::Method;
use serde_json::{Value, json};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::browser::{Browser, KEY, answer};
use crate::fakes::{ACCOUNT, APPLICATION, CHALLENGE};
use crate::house::House;

fn registration() -> Value {
    json!({
        "province": "gd",
        "login_name": "zhang_san",
        "password": "correct horse",
        "full_name": "张三",
        "resident_id": "440803199001010011",
        "mobile": "13800138000",
        "challenge_proof": "a.signed.proof",
    })
}

fn register_wish() -> Value {
    json!({
        "purpose": "register",
        "mobile": "13800138000",
        "captcha_id": CHALLENGE,
        "captcha_answer": "7pkw",
        "province": "gd",
    })
}

async fn captcha(browser: &Browser) -> crate::browser::Answer {
    answer(browser.request(Method::POST, "/api/v1/captchas")).await
}

/// Each browser has a visit of its own, which goes on; without one nothing is asked.
#[tokio::test]
async fn a_visit_is_asked_for_and_goes_on() {
    let house = House::new().await;
    let browser = house.browser();
    captcha(&browser).await.refused(400, "VISIT_REQUIRED");
    let reset = json!({"login_name": "a", "new_password": "b", "challenge_proof": "c"});
    for (path, body) in [
        ("/api/v1/accounts", registration()),
        ("/api/v1/password-resets", reset),
        ("/api/v1/challenges", register_wish()),
    ] {
        answer(browser.post(path, &body))
            .await
            .refused(400, "VISIT_REQUIRED");
    }
    assert!(house.peers.asked().is_empty());

    browser.visit().await;
    assert_eq!(captcha(&browser).await.status, 201);
    let visit = || {
        house
            .peers
            .last::<pb::IssueCaptchaRequest>("IssueCaptcha")
            .pre_session_id
    };
    let first = visit();
    assert!(first.parse::<uuid::Uuid>().is_ok(), "{first}");
    let again = answer(browser.request(Method::POST, "/api/v1/visits")).await;
    assert!(
        !again.headers.contains_key("set-cookie"),
        "a live one is kept"
    );
    captcha(&browser).await;
    assert_eq!(visit(), first);
    let other = house.browser();
    other.visit().await;
    captcha(&other).await;
    assert_ne!(visit(), first);
}

#[tokio::test]
async fn a_picture_comes_as_base64_and_large_where_wanted() {
    let house = House::new().await;
    let browser = house.browser();
    browser.visit().await;
    let told = captcha(&browser).await;
    assert_eq!(told.body["png"], "iVBORw==");
    assert_eq!(told.body["captcha_id"], CHALLENGE);
    assert!(
        !house
            .peers
            .last::<pb::IssueCaptchaRequest>("IssueCaptcha")
            .large
    );
    let large = browser
        .request(Method::POST, "/api/v1/captchas")
        .json(&json!({"large": true}));
    assert_eq!(answer(large).await.status, 201);
    assert!(
        house
            .peers
            .last::<pb::IssueCaptchaRequest>("IssueCaptcha")
            .large
    );
}

/// R-AUTH-03: before a compose check or a draw the captcha belongs to the account; who cannot use
/// pictures gets a puzzle. A session that has ended leaves the visit.
#[tokio::test]
async fn a_citizens_captcha_is_bound_to_the_account() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let puzzle = citizen
        .request(Method::POST, "/api/v1/captchas")
        .json(&json!({"form": "proof_of_work"}));
    let told = answer(puzzle).await;
    assert_eq!(told.body["puzzle"]["zero_bits"], 18, "{told:?}");
    assert_eq!(told.body.get("png"), None);
    assert_eq!(house.peers.last_account("IssueCaptcha"), Some(ACCOUNT));
    let asked = house.peers.last::<pb::IssueCaptchaRequest>("IssueCaptcha");
    assert_eq!(asked.pre_session_id, "");

    let ended = "__Host-xuanhao-session=0123";
    let browser = house.browser();
    let only_ended = browser
        .request(Method::POST, "/api/v1/captchas")
        .header("cookie", ended);
    answer(only_ended).await.refused(401, "SESSION_EXPIRED");
    let visit = "01939f5e-0000-7000-8000-000000000009";
    let both = browser
        .request(Method::POST, "/api/v1/captchas")
        .header("cookie", format!("{ended}; __Host-xuanhao-visit={visit}"));
    assert_eq!(answer(both).await.status, 201);
    let asked = house.peers.last::<pb::IssueCaptchaRequest>("IssueCaptcha");
    assert_eq!(asked.pre_session_id, visit);
    assert_eq!(house.peers.last_account("IssueCaptcha"), None);
}

/// A stranger's code: visit, province, address and language go along, no principal does.
#[tokio::test]
async fn a_strangers_code_is_bound_to_the_visit() {
    let house = House::new().await;
    let browser = house.browser();
    browser.visit().await;
    let wish = browser.post("/api/v1/challenges", &register_wish());
    let told = answer(wish.header("accept-language", "en-GB,en;q=0.9")).await;
    assert_eq!(told.status, 201, "{told:?}");
    assert_eq!(told.body["mobile_masked"], "138****8000");
    assert_eq!(told.body["resend_at"], "2026-11-22T08:01:00Z");
    let asked = house
        .peers
        .last::<pb::IssueChallengeRequest>("IssueChallenge");
    assert_eq!(asked.request_id, KEY);
    assert_eq!(asked.purpose(), pb::ChallengePurpose::Register);
    assert_eq!(
        (asked.province.as_str(), asked.locale.as_str()),
        ("gd", "en")
    );
    assert_eq!(asked.client_address, "127.0.0.1");
    assert!(asked.pre_session_id.parse::<uuid::Uuid>().is_ok());
    assert_eq!(house.peers.last_account("IssueChallenge"), None);

    let verify = format!("/api/v1/challenges/{CHALLENGE}/verify");
    let told = browser
        .request(Method::POST, &verify)
        .json(&json!({"code": "123456"}));
    let told = answer(told).await;
    assert_eq!(told.body["proof"], "a.signed.proof");
    let verified = house
        .peers
        .last::<pb::VerifyChallengeRequest>("VerifyChallenge");
    assert_eq!(verified.pre_session_id, asked.pre_session_id);
    assert_eq!(verified.code, "123456");
}

/// A citizen's code belongs to his account, and needs a session.
#[tokio::test]
async fn a_citizens_code_is_bound_to_the_account() {
    let house = House::new().await;
    let wish = json!({"purpose": "confirm_info", "subject": APPLICATION});
    let stranger = house.browser();
    stranger.visit().await;
    let refused = answer(stranger.post("/api/v1/challenges", &wish)).await;
    refused.refused(401, "UNAUTHENTICATED");

    let citizen = house.citizen().await;
    assert_eq!(
        answer(citizen.post("/api/v1/challenges", &wish))
            .await
            .status,
        201
    );
    assert_eq!(house.peers.last_account("IssueChallenge"), Some(ACCOUNT));
    let asked = house
        .peers
        .last::<pb::IssueChallengeRequest>("IssueChallenge");
    assert_eq!(asked.subject, APPLICATION);
    let verify = format!("/api/v1/challenges/{CHALLENGE}/verify");
    let told = citizen
        .request(Method::POST, &verify)
        .json(&json!({"code": "123456"}));
    assert_eq!(answer(told).await.status, 200);
    assert_eq!(house.peers.last_account("VerifyChallenge"), Some(ACCOUNT));
}

/// A code asked for before sign-in is still the visit's after it; a wrong guess is told once.
#[tokio::test]
async fn a_code_from_before_sign_in_is_found_by_the_visit() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    citizen.visit().await;
    house
        .peers
        .refuse("VerifyChallenge", Refusal::new(Reason::ChallengeUnknown));
    let verify = format!("/api/v1/challenges/{CHALLENGE}/verify");
    let guess = || {
        citizen
            .request(Method::POST, &verify)
            .json(&json!({"code": "123456"}))
    };
    answer(guess()).await.refused(404, "CHALLENGE_UNKNOWN");
    assert_eq!(house.peers.times("VerifyChallenge"), 2);
    assert_eq!(house.peers.last_account("VerifyChallenge"), None);

    let wrong = Refusal::new(Reason::ChallengeCodeWrong).param("remaining", 4_u32);
    house.peers.refuse("VerifyChallenge", wrong);
    let told = answer(guess()).await.refused(400, "CHALLENGE_CODE_WRONG");
    assert_eq!(told.body["parameters"]["remaining"], "4");
    assert_eq!(house.peers.times("VerifyChallenge"), 3);
    let no_id = citizen.request(Method::POST, "/api/v1/challenges/7/verify");
    let told = answer(no_id.json(&json!({"code": "123456"}))).await;
    told.refused(404, "CHALLENGE_UNKNOWN");
}

#[tokio::test]
async fn registering_passes_everything_on_and_reads_the_province_at_the_door() {
    let house = House::new().await;
    let browser = house.browser();
    browser.visit().await;
    let told = answer(browser.post("/api/v1/accounts", &registration())).await;
    assert_eq!(told.status, 201, "{told:?}");
    assert_eq!(told.body, json!({"account_id": ACCOUNT.to_string()}));
    let asked = house
        .peers
        .last::<pb::RegisterAccountRequest>("RegisterAccount");
    assert_eq!(asked.request_id, KEY);
    assert_eq!(asked.full_name, "张三");
    assert_eq!(
        (asked.province.as_str(), asked.locale.as_str()),
        ("gd", "zh-CN")
    );

    let mut elsewhere = registration();
    elsewhere["province"] = json!("zz");
    let told = answer(browser.post("/api/v1/accounts", &elsewhere)).await;
    let told = told.refused(400, "FIELD_INVALID");
    assert_eq!(told.body["field"], "province");
    assert_eq!(house.peers.times("RegisterAccount"), 1);

    let reset = json!({
        "login_name": "zhang_san", "new_password": "battery staple", "challenge_proof": "p",
    });
    assert_eq!(
        answer(browser.post("/api/v1/password-resets", &reset))
            .await
            .status,
        204
    );
    let asked = house
        .peers
        .last::<pb::ResetPasswordRequest>("ResetPassword");
    assert_eq!(
        (asked.request_id.as_str(), asked.login_name.as_str()),
        (KEY, "zhang_san")
    );
}
