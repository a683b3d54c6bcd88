//! The service as a program: from its configuration to its ready file, and to a clean end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::bus::BusConfig;
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::{ClientConfig, connect};
use xuanhao_chassis::lifecycle::{Exit, LifecycleConfig, ReadyFile, Signals, run_until};
use xuanhao_chassis::sealed;
use xuanhao_chassis::telemetry::Output;
use xuanhao_chassis::tls::Identity;
use xuanhao_identity::app::bootstrap::FirstAdministrator;
use xuanhao_identity::config::Config;
use xuanhao_identity::domain::FullName;
use xuanhao_identity::domain::login_name::LoginName;
use xuanhao_identity::{MIGRATOR, NAME, bootstrap_administrator, start};
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::staff_service_client::StaffServiceClient;
use xuanhao_testkit::{Scratch, TestBus, TestDatabase, certs, temp_dir, wait_for};
use xuanhao_vocabulary::ProvinceId;

use crate::house::{config, database, serve_notification, tls_files, write_signing_key};
use crate::notification::FakeNotification;

/// The test's own account on the bus; a password stands in a file.
fn bus(url: &str, folder: &Scratch) -> BusConfig {
    let (credentials, host) = url
        .strip_prefix("nats://")
        .unwrap()
        .split_once('@')
        .unwrap();
    let (user, password) = credentials.split_once(':').unwrap();
    let file = folder.path().join("nats-password");
    std::fs::write(&file, password).unwrap();
    let user = Some(user.to_owned());
    BusConfig {
        user,
        password_file: Some(file),
        ..BusConfig::at(format!("nats://{host}"))
    }
}

fn first() -> FirstAdministrator {
    FirstAdministrator {
        login_name: LoginName::parse("admin_gd").unwrap(),
        full_name: FullName::parse("李四").unwrap(),
        initial_password: "initial password 1".to_owned(),
        provinces: vec![ProvinceId::parse("gd").unwrap()],
        reason: "a new installation".to_owned(),
    }
}

async fn run(config: Config, signals: Signals) -> Exit {
    let chassis = config.chassis.clone();
    run_until(
        NAME,
        "0.0.0",
        &chassis,
        Output::Memory(std::sync::Arc::default()),
        signals,
        |boot| start(boot, config),
    )
    .await
}

#[tokio::test]
async fn the_program_starts_serves_and_ends() {
    let (certs, folder, stop) = (certs(), temp_dir(), CancellationToken::new());
    let (data, keys) = (
        TestDatabase::new(&db::migrations(&MIGRATOR)).await,
        TestDatabase::new(&sealed::migrations()).await,
    );
    let nats = TestBus::new().await;
    let notification = serve_notification(FakeNotification::new(), &certs, stop.clone()).await;
    write_signing_key(&folder);
    let mut config = config(&certs, &folder, notification);
    let ready_file = folder.path().join("ready.json");
    config.chassis.database = Some(database(&folder, "data", &data));
    config.chassis.keys.as_mut().unwrap().database = database(&folder, "keys", &keys);
    config.chassis.bus = Some(bus(nats.url(), &folder));
    config.chassis.ready_file = Some(ready_file.clone());
    config.chassis.lifecycle = LifecycleConfig {
        lameduck_ms: 50,
        ..LifecycleConfig::default()
    };
    bootstrap_administrator(&config, first()).await.unwrap();
    bootstrap_administrator(&config, first()).await.unwrap_err();

    let (signal, signals) = Signals::manual();
    let running = tokio::spawn(run(config, signals));
    let ready = wait_for(Duration::from_secs(20), || async {
        ReadyFile::read(&ready_file).ok().flatten()
    })
    .await;
    assert_eq!(ready.simulators, ["captcha"]);
    let endpoint = ClientConfig::at(format!("https://{}", ready.addresses["grpc"]));
    let xuanctl = Identity::load(&tls_files(&certs, "xuanctl")).unwrap();
    let mut client =
        StaffServiceClient::new(connect(&endpoint, Caller::Identity, &xuanctl).unwrap());
    let request = pb::SignInStaffRequest {
        login_name: "admin_gd".to_owned(),
        password: "initial password 1".to_owned(),
        client_address: "192.0.2.1".to_owned(),
    };
    assert!(
        client
            .sign_in_staff(request)
            .await
            .unwrap()
            .into_inner()
            .must_change_password
    );
    drop(client);

    signal.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Exit::Clean);
    stop.cancel();
}

/// A key that nobody would believe is told at the start, not by citizens later.
#[tokio::test]
async fn a_signing_key_that_nobody_believes_is_refused_at_start() {
    let (certs, folder) = (certs(), temp_dir());
    let (data, keys) = (
        TestDatabase::new(&db::migrations(&MIGRATOR)).await,
        TestDatabase::new(&sealed::migrations()).await,
    );
    write_signing_key(&folder);
    let stranger = xuanhao_chassis::signed::SigningKey::generate();
    std::fs::write(
        folder.path().join("jwks.json"),
        stranger.public_jwks().unwrap(),
    )
    .unwrap();
    let mut config = config(&certs, &folder, "127.0.0.1:1".parse().unwrap());
    config.chassis.database = Some(database(&folder, "data", &data));
    config.chassis.keys.as_mut().unwrap().database = database(&folder, "keys", &keys);
    let (_signal, signals) = Signals::manual();
    assert_eq!(run(config, signals).await, Exit::Failed);
}
