//! The document and the routes say the same.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::browser::{KEY, answer};
use crate::fakes::{APPLICATION, CHALLENGE, DOCUMENT};
use crate::house::House;

/// The committed document is the program's; with `XUANHAO_REGENERATE=1` it is written instead.
#[test]
fn the_committed_document_is_the_programs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let fresh = xuanhao_edge::document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("XUANHAO_REGENERATE").is_some() {
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        fresh == committed,
        "openapi.json is stale: run `XUANHAO_REGENERATE=1 cargo nextest run -p xuanhao-edge document`"
    );
}

pub(crate) fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            operations.push((method, path.clone(), operation.clone()));
        }
    }
    operations
}

/// A client can be made from it: every operation is named once, told in words, and its problems with it.
#[test]
fn every_operation_is_told_in_words() {
    let document = serde_json::to_value(xuanhao_edge::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = operations(&document);
    assert_eq!(operations.len(), 50);
    let mut names = std::collections::BTreeSet::new();
    for (method, path, operation) in &operations {
        let at = format!("{method} {path}");
        assert!(
            names.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{at}"
        );
        for told in ["summary", "description"] {
            assert!(
                !operation[told].as_str().unwrap_or_default().is_empty(),
                "{at}: {told}"
            );
        }
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{at}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{at}"
        );
        for status in ["429", "500", "503", "504"] {
            assert_eq!(
                responses[status]["$ref"], "#/components/responses/Problem",
                "{at}"
            );
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{at}: {parameter}");
        }
    }
    let text = document.to_string();
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert!(
            text.contains(&format!("#/components/schemas/{name}\"")),
            "{name} is left over"
        );
    }
}

/// Every documented operation is answered, and asks for a session exactly where it says so.
#[tokio::test]
async fn every_documented_operation_is_routed_and_guarded_as_it_says() {
    let house = House::new().await;
    let stranger = house.browser();
    let served = answer(stranger.get("/api/v1/openapi.json")).await;
    assert_eq!(served.header("content-type"), "application/json");
    let document = serde_json::to_value(xuanhao_edge::document()).unwrap();
    assert_eq!(served.body, document);
    for (method, path, operation) in operations(&document) {
        let path = path
            .replace("{application_id}", APPLICATION)
            .replace("{challenge_id}", CHALLENGE)
            .replace("{appeal_id}", CHALLENGE)
            .replace("{binding_id}", CHALLENGE)
            .replace("{document_id}", DOCUMENT)
            .replace("{office}", "gd-zhanjiang")
            .replace("{day}", "2026-11-22");
        let request = stranger
            .request(method.clone(), &path)
            .header("Idempotency-Key", KEY);
        let request = match operation.get("requestBody") {
            Some(_) => request.json(&json!({})),
            None => request,
        };
        let told = answer(request).await;
        let at = format!("{method} {path}: {told:?}");
        let secured = operation["security"] == json!([{"session": []}]);
        assert_eq!(told.status == 401, secured, "{at}");
        assert_ne!(told.body["code"], "METHOD_NOT_ALLOWED", "{at}");
        assert_ne!(told.body["code"], "NOT_FOUND", "{at}");
    }
    assert_eq!(house.peers.times("IssuePrincipal"), 0);
}
