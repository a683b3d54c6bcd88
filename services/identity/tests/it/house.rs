//! A whole identity for one test, with a clock that the test moves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;
use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, DatabaseConfig, Db};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{ClientChannel, ClientConfig, Server, ServerConfig, connect};
use xuanhao_chassis::jobs::Signal;
use xuanhao_chassis::principal::{PrincipalKeys, Verifier};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::{self, KeysConfig, Sealer};
use xuanhao_chassis::signed::{PublicKeys, SigningKey};
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_identity::app::{App, Parts};
use xuanhao_identity::config::Config;
use xuanhao_identity::{MIGRATOR, authz, with_services};
use xuanhao_proto::identity::v1::challenge_service_client::ChallengeServiceClient;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;
use xuanhao_proto::identity::v1::staff_service_client::StaffServiceClient;
use xuanhao_proto::notification::v1::notification_service_server::NotificationServiceServer;
use xuanhao_testkit::{Certs, Scratch, TestDatabase, certs, temp_dir};

use crate::notification::FakeNotification;

/// 32 zero bytes, as a key ring.
const KEY_RING: &str =
    r#"{"current":"t","keys":{"t":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;

const NOTIFICATION_RULES: &[Rule] = &[
    Rule {
        rpc: "/xuanhao.notification.v1.NotificationService/EnqueueMessage",
        callers: &[Caller::Identity],
        principal: Requirement::None,
    },
    Rule {
        rpc: "/xuanhao.notification.v1.NotificationService/SetContactPoint",
        callers: &[Caller::Identity],
        principal: Requirement::None,
    },
];

pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) notification: FakeNotification,
    pub(crate) app: Arc<App>,
    pub(crate) database: TestDatabase,
    pub(crate) contact_due: Arc<Signal>,
    pub(crate) sealer: Sealer,
    pub(crate) public_keys: PublicKeys,
    address: SocketAddr,
    certs: Certs,
    folder: Scratch,
    stop: CancellationToken,
    _keys: TestDatabase,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

/// Configuration files as a deployment has them, with cheap passwords and the captcha simulator.
pub(crate) fn config(certs: &Certs, folder: &Scratch, notification: SocketAddr) -> Config {
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let ring = write("ring.json", KEY_RING);
    let tls = tls_files(certs, "identity");
    let yaml = format!(
        "chassis:
  tls: {{ certificate_file: {}, key_file: {}, authority_file: {} }}
  keys: {{ database: {{ url_file: /set/below }}, kek_file: {ring}, blind_index_key_file: {ring} }}
  principals: {{ jwks_file: {} }}
signing_key_file: {}
notification: {{ endpoint: 'https://{notification}' }}
passwords: {{ memory_kib: 64, passes: 1 }}
captchas: {{ zero_bits: 8, provider: {{ kind: simulator, console_file: {} }} }}
challenges: {{ reset_answer_ms: 300 }}
",
        tls.certificate_file.display(),
        tls.key_file.display(),
        tls.authority_file.display(),
        folder.path().join("jwks.json").display(),
        folder.path().join("signing-key.der").display(),
        console(folder).display(),
        ring = ring.display(),
    );
    xuanhao_chassis::config::parse(&yaml).unwrap()
}

fn console(folder: &Scratch) -> PathBuf {
    folder.path().join("captchas.txt")
}

pub(crate) fn tls_files(certs: &Certs, service: &str) -> tls::Files {
    let files = certs.files(service);
    tls::Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    }
}

/// A key in a file, its public half beside it.
pub(crate) fn write_signing_key(folder: &Scratch) -> SigningKey {
    let random = ring::rand::SystemRandom::new();
    let document = ring::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    std::fs::write(folder.path().join("signing-key.der"), document.as_ref()).unwrap();
    let key = SigningKey::from_pkcs8(document.as_ref()).unwrap();
    std::fs::write(folder.path().join("jwks.json"), key.public_jwks().unwrap()).unwrap();
    key
}

/// Notification behind mutual TLS.
pub(crate) async fn serve_notification(
    fake: FakeNotification,
    certs: &Certs,
    stop: CancellationToken,
) -> SocketAddr {
    let identity = Identity::load(&tls_files(certs, "notification")).unwrap();
    let server = Server::new(
        &ServerConfig::default(),
        identity,
        Table::new(NOTIFICATION_RULES),
    )
    .add_service(NotificationServiceServer::new(fake));
    let bound = server.bind().await.unwrap();
    let address = bound.address();
    tokio::spawn(bound.serve(stop, Duration::from_secs(1)));
    address
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let (certs, folder, stop) = (certs(), temp_dir(), CancellationToken::new());
        let (notification, clock) = (FakeNotification::new(), Clock::manual(start()));
        let away = serve_notification(notification.clone(), &certs, stop.clone()).await;
        let mut config = config(&certs, &folder, away);
        change(&mut config);
        let signing_key = write_signing_key(&folder);
        let database = TestDatabase::new(&db::migrations(&MIGRATOR)).await;
        let keys = TestDatabase::new(&sealed::migrations()).await;
        let sealer = sealer(&config, &folder, &keys, clock.clone()).await;
        let (public_keys, contact_due) = (PublicKeys::of(&signing_key), Arc::<Signal>::default());
        let identity = Identity::load(&config.chassis.tls).unwrap();
        let parts = Parts {
            db: Db::over(database.pool_with(16).await),
            clock: clock.clone(),
            random: SecureRandom::system(),
            sealer: sealer.clone(),
            signing_key,
            public_keys: public_keys.clone(),
            notification: connect(&config.notification, Caller::Notification, &identity).unwrap(),
        };
        let app = Arc::new(App::new(&config, parts, Arc::clone(&contact_due)).unwrap());
        let principals = PrincipalKeys {
            jwks_file: folder.path().join("jwks.json"),
        };
        let server = Server::new(&ServerConfig::default(), identity, authz::table())
            .principals(Verifier::load(&principals, clock.clone()).unwrap());
        let bound = with_services(server, Arc::clone(&app))
            .bind()
            .await
            .unwrap();
        let address = bound.address();
        tokio::spawn(bound.serve(stop.clone(), Duration::from_secs(1)));
        let _keys = keys;
        Self {
            clock,
            notification,
            app,
            database,
            contact_due,
            sealer,
            public_keys,
            address,
            certs,
            folder,
            stop,
            _keys,
        }
    }

    /// A channel of that service.
    pub(crate) fn channel(&self, caller: &str) -> ClientChannel {
        let identity = Identity::load(&tls_files(&self.certs, caller)).unwrap();
        let config = ClientConfig::at(format!("https://{}", self.address));
        connect(&config, Caller::Identity, &identity).unwrap()
    }

    /// A channel that waits longer: sealing megabytes takes its time where nothing is optimised.
    pub(crate) fn patient_channel(&self, caller: &str) -> ClientChannel {
        let identity = Identity::load(&tls_files(&self.certs, caller)).unwrap();
        let config = ClientConfig {
            timeout_ms: 30_000,
            ..ClientConfig::at(format!("https://{}", self.address))
        };
        connect(&config, Caller::Identity, &identity).unwrap()
    }

    pub(crate) fn signing_key_file(&self) -> PathBuf {
        self.folder.path().join("signing-key.der")
    }

    pub(crate) fn identity(&self) -> IdentityServiceClient<ClientChannel> {
        IdentityServiceClient::new(self.channel("edge"))
    }

    pub(crate) fn challenges(&self) -> ChallengeServiceClient<ClientChannel> {
        ChallengeServiceClient::new(self.channel("edge"))
    }

    pub(crate) fn staff(&self) -> StaffServiceClient<ClientChannel> {
        StaffServiceClient::new(self.channel("xuanctl"))
    }

    /// What the captcha simulator told.
    pub(crate) fn captcha_answer(&self, captcha_id: &str) -> String {
        let told = std::fs::read_to_string(console(&self.folder)).unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix(captcha_id));
        line.expect("the simulator tells every answer")
            .trim()
            .to_owned()
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

async fn sealer(config: &Config, folder: &Scratch, keys: &TestDatabase, clock: Clock) -> Sealer {
    let given = config.chassis.keys.clone().unwrap();
    let keys = KeysConfig {
        database: database(folder, "keys", keys),
        ..given
    };
    Sealer::connect(&keys, clock).await.unwrap()
}

/// A database of the shared server; its address has a password and so stands in a file.
pub(crate) fn database(folder: &Scratch, name: &str, database: &TestDatabase) -> DatabaseConfig {
    let file = folder.path().join(format!("{name}-url"));
    std::fs::write(&file, database.url()).unwrap();
    DatabaseConfig {
        max_connections: 8,
        ..DatabaseConfig::at_file(file)
    }
}

pub(crate) fn uuid() -> String {
    let bytes: [u8; 16] = SecureRandom::system().bytes();
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

pub(crate) fn refusal(status: &Status) -> Refusal {
    Refusal::from_status(status).unwrap_or_else(|| panic!("no refusal of ours: {status:?}"))
}

#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(
    answer: Result<T, Status>,
    reason: Reason,
) -> Refusal {
    let refusal = refusal(&answer.expect_err("it should be refused"));
    assert_eq!(refusal.reason(), reason);
    refusal
}

pub(crate) fn nil() -> String {
    Uuid::nil().to_string()
}
