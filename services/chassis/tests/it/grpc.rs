//! Calls and their limits.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use xuanhao_chassis::authz::{Caller, Rule, Table};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{self, CallExt, Drained, ServerConfig, call};
use xuanhao_chassis::reason::Reason;

use crate::echo::{Echo, Mesh, SECRET, Started, Words, say};
use crate::wait::until;

fn reason(status: &tonic::Status) -> Option<Reason> {
    Refusal::from_status(status).map(|refusal| refusal.reason())
}

#[tokio::test]
async fn a_handler_learns_who_calls_and_how_long_it_has() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let words = say(&edge, "Say", call(Words::text("你好"))).await.unwrap();
    assert_eq!(
        (words.text.as_str(), words.caller.as_str()),
        ("你好", "edge")
    );
    assert!(words.principal.is_empty());
    // The client's own limit of five seconds came along.
    assert!((4_000..=5_000).contains(&words.millis), "{}", words.millis);
    assert_eq!(server.stopped().await, Drained::Completely);
}

#[tokio::test]
async fn the_callers_deadline_is_honoured() {
    let mesh = Mesh::new();
    let echo = Echo::default();
    let server = mesh.start(&ServerConfig::default(), echo.clone()).await;
    let edge = mesh.client("edge", &server);
    let started = Instant::now();
    let request = call(Words::millis(60_000)).deadline(Duration::from_millis(200));
    let status = say(&edge, "Sleep", request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), Some(Reason::DeadlineExceeded));
    assert!(started.elapsed() < Duration::from_secs(3));
    until("the handler is given up", || {
        echo.inside.load(Ordering::Relaxed) == 0
    })
    .await;
}

#[tokio::test]
async fn the_servers_own_limit_holds_for_callers_that_would_wait() {
    let mesh = Mesh::new();
    let config = ServerConfig {
        deadline_ms: 200,
        ..ServerConfig::default()
    };
    let server = mesh.start(&config, Echo::default()).await;
    let edge = mesh.client("edge", &server);
    for request in [
        call(Words::millis(60_000)),
        call(Words::millis(60_000)).endless(),
    ] {
        let status = say(&edge, "Sleep", request).await.unwrap_err();
        assert_eq!(reason(&status), Some(Reason::DeadlineExceeded));
    }
}

#[tokio::test]
async fn calls_made_while_answering_end_by_the_same_deadline() {
    let mesh = Mesh::new();
    let second = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let next = Some(mesh.client("selection", &second));
    let first = mesh
        .start(
            &ServerConfig::default(),
            Echo {
                next,
                ..Echo::default()
            },
        )
        .await;
    let edge = mesh.client("edge", &first);
    let request = call(Words::default()).deadline(Duration::from_millis(1_500));
    let words = say(&edge, "Relay", request).await.unwrap();
    assert_eq!(words.caller, "selection");
    assert!((1..1_500).contains(&words.millis), "{}", words.millis);
}

#[tokio::test]
async fn calls_beyond_the_limit_are_shed_at_once_but_health_is_answered() {
    let mesh = Mesh::new();
    let config = ServerConfig {
        max_calls: 1,
        ..ServerConfig::default()
    };
    let echo = Echo::default();
    let server = mesh.start(&config, echo.clone()).await;
    let edge = mesh.client("edge", &server);
    let busy = tokio::spawn({
        let edge = edge.clone();
        async move { say(&edge, "Sleep", call(Words::millis(1_500))).await }
    });
    until("the only place is taken", || {
        echo.calls.load(Ordering::Relaxed) == 1
    })
    .await;

    let status = say(&edge, "Say", call(Words::default())).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let refusal = Refusal::from_status(&status).unwrap();
    assert_eq!(refusal.reason(), Reason::Overloaded);
    assert!(refusal.retry_delay().is_some());

    let mut health = HealthClient::new(edge.clone());
    health.check(HealthCheckRequest::default()).await.unwrap();
    busy.await.unwrap().unwrap();
    // The place is free again, and a read that may be sent twice gets it in the end.
    say(&edge, "Say", call(Words::default()).idempotent())
        .await
        .unwrap();
}

#[tokio::test]
async fn panics_and_faults_tell_the_caller_nothing() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let edge = mesh.client("edge", &server);
    for method in ["Panic", "Fault"] {
        let status = say(&edge, method, call(Words::default()))
            .await
            .unwrap_err();
        assert_eq!(reason(&status), Some(Reason::Internal), "{method}");
        let told = format!("{status:?} {:?}", String::from_utf8_lossy(status.details()));
        assert!(!told.contains(SECRET), "{told}");
    }
    say(&edge, "Say", call(Words::default()))
        .await
        .expect("the server goes on");
}

#[tokio::test]
async fn only_what_may_be_sent_twice_is_sent_again() {
    let mesh = Mesh::new();
    let echo = Echo::default();
    let server = mesh.start(&ServerConfig::default(), echo.clone()).await;
    let edge = mesh.client("edge", &server);

    echo.failures.store(1, Ordering::Relaxed);
    let status = say(&edge, "Flaky", call(Words::default()))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), Some(Reason::Unavailable));
    assert_eq!(echo.calls.swap(0, Ordering::Relaxed), 1);

    echo.failures.store(1, Ordering::Relaxed);
    let request = call(Words::text("again")).idempotent();
    assert_eq!(say(&edge, "Flaky", request).await.unwrap().text, "again");
    assert_eq!(echo.calls.swap(0, Ordering::Relaxed), 2);

    echo.failures.store(100, Ordering::Relaxed);
    let request = call(Words::default())
        .idempotent()
        .deadline(Duration::from_secs(30));
    say(&edge, "Flaky", request).await.unwrap_err();
    assert!(
        echo.calls.load(Ordering::Relaxed) <= 3,
        "retries are bounded"
    );
}

#[tokio::test]
async fn a_call_in_progress_ends_well_during_a_drain_and_nobody_else_is_accepted() {
    let mesh = Mesh::new();
    let echo = Echo::default();
    let server = mesh.start(&ServerConfig::default(), echo.clone()).await;
    let (edge, address) = (mesh.client("edge", &server), server.address);
    let late = mesh.client("probe", &server);
    let busy = tokio::spawn(async move { say(&edge, "Sleep", call(Words::millis(800))).await });
    until("the call has begun", || {
        echo.calls.load(Ordering::Relaxed) == 1
    })
    .await;
    server.ask_to_stop();
    until("the listener is closed", || {
        std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_err()
    })
    .await;
    let status = say(&late, "Say", call(Words::default())).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(server.stopped().await, Drained::Completely);
    busy.await.unwrap().expect("the call was answered");
}

#[tokio::test]
async fn silent_peers_do_not_hold_up_a_drain() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let _idle = TcpStream::connect(server.address).await.unwrap();
    let mut half_open = crate::tls::handshake(&mesh, "edge", server.address)
        .await
        .unwrap();
    half_open.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    half_open.flush().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;

    let started = Instant::now();
    assert_eq!(server.stopped().await, Drained::Completely);
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn what_outlasts_the_drain_is_cut_off_with_its_handlers() {
    let mesh = Mesh::new();
    let echo = Echo::default();
    let bound = mesh
        .server(&ServerConfig::default())
        .add_service(echo.clone());
    let server = Started::run(bound, Duration::from_millis(300)).await;
    let edge = mesh.client("edge", &server);
    let busy = tokio::spawn(async move { say(&edge, "Sleep", call(Words::millis(60_000))).await });
    until("the call has begun", || {
        echo.calls.load(Ordering::Relaxed) == 1
    })
    .await;
    let started = Instant::now();
    assert_eq!(server.stopped().await, Drained::ByLimit);
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    busy.await.unwrap().unwrap_err();
    until("the handler is gone", || {
        echo.inside.load(Ordering::Relaxed) == 0
    })
    .await;
}

#[tokio::test]
async fn clients_survive_the_end_of_an_old_connection() {
    let mesh = Mesh::new();
    let config = ServerConfig {
        max_connection_age_s: 1,
        ..ServerConfig::default()
    };
    let server = mesh.start(&config, Echo::default()).await;
    let edge = mesh.client("edge", &server);
    let end = Instant::now() + Duration::from_millis(2_500);
    while Instant::now() < end {
        say(&edge, "Say", call(Words::default()).idempotent())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_table_that_asks_for_principals_needs_their_keys() {
    let mesh = Mesh::new();
    let rule = Rule {
        rpc: "/xuanhao.test.v1.EchoService/Say",
        callers: &[Caller::Edge],
        principal: xuanhao_chassis::authz::Requirement::Citizen,
    };
    let config = ServerConfig::default();
    let server = grpc::Server::new(&config, mesh.identity("identity"), Table::new(&[rule]));
    assert!(matches!(
        server.bind().await,
        Err(grpc::Error::NoPrincipals)
    ));
}

#[test]
fn endpoints_are_https_with_a_port_and_nothing_else() {
    let mesh = Mesh::new();
    let identity = mesh.identity("edge");
    let connect = |endpoint: &str| {
        let config = grpc::ClientConfig::at(endpoint);
        grpc::connect(&config, Caller::Identity, &identity).is_ok()
    };
    for bad in [
        "http://h:1",
        "https://h",
        "h:1",
        "https://h:1/path",
        "https://h:1/?q",
        "",
    ] {
        assert!(!connect(bad), "{bad}");
    }
}
