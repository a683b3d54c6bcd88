//! Peers that are away or slow: told in time, and what was entered is not lost.

use std::time::{Duration, Instant};

use serde_json::json;
use xuanhao_edge::config::Config;

use crate::browser::{KEY, answer};
use crate::fakes::APPLICATION;
use crate::house::House;

fn draws() -> String {
    format!("/api/v1/applications/{APPLICATION}/draws")
}

#[tokio::test]
async fn a_peer_that_is_down_is_told_as_busy_and_nothing_is_charged() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    house.end("selection");
    let begun = Instant::now();
    let told = answer(citizen.post(&draws(), &json!({}))).await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let told = told.refused(503, "UNAVAILABLE");
    let title = told.body["title"].as_str().unwrap();
    assert!(
        title.contains("不会重复扣减次数") && title.contains("会保留"),
        "{title}"
    );
    assert_eq!(told.header("retry-after"), "1");
    // The others are there.
    assert_eq!(answer(citizen.get("/api/v1/account")).await.status, 200);
    // Without identity nobody is believed.
    house.end("identity");
    answer(citizen.get("/api/v1/account"))
        .await
        .refused(503, "UNAVAILABLE");
}

/// A peer that does not answer is given up in the request's time, which it was told.
#[tokio::test]
async fn a_slow_peer_is_given_up_in_time() {
    let house = House::with(|config: &mut Config| config.http.request_timeout_ms = 700).await;
    let citizen = house.citizen().await;
    house.peers.delay("Draw", Duration::from_secs(30));
    let begun = Instant::now();
    let told = answer(citizen.post(&draws(), &json!({}))).await;
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    told.refused(504, "DEADLINE_EXCEEDED");
    let remaining = house.peers.last_remaining("Draw");
    assert!(remaining <= Duration::from_millis(700), "{remaining:?}");
    let asked = house
        .peers
        .last::<xuanhao_proto::selection::v1::DrawRequest>("Draw");
    assert_eq!(asked.request_id, KEY, "a repeat finds the same operation");
}

/// A body that never comes is waited for no longer than the request may take.
#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let house = House::with(|config: &mut Config| config.http.request_timeout_ms = 300).await;
    let citizen = house.citizen().await;
    let never = http_body_util::StreamBody::new(futures::stream::pending::<
        Result<hyper::body::Frame<bytes::Bytes>, std::io::Error>,
    >());
    let request = citizen
        .post(&draws(), &json!({}))
        .body(reqwest::Body::wrap(never));
    answer(request).await.refused(504, "DEADLINE_EXCEEDED");
    assert_eq!(house.peers.times("Draw"), 0);
}
