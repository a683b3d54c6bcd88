//! What surrounds handlers, around handlers that misbehave.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::grpc::{ClientConfig, connect};
use xuanhao_chassis::tls::{Files, Identity};

use super::{Edge, surrounded};
use crate::config::HttpConfig;
use crate::peers::Peers;

async fn told(routes: Router<Edge>) -> (StatusCode, serde_json::Value) {
    let certs = xuanhao_testkit::certs();
    let files = certs.files("edge");
    let identity = Identity::load(&Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    });
    let nowhere = ClientConfig::at("https://127.0.0.1:1");
    let channel = connect(&nowhere, Caller::Identity, &identity.unwrap()).unwrap();
    let yaml = "{ certificate_file: /none, key_file: /none, request_timeout_ms: 100 }";
    let config: HttpConfig = xuanhao_chassis::config::parse(yaml).unwrap();
    let edge = Edge::new(&config, Peers::over(&channel));
    let router = surrounded(routes, &edge).unwrap();
    let request = Request::get("/odd").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn panics() -> &'static str {
    panic!("a secret the handler was working on")
}

#[tokio::test]
async fn a_panic_is_a_problem_without_a_word_of_it() {
    let (status, problem) = told(Router::new().route("/odd", get(panics))).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["code"], "INTERNAL");
    assert!(!problem.to_string().contains("secret"));
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up() {
    let sleepy = || tokio::time::sleep(Duration::from_secs(60));
    let (status, problem) = told(Router::new().route("/odd", get(sleepy))).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(problem["code"], "DEADLINE_EXCEEDED");
}
