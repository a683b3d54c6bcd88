//! How much one client may ask for, and who one client is.

use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xuanhao_edge::config::{Config, Rate};
use xuanhao_proto::identity::v1 as pb;

use crate::browser::{Browser, answer};
use crate::fakes::DOCUMENT;
use crate::house::House;

/// So many at once, then one a minute.
fn burst(of: u32) -> Rate {
    Rate {
        per_minute: NonZeroU32::MIN,
        burst: NonZeroU32::new(of).unwrap(),
    }
}

async fn offices_from(browser: &Browser, forwarded_for: &str) -> u16 {
    let request = browser
        .get("/api/v1/offices")
        .header("x-forwarded-for", forwarded_for);
    answer(request).await.status.as_u16()
}

#[tokio::test]
async fn each_client_has_its_own_rate_and_is_told_when_to_come_again() {
    let house = House::with(|config: &mut Config| {
        config.http.trusted_hops = 1;
        config.http.rate = burst(3);
    })
    .await;
    let browser = house.browser();
    for _ in 0..3 {
        assert_eq!(offices_from(&browser, "203.0.113.7").await, 200);
    }
    let request = browser
        .get("/api/v1/offices")
        .header("x-forwarded-for", "203.0.113.7");
    let told = answer(request).await.refused(429, "RATE_LIMITED");
    let after: u64 = told.header("retry-after").parse().unwrap();
    assert!((55..=60).contains(&after), "{after}");
    assert_eq!(offices_from(&browser, "203.0.113.8").await, 200);
}

/// What the client itself wrote into `X-Forwarded-For` stands left of what our proxy wrote.
#[tokio::test]
async fn an_address_the_client_made_up_changes_nothing() {
    let house = House::with(|config: &mut Config| {
        config.http.trusted_hops = 1;
        config.http.rate = burst(3);
    })
    .await;
    let browser = house.browser();
    for made_up in 1..=3 {
        let line = format!("198.51.100.{made_up}, 203.0.113.7");
        assert_eq!(offices_from(&browser, &line).await, 200);
    }
    assert_eq!(
        offices_from(&browser, "198.51.100.9, 203.0.113.7").await,
        429
    );
    assert_eq!(offices_from(&browser, "203.0.113.7").await, 429);
}

/// Without proxies of ours nobody's word is taken: the connection's address counts.
#[tokio::test]
async fn without_proxies_the_connection_counts() {
    let house = House::with(|config: &mut Config| config.http.rate = burst(3)).await;
    let browser = house.browser();
    for forged in 1..=3 {
        assert_eq!(
            offices_from(&browser, &format!("198.51.100.{forged}")).await,
            200
        );
    }
    assert_eq!(offices_from(&browser, "198.51.100.9").await, 429);
}

/// What costs us and needs no session has a smaller rate, and the same address goes to identity.
#[tokio::test]
async fn costly_requests_have_a_rate_of_their_own() {
    let house = House::with(|config: &mut Config| {
        config.http.trusted_hops = 1;
        config.http.costly_rate = burst(2);
    })
    .await;
    let browser = house.browser();
    let credentials = json!({"login_name": "zhang_san", "password": "correct horse"});
    let sign_in = || {
        let request = browser
            .request(Method::POST, "/api/v1/session")
            .json(&credentials);
        request.header("x-forwarded-for", "2001:db8:1:2::9")
    };
    assert_eq!(answer(sign_in()).await.status, 201);
    let asked = house.peers.last::<pb::SignInRequest>("SignIn");
    assert_eq!(asked.client_address, "2001:db8:1:2::9");
    assert_eq!(answer(sign_in()).await.status, 201);
    answer(sign_in()).await.refused(429, "RATE_LIMITED");
    // One household is one client, whatever address of its /64 it takes.
    let neighbour = browser.request(Method::POST, "/api/v1/captchas");
    let neighbour = neighbour.header("x-forwarded-for", "2001:db8:1:2:3:4:5:6");
    answer(neighbour).await.refused(429, "RATE_LIMITED");
    assert_eq!(offices_from(&browser, "2001:db8:1:2::9").await, 200);
}

/// Documents are large and bindings ask the registry: each has a smaller rate of its own, and looking at
/// bindings has none.
#[tokio::test]
async fn documents_and_bindings_have_rates_of_their_own() {
    let house = House::with(|config: &mut Config| {
        config.http.document_rate = burst(1);
        config.http.binding_rate = burst(1);
    })
    .await;
    let citizen = house.citizen().await;
    let licence = json!({"file_number": "440800123456"});
    let bind = || citizen.post("/api/v1/bindings/licences", &licence);
    assert_eq!(answer(bind()).await.status, 201);
    answer(bind()).await.refused(429, "RATE_LIMITED");
    assert_eq!(house.peers.times("BindLicence"), 1);
    let document = || citizen.get(&format!("/api/v1/documents/{DOCUMENT}"));
    assert_eq!(answer(document()).await.status, 200);
    answer(document()).await.refused(429, "RATE_LIMITED");
    for _ in 0..3 {
        assert_eq!(answer(citizen.get("/api/v1/bindings")).await.status, 200);
    }
}

/// Where one is worked for and nobody may wait, another is refused at once, before anything is asked.
#[tokio::test]
async fn what_is_too_much_at_a_time_is_shed() {
    let house = House::with(|config: &mut Config| {
        config.http.max_requests = 1;
        config.http.max_waiting = 0;
    })
    .await;
    house.peers.delay("GetNotice", Duration::from_millis(600));
    let browser = house.browser();
    let slow = browser.get("/api/v1/offices/gd-zhanjiang/notice").send();
    let shed = async {
        xuanhao_testkit::wait_until(Duration::from_secs(5), || async {
            house.peers.times("GetNotice") == 1
        })
        .await;
        answer(browser.get("/api/v1/offices")).await
    };
    let (slow, shed) = tokio::join!(slow, shed);
    assert_eq!(slow.unwrap().status(), 200);
    let shed = shed.refused(503, "OVERLOADED");
    assert_eq!(shed.header("retry-after"), "1");
    assert_eq!(answer(browser.get("/api/v1/offices")).await.status, 200);
}

/// Whoever may wait is answered in turn.
#[tokio::test]
async fn whoever_may_wait_is_answered_in_turn() {
    let house = House::with(|config: &mut Config| config.http.max_requests = 1).await;
    house.peers.delay("GetNotice", Duration::from_millis(200));
    let browser = house.browser();
    let notice = || answer(browser.get("/api/v1/offices/gd-zhanjiang/notice"));
    let (one, two, three) = tokio::join!(notice(), notice(), notice());
    assert_eq!([one.status, two.status, three.status], [200; 3]);
}

/// Reads until the other side ends the connection.
async fn until_closed(mut stream: impl AsyncRead + Unpin) {
    let ended = async {
        let mut room = [0; 256];
        while stream.read(&mut room).await.is_ok_and(|read| read > 0) {}
    };
    let limit = Duration::from_secs(6);
    tokio::time::timeout(limit, ended)
        .await
        .expect("it is closed");
}

/// Documents are held in memory whole, so few are moved at a time; other requests go on.
#[tokio::test]
async fn few_documents_are_moved_at_a_time() {
    let house = House::with(|config: &mut Config| config.http.max_documents = 1).await;
    house.peers.delay("GetDocument", Duration::from_millis(600));
    let citizen = house.citizen().await;
    let path = format!("/api/v1/documents/{DOCUMENT}");
    let slow = citizen.get(&path).send();
    let shed = async {
        xuanhao_testkit::wait_until(Duration::from_secs(5), || async {
            house.peers.times("GetDocument") == 1
        })
        .await;
        let other = answer(citizen.get("/api/v1/bindings")).await;
        assert_eq!(other.status, 200);
        answer(citizen.get(&path)).await
    };
    let (slow, shed) = tokio::join!(slow, shed);
    assert_eq!(slow.unwrap().status(), 200);
    shed.refused(503, "OVERLOADED");
    assert_eq!(house.peers.times("GetDocument"), 1);
}

/// A connection that says nothing does not keep its place: before its handshake, before its first
/// request, or within its head, in either protocol.
#[tokio::test]
async fn a_silent_connection_is_ended() {
    let house = House::with(|config: &mut Config| {
        config.http.handshake_timeout_ms = 200;
        config.http.header_timeout_ms = 200;
        config.http.idle_timeout_s = 1;
        config.http.max_connections = 1;
    })
    .await;
    until_closed(TcpStream::connect(house.address).await.unwrap()).await;
    until_closed(house.connect("http/1.1").await.unwrap()).await;
    let mut half_a_head = house.connect("http/1.1").await.unwrap();
    half_a_head
        .write_all(b"GET /api/v1/offices HTTP/1.1\r\nHo")
        .await
        .unwrap();
    until_closed(half_a_head).await;
    until_closed(house.connect("h2").await.unwrap()).await;
    assert_eq!(
        answer(house.browser().get("/api/v1/offices")).await.status,
        200
    );
}
