//! Starting, being seen, changing certificates, and ending.

use std::time::Duration;

use serde_json::{Value, json};
use xuanhao_chassis::lifecycle::Exit;
use xuanhao_testkit::{wait_for, wait_until};

use crate::browser::{Browser, answer};
use crate::fakes::APPLICATION;
use crate::house::House;

/// A stop accepts nobody new and answers what is in progress.
#[tokio::test]
async fn a_stop_lets_requests_in_progress_end() {
    let mut house = House::new().await;
    let citizen = house.citizen().await;
    house.peers.delay("Draw", Duration::from_millis(800));
    let path = format!("/api/v1/applications/{APPLICATION}/draws");
    let request = citizen.post(&path, &json!({}));
    let drawing = tokio::spawn(answer(request));
    wait_until(Duration::from_secs(5), || async {
        house.peers.times("Draw") == 1
    })
    .await;
    house.tell_to_stop().await;
    let address = house.address;
    wait_until(Duration::from_secs(5), || async move {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    assert!(
        !drawing.is_finished(),
        "nobody is accepted while it is in progress"
    );
    assert_eq!(drawing.await.unwrap().body["outcome"]["kind"], "held");
    assert_eq!(house.ended().await, Exit::Clean);
}

/// What takes longer than the drain's limit is cut off, so that a stop always ends.
#[tokio::test]
async fn a_stop_ends_though_a_request_does_not() {
    let mut house = House::with(|config| {
        config.chassis.lifecycle.rpc_drain_limit_ms = 300;
    })
    .await;
    let citizen = house.citizen().await;
    house.peers.delay("Draw", Duration::from_secs(30));
    let path = format!("/api/v1/applications/{APPLICATION}/draws");
    let drawing = tokio::spawn(citizen.post(&path, &json!({})).send());
    wait_until(Duration::from_secs(5), || async {
        house.peers.times("Draw") == 1
    })
    .await;
    house.tell_to_stop().await;
    tokio::time::timeout(Duration::from_secs(4), house.ended())
        .await
        .unwrap();
    drawing.await.unwrap().unwrap_err();
}

/// An idle connection, also one that never asked anything, does not hold up a stop.
#[tokio::test]
async fn idle_connections_do_not_hold_up_a_stop() {
    let mut house = House::new().await;
    let browsers = [
        house.browser(),
        Browser::built(&house, reqwest::ClientBuilder::http1_only),
    ];
    for browser in &browsers {
        assert_eq!(answer(browser.get("/api/v1/offices")).await.status, 200);
    }
    let _silent = tokio::net::TcpStream::connect(house.address).await.unwrap();
    house.tell_to_stop().await;
    let ended = tokio::time::timeout(Duration::from_secs(4), house.ended()).await;
    assert_eq!(ended.unwrap(), Exit::Clean);
}

/// The certificate one sees when connecting now.
async fn shown(house: &House) -> Option<Vec<u8>> {
    let stream = house.connect("h2").await.ok()?;
    let chain = stream.get_ref().1.peer_certificates()?;
    Some(chain[0].to_vec())
}

/// A new certificate is shown without a restart, and connections go on.
#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let house = House::new().await;
    let browser = house.browser();
    assert_eq!(answer(browser.get("/api/v1/offices")).await.status, 200);
    let before = shown(&house).await.unwrap();
    let leaf = house.certs.leaf("www");
    std::fs::write(&house.key, leaf.key_pem).unwrap();
    std::fs::write(&house.certificate, leaf.cert_pem).unwrap();
    let after = wait_for(Duration::from_secs(15), || async {
        shown(&house).await.filter(|shown| *shown != before)
    })
    .await;
    assert_ne!(after, before);
    assert_eq!(answer(browser.get("/api/v1/offices")).await.status, 200);
}

/// One line tells of each request, in the trace its client began and its peers go on with; nothing of
/// the person is in it.
#[tokio::test]
async fn a_request_leaves_one_line_in_its_clients_trace() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let path = format!("/api/v1/applications/{APPLICATION}/info?token=hidden");
    let body = json!({
        "vin": "LSVAA49J132047371",
        "purchase_proof": {"kind": "electronic_invoice", "number": "24442000000012345678"},
    });
    let request = citizen.write(reqwest::Method::PUT, &path, &body);
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    assert_eq!(answer(request).await.status, 200);
    let mine = || {
        let log = house.log();
        let lines = log
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mine =
            lines.filter(|line| line["message"] == "http answered" && line["trace_id"] == trace);
        mine.collect::<Vec<_>>()
    };
    wait_until(Duration::from_secs(5), || async { !mine().is_empty() }).await;
    let lines = mine();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        lines[0]["http.route"],
        "/api/v1/applications/{application_id}/info"
    );
    assert_eq!(lines[0]["http.method"], "PUT");
    assert_eq!(lines[0]["http.status"], 200);
    assert!(lines[0]["duration_ms"].as_f64().unwrap() > 0.0);
    let theirs = house.peers.last_traceparent("SubmitInfo").unwrap();
    assert!(theirs.contains(trace), "{theirs}");
    let log = house.log();
    for secret in [
        "LSVAA49J132047371",
        "24442000000012345678",
        "127.0.0.1:",
        "hidden",
        APPLICATION,
    ] {
        let told = log.lines().filter(|line| line.contains("http answered"));
        assert!(
            !told.into_iter().any(|line| line.contains(secret)),
            "{secret} was logged"
        );
    }
}

/// Rate, errors and duration stand under the route's template, whatever the path was.
#[tokio::test]
async fn requests_are_measured_by_route() {
    let house = House::new().await;
    let browser = house.browser();
    for path in [
        "/api/v1/applications/7",
        "/api/v1/applications/8",
        "/no/such/page",
    ] {
        answer(browser.get(path)).await;
    }
    let metrics = format!("http://{}/metrics", house.admin);
    let metrics = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    let line = |name: &str, labels: &[&str]| {
        let mut lines = metrics.lines().filter(|line| line.starts_with(name));
        let found = lines.find(|line| labels.iter().all(|label| line.contains(label)));
        found
            .unwrap_or_else(|| panic!("{name} {labels:?} in {metrics}"))
            .to_owned()
    };
    let route = r#"route="/api/v1/applications/{application_id}""#;
    let counted = line(
        "http_server_duration_seconds_count",
        &[route, r#"status="401""#],
    );
    assert!(counted.ends_with(" 2"), "{counted}");
    let refused = line(
        "http_server_refusals_total",
        &[route, r#"reason="UNAUTHENTICATED""#],
    );
    assert!(refused.ends_with(" 2"), "{refused}");
    line(
        "http_server_duration_seconds_count",
        &[r#"route="unknown""#, r#"status="404""#],
    );
    assert!(!metrics.contains("/no/such/page"));
}
