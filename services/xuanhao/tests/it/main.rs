//! The binary as an orchestrator runs it: configurations, migrations, streams, first administrator.

#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "a failed expectation is a failed test, and tests look at rows directly"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sqlx::migrate::Migrator;
use xuanhao_testkit::{Scratch, TestBus, TestDatabase, certs, temp_dir};

const SERVICES: [&str; 6] = [
    "identity",
    "notification",
    "platepool",
    "vehicle",
    "selection",
    "edge",
];

fn xuanhao(args: &[&str], config: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xuanhao"))
        .args(args)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write(folder: &Scratch, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn sample(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join(service)
        .join("config.sample.yaml")
}

async fn empty_database(folder: &Scratch, name: &str) -> (TestDatabase, PathBuf) {
    let database = TestDatabase::new(&Migrator::with_migrations(Vec::new())).await;
    let url = write(folder, &format!("{name}.url"), &database.url());
    (database, url)
}

/// A configuration of notification over this database, with nothing behind the other files.
fn notification(folder: &Scratch, url: &Path) -> PathBuf {
    let sample = std::fs::read_to_string(sample("notification")).unwrap();
    let config = sample.replace("/etc/xuanhao/database/url", &url.display().to_string());
    write(folder, "notification.yaml", &config)
}

#[test]
fn every_sample_is_a_configuration() {
    for service in SERVICES {
        let printed = xuanhao(&[service, "--print-config"], &sample(service));
        assert!(printed.status.success(), "{}", text(&printed.stderr));
        assert!(text(&printed.stdout).contains("chassis:"));
    }
    let streams = Path::new(env!("CARGO_MANIFEST_DIR")).join("streams.sample.yaml");
    let printed = xuanhao(&["streams", "apply", "--print-config"], &streams);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
}

#[test]
fn an_unknown_key_ends_with_64_and_one_line() {
    let folder = temp_dir();
    let content = std::fs::read_to_string(sample("vehicle")).unwrap() + "\nsurprise: 1\n";
    let config = write(&folder, "vehicle.yaml", &content);
    for args in [&["vehicle"][..], &["migrate", "vehicle"][..]] {
        let refused = xuanhao(args, &config);
        assert_eq!(refused.status.code(), Some(64));
        let line = text(&refused.stderr);
        assert!(
            line.contains("surprise") && line.lines().count() == 1,
            "{line}"
        );
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing_the_second_time() {
    let folder = temp_dir();
    let (database, url) = empty_database(&folder, "data").await;
    let config = notification(&folder, &url);
    for _ in 0..2 {
        let migrated = xuanhao(&["migrate", "notification"], &config);
        assert!(migrated.status.success(), "{}", text(&migrated.stderr));
        assert!(text(&migrated.stdout).starts_with("schema is at "));
    }
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert!(applied > 1);
}

/// A release that comes up before its migrations refuses instead of failing call by call.
#[tokio::test]
async fn a_service_refuses_an_older_schema() {
    let folder = temp_dir();
    let (_database, url) = empty_database(&folder, "data").await;
    let certs = certs();
    let files = certs.files("notification");
    let config = std::fs::read_to_string(notification(&folder, &url)).unwrap();
    let config = config
        .replace(
            "/etc/xuanhao/tls/tls.crt",
            &files.cert.display().to_string(),
        )
        .replace("/etc/xuanhao/tls/tls.key", &files.key.display().to_string())
        .replace("/etc/xuanhao/tls/ca.crt", &files.ca.display().to_string())
        .replace("0.0.0.0:7443", "127.0.0.1:0");
    let config = write(&folder, "service.yaml", &config);
    let refused = xuanhao(&["notification"], &config);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        text(&refused.stdout).contains("schema"),
        "{}",
        text(&refused.stdout)
    );
}

#[tokio::test]
async fn streams_are_made_once() {
    let (folder, bus) = (temp_dir(), TestBus::new().await);
    let password = write(&folder, "password", bus.password());
    let config = write(
        &folder,
        "streams.yaml",
        &format!(
            "bus:\n  servers: [\"{}\"]\n  user: {}\n  password_file: {}\nreplicas: 1\n",
            bus.server(),
            bus.user(),
            password.display()
        ),
    );
    let first = xuanhao(&["streams", "apply"], &config);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout).matches("created").count(), 5);
    let second = xuanhao(&["streams", "apply"], &config);
    assert_eq!(text(&second.stdout).matches("unchanged").count(), 5);
}

#[tokio::test]
async fn there_is_one_first_administrator() {
    let folder = temp_dir();
    let (_data, data_url) = empty_database(&folder, "data").await;
    let (_keys, keys_url) = empty_database(&folder, "keys").await;
    let ring = r#"{"current":"k1","keys":{"k1":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}}"#;
    let ring = write(&folder, "ring.json", ring);
    let config = std::fs::read_to_string(sample("identity")).unwrap();
    let config = config
        .replace("/etc/xuanhao/database/url", &data_url.display().to_string())
        .replace("/etc/xuanhao/keys/url", &keys_url.display().to_string())
        .replace("/etc/xuanhao/keys/kek.json", &ring.display().to_string())
        .replace(
            "/etc/xuanhao/keys/blind-index.json",
            &ring.display().to_string(),
        );
    let config = write(&folder, "identity.yaml", &config);
    for store in ["identity", "keys"] {
        let migrated = xuanhao(&["migrate", store], &config);
        assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    }
    let password = write(&folder, "password", "initial password 1\n");
    let password = password.display().to_string();
    let arguments = |province| {
        [
            "staff",
            "bootstrap",
            "--login-name",
            "admin_gd",
            "--full-name",
            "李四",
            "--initial-password-file",
            &password,
            "--province",
            province,
            "--reason",
            "a new installation",
        ]
        .map(str::to_owned)
    };
    let bootstrap = |province| {
        let arguments = arguments(province);
        xuanhao(&arguments.each_ref().map(String::as_str), &config)
    };
    let unknown = bootstrap("zz");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        text(&unknown.stderr).contains("province"),
        "{}",
        text(&unknown.stderr)
    );
    let made = bootstrap("gd");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert_eq!(text(&made.stdout).trim().len(), 36);
    let again = bootstrap("gd");
    assert_eq!(again.status.code(), Some(1));
    assert!(
        text(&again.stderr).contains("ALREADY_EXISTS"),
        "{}",
        text(&again.stderr)
    );
}
