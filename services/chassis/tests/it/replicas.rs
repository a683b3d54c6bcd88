//! Calls to a service of several addresses.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::grpc::{self, CallExt, ClientConfig, ServerConfig, call, never_sent};

use crate::echo::{Echo, Mesh, Started, Words, say};

/// Three replicas, how often each was asked, and a client of all.
async fn three(mesh: &Mesh) -> (Vec<Started>, Vec<Echo>, grpc::ClientChannel) {
    let echoes: Vec<Echo> = (0..3).map(|_| Echo::default()).collect();
    let mut servers = Vec::new();
    for echo in &echoes {
        servers.push(mesh.start(&ServerConfig::default(), echo.clone()).await);
    }
    let endpoints = servers
        .iter()
        .map(|server| format!("https://{}", server.address));
    let config = ClientConfig {
        endpoints: endpoints.collect(),
        ..ClientConfig::at("")
    };
    let edge = grpc::connect(&config, Caller::Identity, &mesh.identity("edge")).unwrap();
    (servers, echoes, edge)
}

fn asked(echoes: &[Echo]) -> Vec<u32> {
    let calls = echoes.iter().map(|echo| echo.calls.load(Ordering::Relaxed));
    calls.collect()
}

#[tokio::test]
async fn calls_go_round_all_addresses() {
    let mesh = Mesh::new();
    let (_servers, echoes, edge) = three(&mesh).await;
    for _ in 0..9 {
        say(&edge, "Flaky", call(Words::default())).await.unwrap();
    }
    assert_eq!(asked(&echoes), [3, 3, 3]);
}

/// Nothing was sent to an address that refuses, so even calls that must not be sent twice go on.
#[tokio::test]
async fn a_lost_replica_costs_no_call() {
    let mesh = Mesh::new();
    let (mut servers, echoes, edge) = three(&mesh).await;
    servers.remove(1).stopped().await;
    for _ in 0..30 {
        say(&edge, "Flaky", call(Words::default())).await.unwrap();
    }
    let told = asked(&echoes);
    assert_eq!((told[0] + told[2], told[1]), (30, 0));
    assert!(told[0] > 5 && told[2] > 5, "{told:?}");
}

/// One that was away is asked again when it is back.
#[tokio::test]
async fn a_replica_that_is_back_is_asked_again() {
    let mesh = Mesh::new();
    let (mut servers, echoes, edge) = three(&mesh).await;
    let lost = servers.remove(1);
    let config = ServerConfig {
        listen: lost.address,
        ..ServerConfig::default()
    };
    lost.stopped().await;
    say(&edge, "Flaky", call(Words::default())).await.unwrap();
    let _back = mesh.start(&config, echoes[1].clone()).await;
    let end = Instant::now() + Duration::from_secs(10);
    while asked(&echoes)[1] == 0 {
        assert!(Instant::now() < end, "it is never asked");
        say(&edge, "Flaky", call(Words::default())).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A caller that finds nobody learns that nothing was sent, and one whose peer failed does not.
#[tokio::test]
async fn who_reached_nobody_knows_it() {
    let mesh = Mesh::new();
    let (servers, echoes, edge) = three(&mesh).await;
    echoes
        .iter()
        .for_each(|echo| echo.failures.store(1, Ordering::Relaxed));
    let failed = say(&edge, "Flaky", call(Words::default())).await;
    assert!(!never_sent(&failed.unwrap_err()));
    let slow = call(Words::millis(60_000)).deadline(Duration::from_millis(100));
    assert!(!never_sent(&say(&edge, "Sleep", slow).await.unwrap_err()));
    for server in servers {
        server.stopped().await;
    }
    let nobody = say(&edge, "Flaky", call(Words::default())).await;
    assert!(never_sent(&nobody.unwrap_err()));
}

/// A name may stand for several addresses, of which some may refuse.
#[tokio::test]
async fn a_name_is_looked_up() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    let config = ClientConfig::at(format!("https://localhost:{}", server.address.port()));
    let edge = grpc::connect(&config, Caller::Identity, &mesh.identity("edge")).unwrap();
    for _ in 0..5 {
        say(&edge, "Say", call(Words::default())).await.unwrap();
    }
}
