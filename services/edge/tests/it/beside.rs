//! What stands beside the road: documents, appeals, reviews, bindings, service points.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use xuanhao_edge::config::Config;
use xuanhao_proto::identity::v1 as identity;
use xuanhao_proto::selection::v1 as selection;
use xuanhao_proto::vehicle::v1 as vehicle;

use crate::browser::{Browser, KEY, answer};
use crate::fakes::{ACCOUNT, APPLICATION, CHALLENGE, DOCUMENT, ODD_DOCUMENT};
use crate::house::House;

const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0 a picture";

fn upload(browser: &Browser, media_type: &str, content: &[u8]) -> RequestBuilder {
    browser
        .request(Method::POST, "/api/v1/documents?kind=invoice")
        .header("Idempotency-Key", KEY)
        .header("content-type", media_type)
        .body(content.to_vec())
}

#[tokio::test]
async fn a_document_goes_to_identity_as_it_is() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let kept = answer(upload(&citizen, "image/jpeg", JPEG)).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    assert_eq!(
        kept.header("location"),
        format!("/api/v1/documents/{DOCUMENT}")
    );
    assert_eq!(
        kept.body,
        json!({
            "document_id": DOCUMENT, "kind": "invoice", "media_type": "image/jpeg",
            "size": "182044", "added_at": "2026-11-22T08:00:00Z",
        })
    );
    let asked = house
        .peers
        .last::<identity::AddDocumentRequest>("AddDocument");
    assert_eq!(asked.content, JPEG);
    assert_eq!(asked.kind(), identity::DocumentKind::Invoice);
    assert_eq!(asked.request_id, KEY);
    assert_eq!(house.peers.last_account("AddDocument"), Some(ACCOUNT));
}

/// Five mebibytes pass here and nowhere else; one byte more passes nowhere.
#[tokio::test]
async fn only_a_document_may_be_large() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let mut large = JPEG.to_vec();
    large.resize(5 * 1024 * 1024, 0);
    let kept = answer(upload(&citizen, "image/jpeg", &large)).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    large.push(0);
    let told = answer(upload(&citizen, "image/jpeg", &large)).await;
    let told = told.refused(413, "DOCUMENT_TOO_LARGE");
    assert_eq!(told.body["parameters"]["max"], "5242880");
    let elsewhere = citizen
        .request(Method::GET, "/api/v1/documents")
        .body(large);
    answer(elsewhere).await.refused(413, "BODY_TOO_LARGE");
    assert_eq!(house.peers.times("AddDocument"), 1);
}

#[tokio::test]
async fn what_is_no_document_is_not_sent_on() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    for (media_type, content, status, code) in [
        ("text/html", JPEG, 415, "MEDIA_TYPE_UNSUPPORTED"),
        ("application/json", b"{}", 415, "MEDIA_TYPE_UNSUPPORTED"),
        ("image/png", JPEG, 400, "DOCUMENT_FORMAT"),
        ("image/jpeg", b"<script>", 400, "DOCUMENT_FORMAT"),
        ("application/pdf", b"", 400, "DOCUMENT_FORMAT"),
    ] {
        answer(upload(&citizen, media_type, content))
            .await
            .refused(status, code);
    }
    for (query, code) in [("", "FIELD_REQUIRED"), ("?kind=passport", "FIELD_INVALID")] {
        let request = citizen
            .request(Method::POST, &format!("/api/v1/documents{query}"))
            .header("Idempotency-Key", KEY)
            .header("content-type", "image/jpeg")
            .body(JPEG);
        let told = answer(request).await.refused(400, code);
        assert_eq!(told.body["field"], "kind");
    }
    assert_eq!(house.peers.times("AddDocument"), 0);
}

/// A document is saved, never shown in our pages, kept by nobody on the way, and never of a type that a
/// browser would run.
#[tokio::test]
async fn a_document_is_had_as_a_file_to_save() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let path = |id: &str| format!("/api/v1/documents/{id}");
    let response = citizen.get(&path(DOCUMENT)).send().await.unwrap();
    let headers = response.headers().clone();
    let header = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(
        header("content-disposition"),
        format!("attachment; filename=\"document-{DOCUMENT}.png\"")
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    let content = response.bytes().await.unwrap();
    assert_eq!(content.len(), 5 * 1024 * 1024);
    let asked = house
        .peers
        .last::<identity::GetDocumentRequest>("GetDocument");
    assert_eq!(
        (asked.document_id.as_str(), asked.reason.as_str()),
        (DOCUMENT, "")
    );
    answer(citizen.get(&path(ODD_DOCUMENT)))
        .await
        .refused(500, "INTERNAL");
    answer(citizen.get(&path("7")))
        .await
        .refused(404, "NOT_FOUND");
}

/// A large document on a slow line may take longer than other requests.
#[tokio::test]
async fn a_document_has_more_time_than_other_requests() {
    let house = House::with(|config: &mut Config| {
        config.http.request_timeout_ms = 150;
        config.http.document_timeout_ms = 20_000;
    })
    .await;
    let citizen = house.citizen().await;
    let pause = std::time::Duration::from_millis(400);
    for rpc in ["AddDocument", "ListBindings"] {
        house.peers.delay(rpc, pause);
    }
    let kept = answer(upload(&citizen, "image/jpeg", JPEG)).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    answer(citizen.get("/api/v1/bindings"))
        .await
        .refused(504, "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn an_appeal_is_filed_and_looked_at() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let filing = json!({"statement": "我已在期限内办理。", "document_ids": [DOCUMENT]});
    let path = format!("/api/v1/applications/{APPLICATION}/appeals");
    let filed = answer(citizen.post(&path, &filing)).await;
    assert_eq!(filed.status, 201, "{filed:?}");
    let location = filed.header("location").to_owned();
    assert_eq!(location, format!("/api/v1/appeals/{CHALLENGE}"));
    let asked = house
        .peers
        .last::<selection::FileAppealRequest>("FileAppeal");
    assert_eq!(asked.request_id, KEY);
    assert_eq!(asked.document_ids, [DOCUMENT]);
    let told = answer(citizen.get(&location)).await;
    assert_eq!(told.body, filed.body);
    assert_eq!(
        told.body,
        json!({
            "appeal_id": CHALLENGE, "application_id": APPLICATION, "office": "gd-zhanjiang",
            "state": "waiting", "statement": "我已在期限内办理。", "document_ids": [DOCUMENT],
            "filed_at": "2026-11-22T08:00:00Z", "due_on": "2026-12-04",
        })
    );
}

#[tokio::test]
async fn evidence_goes_to_the_review_of_ones_application() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let path = |rest: &str| format!("/api/v1/applications/{APPLICATION}{rest}");
    let evidence = json!({"document_ids": [DOCUMENT]});
    let given = answer(citizen.post(&path("/evidence"), &evidence)).await;
    assert_eq!(given.status, 200, "{given:?}");
    let asked = house
        .peers
        .last::<vehicle::AddEvidenceRequest>("AddEvidence");
    assert_eq!(
        (asked.request_id.as_str(), asked.application_id.as_str()),
        (KEY, APPLICATION)
    );
    let told = answer(citizen.get(&path("/review"))).await;
    assert_eq!(
        told.body,
        json!({
            "review_id": CHALLENGE, "application_id": APPLICATION, "state": "evidence_wanted",
            "suspicions": ["model_year"], "document_ids": [], "opened_at": "2026-11-22T08:00:00Z",
        }),
        "what is for staff stays away"
    );
}

/// R-ACC-07: vehicles and licences are bound and unbound for the signed-in.
#[tokio::test]
async fn vehicles_and_licences_are_bound_and_unbound() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let own = json!({"plate_class": "small", "plate": "粤G12A3B", "engine_number_tail": "A1B2C3"});
    let bound = answer(citizen.post("/api/v1/bindings/vehicles", &own)).await;
    assert_eq!(bound.status, 201, "{bound:?}");
    assert_eq!(
        bound.body["bound"],
        json!({"kind": "vehicle", "plate_class": "small", "plate": "粤G12A3B"})
    );
    let asked = house
        .peers
        .last::<vehicle::BindVehicleRequest>("BindVehicle");
    assert_eq!((asked.request_id.as_str(), asked.plate_class), (KEY, 2));
    assert_eq!(asked.engine_number_tail, "A1B2C3");
    let licence = json!({"file_number": "440800123456"});
    let bound = answer(citizen.post("/api/v1/bindings/licences", &licence)).await;
    assert_eq!(bound.body["bound"]["classes"], "C1");
    let list = answer(citizen.get("/api/v1/bindings")).await;
    assert_eq!(list.body["bindings"].as_array().unwrap().len(), 2);
    let unbind = citizen
        .request(Method::DELETE, &format!("/api/v1/bindings/{CHALLENGE}"))
        .header("Idempotency-Key", KEY);
    assert_eq!(answer(unbind).await.status, 204);
    let asked = house.peers.last::<vehicle::UnbindRequest>("Unbind");
    assert_eq!(asked.binding_id, CHALLENGE);
    assert_eq!(house.peers.last_account("Unbind"), Some(ACCOUNT));
}

/// R-ACC-02: who has no account yet can find where to go.
#[tokio::test]
async fn service_points_are_open_to_everybody() {
    let house = House::new().await;
    let browser = house.browser();
    let told = |query: &str| answer(browser.get(&format!("/api/v1/service-points{query}")));
    let points = told("?office=gd-zhanjiang").await;
    assert_eq!(points.header("cache-control"), "public, max-age=5");
    assert_eq!(
        points.body["service_points"][0],
        json!({
            "service_point_id": CHALLENGE, "office": "gd-zhanjiang", "kind": "police_brigade",
            "name": "赤坎大队", "address": "湛江市赤坎区",
        })
    );
    let asked = house
        .peers
        .last::<identity::ListServicePointsRequest>("ListServicePoints");
    assert_eq!(
        (asked.province.as_str(), asked.office.as_str()),
        ("gd", "gd-zhanjiang")
    );
    assert_eq!(told("?province=gd").await.status, 200);
    for (query, status, code) in [
        ("", 400, "FIELD_REQUIRED"),
        ("?province=zz", 400, "FIELD_INVALID"),
        ("?office=zhanjiang", 404, "OFFICE_UNKNOWN"),
        ("?province=he&office=gd-zhanjiang", 404, "OFFICE_UNKNOWN"),
    ] {
        told(query).await.refused(status, code);
    }
    assert_eq!(house.peers.times("ListServicePoints"), 2);
}
