//! A whole selection for one test, with a clock that the test moves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, DatabaseConfig, Db};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{
    CallExt, ClientChannel, ClientConfig, Server, ServerConfig, call, connect,
};
use xuanhao_chassis::principal::{Kind, Principal, PrincipalKeys, Verifier};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::{self, KeysConfig, Sealer};
use xuanhao_chassis::signed::{PublicKeys, SigningKey};
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_proto::identity::v1::challenge_service_server::ChallengeServiceServer;
use xuanhao_proto::identity::v1::document_service_server::DocumentServiceServer;
use xuanhao_proto::identity::v1::identity_service_server::IdentityServiceServer;
use xuanhao_proto::notification::v1::notification_service_server::NotificationServiceServer;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationServiceServer;
use xuanhao_proto::platepool::v1::pool_service_server::PoolServiceServer;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::appeal_service_client::AppealServiceClient;
use xuanhao_proto::selection::v1::counter_service_client::CounterServiceClient;
use xuanhao_proto::selection::v1::outcome_service_client::OutcomeServiceClient;
use xuanhao_proto::selection::v1::policy_service_client::PolicyServiceClient;
use xuanhao_proto::selection::v1::selection_service_client::SelectionServiceClient;
use xuanhao_proto::vehicle::v1::vehicle_service_server::VehicleServiceServer;
use xuanhao_selection::app::{App, Parts, Signals};
use xuanhao_selection::config::Config;
use xuanhao_selection::{MIGRATOR, authz, with_services};
use xuanhao_testkit::{Certs, Scratch, TestDatabase, certs, temp_dir};

use crate::documents::FakeDocuments;
use crate::identity::FakeIdentity;
use crate::peers::{FakeNotification, FakeVehicle};
use crate::pool::FakePool;

pub(crate) const OFFICE: &str = "gd-zhanjiang";
pub(crate) const GUANGDONG: &str = include_str!("../../presets/guangdong-2023.yaml");
pub(crate) const HEBEI: &str = include_str!("../../presets/hebei-2016.yaml");

macro_rules! rules {
    ($($service:literal: $($method:literal)+;)+) => {
        &[$($(Rule {
            rpc: concat!("/xuanhao.", $service, "/", $method),
            callers: &[Caller::Selection],
            principal: Requirement::None,
        },)+)+]
    };
}

/// What selection may ask its peers.
const PEERS: &[Rule] = rules! {
    "platepool.v1.PoolService": "Draw" "Keep" "Compose" "Choose" "Confirm" "GiveUp" "Resolve" "Close"
        "GetHolding" "GetAllocation" "MarkAllocationRegistered" "ReturnAllocation";
    "platepool.v1.PoolPublicationService": "GetKeyboard";
    "vehicle.v1.VehicleService": "AssessVehicle" "GetAssessment" "ClaimVehicle" "ReleaseVehicle"
        "LookupRegistration" "GetClaim";
    "identity.v1.IdentityService": "GetHolder" "KeepResidence";
    "identity.v1.ChallengeService": "CheckCaptcha";
    "identity.v1.DocumentService": "CheckDocuments";
    "notification.v1.NotificationService": "EnqueueMessage";
};

pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) pool: FakePool,
    pub(crate) vehicle: FakeVehicle,
    pub(crate) identity: FakeIdentity,
    pub(crate) documents: FakeDocuments,
    pub(crate) notification: FakeNotification,
    pub(crate) app: Arc<App>,
    pub(crate) database: TestDatabase,
    pub(crate) sealer: Sealer,
    _keys: TestDatabase,
    pub(crate) key: SigningKey,
    pub(crate) voucher_keys: PublicKeys,
    addresses: [SocketAddr; 4],
    address: SocketAddr,
    certs: Certs,
    _folder: Scratch,
    pub(crate) stop: CancellationToken,
    cars: AtomicU32,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A Monday morning in Zhanjiang.
fn start() -> Timestamp {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

fn config(folder: &Scratch) -> Config {
    let sample = include_str!("../../config.sample.yaml");
    let mut config: Config = xuanhao_chassis::config::parse(sample).unwrap();
    config.operations.timeout_ms = 2_000;
    config.operations.recover_after_ms = 3_000;
    config.proof_keys_file = folder.path().join("jwks.json");
    config
}

fn identity_of(certs: &Certs, service: &str) -> Identity {
    let files = certs.files(service);
    let files = tls::Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    };
    Identity::load(&files).unwrap()
}

async fn serve(server: Server, stop: &CancellationToken) -> SocketAddr {
    let bound = server.bind().await.unwrap();
    let address = bound.address();
    tokio::spawn(bound.serve(stop.clone(), Duration::from_secs(1)));
    address
}

impl House {
    /// With Guangdong's policy and a notice at [`OFFICE`].
    pub(crate) async fn new() -> Self {
        Self::with(GUANGDONG).await
    }

    /// With another policy.
    pub(crate) async fn with(policy: &str) -> Self {
        let house = Self::bare().await;
        house.apply(policy).await;
        house.publish_notice().await;
        house
    }

    /// Without policies and notices.
    pub(crate) async fn bare() -> Self {
        Self::bare_at(start()).await
    }

    /// With another policy, at an instant.
    pub(crate) async fn at(start: &str, policy: &str) -> Self {
        let house = Self::bare_at(start.parse().unwrap()).await;
        house.apply(policy).await;
        house.publish_notice().await;
        house
    }

    async fn bare_at(start: Timestamp) -> Self {
        let (certs, folder, stop) = (certs(), temp_dir(), CancellationToken::new());
        let clock = Clock::manual(start);
        let pool = FakePool::new(clock.clone());
        let documents = FakeDocuments::default();
        let (vehicle, identity, notification) = (
            FakeVehicle::default(),
            FakeIdentity::default(),
            FakeNotification::default(),
        );
        let peer = |service: &str| {
            Server::new(
                &ServerConfig::default(),
                identity_of(&certs, service),
                Table::new(PEERS),
            )
        };
        let addresses = [
            serve(
                peer("platepool")
                    .add_service(PoolServiceServer::new(pool.clone()))
                    .add_service(PoolPublicationServiceServer::new(pool.clone())),
                &stop,
            )
            .await,
            serve(
                peer("vehicle").add_service(VehicleServiceServer::new(vehicle.clone())),
                &stop,
            )
            .await,
            serve(
                peer("identity")
                    .add_service(IdentityServiceServer::new(identity.clone()))
                    .add_service(ChallengeServiceServer::new(identity.clone()))
                    .add_service(DocumentServiceServer::new(documents.clone())),
                &stop,
            )
            .await,
            serve(
                peer("notification")
                    .add_service(NotificationServiceServer::new(notification.clone())),
                &stop,
            )
            .await,
        ];
        let key = SigningKey::generate();
        std::fs::write(folder.path().join("jwks.json"), key.public_jwks().unwrap()).unwrap();
        let database = TestDatabase::new(&db::migrations(&MIGRATOR)).await;
        let voucher_key = SigningKey::generate();
        let voucher_keys = PublicKeys::of(&voucher_key);
        let config = config(&folder);
        let keys = TestDatabase::new(&sealed::migrations()).await;
        let sealer = sealer(&keys, &folder, &clock).await;
        let parts = parts(
            &database,
            &clock,
            &certs,
            addresses,
            &key,
            voucher_key,
            sealer.clone(),
        )
        .await;
        let app = Arc::new(App::new(&config, parts, Signals::default()));
        let principals = PrincipalKeys {
            jwks_file: folder.path().join("jwks.json"),
        };
        let server = Server::new(
            &ServerConfig::default(),
            identity_of(&certs, "selection"),
            authz::table(),
        )
        .principals(Verifier::load(&principals, clock.clone()).unwrap());
        let address = serve(with_services(server, Arc::clone(&app)), &stop).await;
        let (_folder, cars) = (folder, AtomicU32::new(0));
        Self {
            clock,
            pool,
            vehicle,
            identity,
            documents,
            notification,
            app,
            database,
            sealer,
            _keys: keys,
            key,
            voucher_keys,
            addresses,
            address,
            certs,
            _folder,
            stop,
            cars,
        }
    }

    /// Another process over the same database, as after a crash.
    pub(crate) async fn restarted(&self) -> Arc<App> {
        let voucher_key = SigningKey::generate();
        let parts = parts(
            &self.database,
            &self.clock,
            &self.certs,
            self.addresses,
            &self.key,
            voucher_key,
            self.sealer.clone(),
        );
        let parts = parts.await;
        Arc::new(App::new(&config(&self._folder), parts, Signals::default()))
    }

    pub(crate) fn channel(&self, caller: &str) -> ClientChannel {
        let config = ClientConfig::at(format!("https://{}", self.address));
        connect(
            &config,
            Caller::Selection,
            &identity_of(&self.certs, caller),
        )
        .unwrap()
    }

    pub(crate) fn citizens(&self) -> SelectionServiceClient<ClientChannel> {
        SelectionServiceClient::new(self.channel("edge"))
    }

    pub(crate) fn policies(&self) -> PolicyServiceClient<ClientChannel> {
        PolicyServiceClient::new(self.channel("xuanctl"))
    }

    pub(crate) fn counters(&self) -> CounterServiceClient<ClientChannel> {
        CounterServiceClient::new(self.channel("xuanctl"))
    }

    pub(crate) fn appeals(&self) -> AppealServiceClient<ClientChannel> {
        AppealServiceClient::new(self.channel("edge"))
    }

    pub(crate) fn outcomes(&self) -> OutcomeServiceClient<ClientChannel> {
        OutcomeServiceClient::new(self.channel("edge"))
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn wait_days(&self, days: u64) {
        self.wait(days * 86_400);
    }

    /// A principal of staff.
    pub(crate) fn staff(&self, role: Role) -> String {
        self.staff_of(role, "gd", &[])
    }

    pub(crate) fn staff_of(&self, role: Role, province: &str, offices: &[&str]) -> String {
        self.principal(Kind::Staff, 0xD0, &[role], province, offices)
    }

    pub(crate) fn principal(
        &self,
        kind: Kind,
        sub: u128,
        roles: &[Role],
        province: &str,
        offices: &[&str],
    ) -> String {
        self.principal_in(1, "online", kind, sub, roles, province, offices)
    }

    /// A principal of a web session and a registration level.
    #[expect(clippy::too_many_arguments, reason = "what a principal says")]
    pub(crate) fn principal_in(
        &self,
        session: u128,
        level: &str,
        kind: Kind,
        sub: u128,
        roles: &[Role],
        province: &str,
        offices: &[&str],
    ) -> String {
        let now = self.clock.now().as_second();
        let principal = Principal {
            sub: uuid::Uuid::from_u128(sub),
            kind,
            session: uuid::Uuid::from_u128(session).into(),
            level: Some(level.to_owned()),
            roles: roles.to_vec(),
            province: province.to_owned(),
            offices: offices.iter().map(|office| (*office).to_owned()).collect(),
            iat: now,
            exp: now + 300,
        };
        principal.sign(&self.key).unwrap()
    }

    /// A VIN nobody has had.
    pub(crate) fn new_vin(&self) -> String {
        let number = self.cars.fetch_add(1, Ordering::Relaxed);
        let text = format!("LSGPC52U0TF1{number:05}");
        xuanhao_vocabulary::Vin::with_check_digit(&text)
            .unwrap()
            .as_str()
            .to_owned()
    }

    pub(crate) async fn apply(&self, yaml: &str) {
        let request = pb::ApplyPolicyRequest {
            request_id: uuid(),
            offices: vec![OFFICE.to_owned()],
            yaml: yaml.to_owned(),
            reason: "rules of the season".to_owned(),
            dry_run: false,
        };
        let request = call(request).principal(&self.staff(Role::Operator));
        self.policies().apply_policy(request).await.unwrap();
    }

    pub(crate) async fn publish_notice(&self) -> i32 {
        let request = pb::PublishNoticeRequest {
            request_id: uuid(),
            offices: vec![OFFICE.to_owned()],
            title_zh: "业务须知".to_owned(),
            body_zh: "请仔细阅读。".to_owned(),
            title_en: String::new(),
            body_en: String::new(),
            reason: "first notice".to_owned(),
        };
        let request = call(request).principal(&self.staff(Role::Operator));
        self.policies()
            .publish_notice(request)
            .await
            .unwrap()
            .into_inner()
            .version
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }
}

async fn parts(
    database: &TestDatabase,
    clock: &Clock,
    certs: &Certs,
    [platepool, vehicle, identity, notification]: [SocketAddr; 4],
    key: &SigningKey,
    voucher_key: SigningKey,
    sealer: Sealer,
) -> Parts {
    let own = identity_of(certs, "selection");
    let channel = |address: SocketAddr, peer| {
        connect(&ClientConfig::at(format!("https://{address}")), peer, &own).unwrap()
    };
    Parts {
        db: Db::over(database.pool_with(16).await),
        clock: clock.clone(),
        random: SecureRandom::system(),
        platepool: channel(platepool, Caller::Platepool),
        vehicle: channel(vehicle, Caller::Vehicle),
        identity: channel(identity, Caller::Identity),
        notification: channel(notification, Caller::Notification),
        proof_keys: PublicKeys::of(key),
        voucher_key,
        sealer,
    }
}

/// 32 zero bytes, as a key ring.
const KEY_RING: &str =
    r#"{"current":"t","keys":{"t":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;

async fn sealer(keys: &TestDatabase, folder: &Scratch, clock: &Clock) -> Sealer {
    let ring = folder.path().join("ring.json");
    std::fs::write(&ring, KEY_RING).unwrap();
    let url_file = folder.path().join("keys-url");
    std::fs::write(&url_file, keys.url()).unwrap();
    let config = KeysConfig {
        database: DatabaseConfig::at_file(url_file),
        kek_file: ring.clone(),
        blind_index_key_file: ring,
    };
    Sealer::connect(&config, clock.clone()).await.unwrap()
}

pub(crate) fn uuid() -> String {
    let bytes: [u8; 16] = SecureRandom::system().bytes();
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(
    answer: Result<T, Status>,
    reason: Reason,
) -> Refusal {
    let status = answer.expect_err("it should be refused");
    let refusal = Refusal::from_status(&status);
    let refusal = refusal.unwrap_or_else(|| panic!("no refusal of ours: {status:?}"));
    assert_eq!(refusal.reason(), reason);
    refusal
}
