//! Whatever goes wrong, the answer is a problem: in the person's language, by the field's name.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tonic::Status;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;

use crate::browser::{Browser, answer, read};
use crate::fakes::APPLICATION;
use crate::house::House;

fn info() -> String {
    format!("/api/v1/applications/{APPLICATION}/info")
}

fn vehicle() -> serde_json::Value {
    json!({
        "vin": "LSVAA49J132047371",
        "purchase_proof": {"kind": "electronic_invoice", "number": "24442000000012345678"},
    })
}

/// A peer's refusal reaches the person: text in his language, field, parameters, when to come again.
#[tokio::test]
async fn a_peers_refusal_is_told_in_the_persons_language() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let refusal = Refusal::new(Reason::VinLength)
        .param("length", 16_u32)
        .on_field("vin");
    house.peers.refuse("SubmitInfo", refusal);
    let submit = || citizen.write(Method::PUT, &info(), &vehicle());
    let chinese = answer(submit()).await.refused(400, "VIN_LENGTH");
    assert_eq!(
        chinese.body["title"],
        "车辆识别代号应为 17 位，您输入了 16 位。请对照合格证或进口证明书核对。"
    );
    assert_eq!(chinese.body["field"], "vin");
    assert_eq!(chinese.body["parameters"], json!({"length": "16"}));
    assert_eq!(chinese.header("content-language"), "zh-CN");
    let trace = chinese.body["trace"].as_str().unwrap();
    assert!(
        trace.len() == 32 && trace.bytes().all(|b| b.is_ascii_hexdigit()),
        "{trace}"
    );

    let english = answer(submit().header("accept-language", "en")).await;
    let english = english.refused(400, "VIN_LENGTH");
    assert!(
        english.body["title"]
            .as_str()
            .unwrap()
            .starts_with("A VIN has 17 characters")
    );
    assert_eq!(english.header("content-language"), "en");

    let limit = Refusal::new(Reason::SmsLimitReached)
        .param("retry_after", 599_u32)
        .retry_after(Duration::from_millis(598_200));
    house.peers.refuse("SubmitInfo", limit);
    let limited = answer(submit()).await.refused(429, "SMS_LIMIT_REACHED");
    assert_eq!(limited.header("retry-after"), "599");
    assert_eq!(limited.body["retry_after_s"], 599);
}

/// What a peer's failure was stays in the log; no word of it is told.
#[tokio::test]
async fn a_peers_fault_is_told_without_a_word_of_it() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let leak = Status::internal("SELECT * FROM accounts");
    for status in [
        leak,
        Status::unknown("secret"),
        Status::unimplemented("secret"),
    ] {
        house.peers.refuse("GetAccount", status);
        let told = answer(citizen.get("/api/v1/account")).await;
        let text = told.body.to_string();
        assert!(
            !text.contains("SELECT") && !text.contains("secret"),
            "{text}"
        );
        told.refused(500, "INTERNAL");
    }
    assert!(house.log().contains(r#""reason":"INTERNAL""#));
}

#[tokio::test]
async fn what_does_not_fit_is_told_by_its_path() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let told = |body: serde_json::Value| {
        let request = citizen.write(Method::PUT, &info(), &body);
        async { answer(request).await }
    };
    let mut unknown = vehicle();
    unknown["colour"] = json!("blue");
    let unknown = told(unknown).await.refused(400, "FIELD_INVALID");
    assert_eq!(unknown.body["field"], "colour");
    assert_eq!(unknown.body["parameters"]["rule"], "unknown_field");

    let mut nested = vehicle();
    nested["purchase_proof"]["code"] = json!("1");
    let nested = told(nested).await.refused(400, "FIELD_INVALID");
    assert_eq!(nested.body["field"], "purchase_proof.code");

    let mut missing = vehicle();
    missing.as_object_mut().unwrap().remove("vin");
    let missing = told(missing).await.refused(400, "FIELD_REQUIRED");
    assert_eq!(missing.body["field"], "vin");
    assert_eq!(missing.body["title"], "请填写车辆识别代号。");
    assert_eq!(house.peers.times("SubmitInfo"), 0);
}

#[tokio::test]
async fn what_is_no_json_and_what_is_too_large_is_refused() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let put = || citizen.write(Method::PUT, &info(), &vehicle());
    answer(put().body("{")).await.refused(400, "BODY_MALFORMED");
    let plain = citizen
        .request(Method::PUT, &info())
        .header("Idempotency-Key", crate::browser::KEY);
    let plain = plain.header("content-type", "text/plain").body("{}");
    answer(plain).await.refused(415, "MEDIA_TYPE_UNSUPPORTED");
    let large = format!(r#"{{"vin":"{}"}}"#, "A".repeat(70_000));
    let told = answer(put().body(large.clone()))
        .await
        .refused(413, "BODY_TOO_LARGE");
    assert_eq!(told.body["parameters"]["max"], "65536");
    // Nor does a body get in by not telling its length.
    let pieces = futures::stream::iter([Ok::<_, std::io::Error>(large)]);
    let unsized_body = reqwest::Body::wrap(http_body_util::StreamBody::new(
        futures::StreamExt::map(pieces, |piece| {
            piece.map(|text| hyper::body::Frame::data(bytes::Bytes::from(text)))
        }),
    ));
    answer(put().body(unsized_body))
        .await
        .refused(413, "BODY_TOO_LARGE");
    assert_eq!(house.peers.times("SubmitInfo"), 0);
}

#[tokio::test]
async fn unknown_routes_methods_and_parameters_are_problems_too() {
    let house = House::new().await;
    let browser = house.browser();
    answer(browser.get("/api/v1/nothing"))
        .await
        .refused(404, "NOT_FOUND");
    answer(browser.get("/nothing"))
        .await
        .refused(404, "NOT_FOUND");
    let patched = browser.request(Method::PATCH, "/api/v1/offices");
    let patched = answer(patched).await.refused(405, "METHOD_NOT_ALLOWED");
    assert_eq!(patched.header("allow"), "GET,HEAD");
    for (query, code, field) in [
        ("?province=zz", "FIELD_INVALID", "province"),
        ("?prov=gd", "FIELD_INVALID", "prov"),
    ] {
        let told = answer(browser.get(&format!("/api/v1/offices{query}"))).await;
        assert_eq!(told.refused(400, code).body["field"], field);
    }
    let keyboard = "/api/v1/offices/gd-zhanjiang/keyboard";
    for (query, code, field) in [
        ("", "FIELD_REQUIRED", "plate_class"),
        ("?plate_class=tiny", "FIELD_INVALID", "plate_class"),
        ("?plate_class=small", "FIELD_REQUIRED", "issuing_code"),
        (
            "?plate_class=small&issuing_code=G",
            "FIELD_INVALID",
            "issuing_code",
        ),
    ] {
        let told = answer(browser.get(&format!("{keyboard}{query}"))).await;
        assert_eq!(told.refused(400, code).body["field"], field, "{query}");
    }
    for path in ["/api/v1/offices/nowhere/pool", "/api/v1/offices/%ff/pool"] {
        answer(browser.get(path))
            .await
            .refused(404, "OFFICE_UNKNOWN");
    }
    let day = browser.get("/api/v1/offices/gd-zhanjiang/draw-days/today");
    assert_eq!(
        answer(day).await.refused(400, "FIELD_INVALID").body["field"],
        "day"
    );
    assert!(house.peers.asked().is_empty());
}

#[tokio::test]
async fn pages_have_bounds() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    for size in ["0", "101", "-1", "ten"] {
        let told = citizen.get(&format!("/api/v1/applications?page_size={size}"));
        let told = answer(told).await.refused(400, "FIELD_INVALID");
        assert_eq!(told.body["field"], "page_size");
    }
    answer(citizen.get("/api/v1/applications/7"))
        .await
        .refused(404, "NOT_FOUND");
}

/// A write with an effect names itself, and the service sees that name.
#[tokio::test]
async fn a_write_without_an_id_is_refused() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let draws = format!("/api/v1/applications/{APPLICATION}/draws");
    let bare = citizen.request(Method::POST, &draws);
    let told = answer(bare).await.refused(400, "REQUEST_ID_REQUIRED");
    assert_eq!(told.body["field"], "Idempotency-Key");
    let odd = citizen
        .request(Method::POST, &draws)
        .header("Idempotency-Key", "7");
    let told = answer(odd).await.refused(400, "FIELD_INVALID");
    assert_eq!(told.body["field"], "Idempotency-Key");
    assert_eq!(house.peers.times("Draw"), 0);
}

/// Both protocols answer alike, and every answer carries the headers that keep browsers safe.
#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::new().await;
    let old = Browser::built(&house, reqwest::ClientBuilder::http1_only);
    let response = house.browser().get("/api/v1/offices").send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    let good = read(response).await;
    let bad = answer(house.browser().get("/nothing")).await;
    let response = old.get("/api/v1/offices").send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_11);
    for told in [good, bad, read(response).await] {
        assert!(
            told.header("strict-transport-security")
                .starts_with("max-age=63072000")
        );
        assert_eq!(told.header("x-content-type-options"), "nosniff");
        assert_eq!(told.header("referrer-policy"), "no-referrer");
        let policy = told.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'");
    }
}
