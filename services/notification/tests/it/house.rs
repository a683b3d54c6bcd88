//! A whole notification for one test, with a clock that the test moves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, DatabaseConfig, Db};
use xuanhao_chassis::grpc::{
    CallExt as _, ClientChannel, ClientConfig, Server, ServerConfig, call, connect, timestamp,
};
use xuanhao_chassis::ids::SessionId;
use xuanhao_chassis::jobs::Signal;
use xuanhao_chassis::principal::{Kind, Principal, PrincipalKeys, Verifier};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::{self, KeysConfig, Sealer};
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_notification::app::{App, Limits, Parts};
use xuanhao_notification::domain::health::Switching;
use xuanhao_notification::domain::message::Rules;
use xuanhao_notification::provider::{Console, Provider, Switch};
use xuanhao_notification::{MIGRATOR, authz, with_services};
use xuanhao_proto::notification::v1 as pb;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_proto::notification::v1::notification_service_client::NotificationServiceClient;
use xuanhao_testkit::{Certs, Scratch, TestDatabase, certs, temp_dir};

/// 32 zero bytes, as a key ring.
const KEY_RING: &str =
    r#"{"current":"t","keys":{"t":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;

pub(crate) type Client = NotificationServiceClient<ClientChannel>;

pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) app: Arc<App>,
    pub(crate) database: TestDatabase,
    pub(crate) sealer: Sealer,
    pub(crate) folder: Scratch,
    pub(crate) signing_key: SigningKey,
    address: SocketAddr,
    certs: Certs,
    stop: CancellationToken,
    _keys: TestDatabase,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl House {
    /// With the `console` provider.
    pub(crate) async fn new() -> Self {
        Self::with(|folder| vec![Provider::Console(Console::new(console(folder)))]).await
    }

    pub(crate) async fn with(providers: impl FnOnce(&Scratch) -> Vec<Provider>) -> Self {
        tls::choose_library();
        let database = TestDatabase::new(&db::migrations(&MIGRATOR)).await;
        let keys = TestDatabase::new(&sealed::migrations()).await;
        let (certs, folder) = (certs(), temp_dir());
        let ring = folder.path().join("ring.json");
        std::fs::write(&ring, KEY_RING).unwrap();
        let clock = Clock::manual("2026-11-22T01:00:00Z".parse().unwrap());
        let keys_url = folder.path().join("keys-url");
        std::fs::write(&keys_url, keys.url()).unwrap();
        let keys_config = KeysConfig {
            database: DatabaseConfig::at_file(keys_url),
            kek_file: ring.clone(),
            blind_index_key_file: ring,
        };
        let sealer = Sealer::connect(&keys_config, clock.clone()).await.unwrap();
        let parts = Parts {
            db: Db::over(database.pool().clone()),
            clock: clock.clone(),
            random: SecureRandom::seeded(1),
            sealer: sealer.clone(),
            switch: Switch::new(providers(&folder), switching()),
        };
        let app = Arc::new(App::new(parts, limits(), Arc::new(Signal::default())));

        let document =
            ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        let signing_key = SigningKey::from_pkcs8(document.unwrap().as_ref()).unwrap();
        let jwks_file = folder.path().join("jwks.json");
        std::fs::write(&jwks_file, signing_key.public_jwks().unwrap()).unwrap();
        let verifier = Verifier::load(&PrincipalKeys { jwks_file }, clock.clone()).unwrap();
        let identity = Identity::load(&tls_files(&certs, "notification")).unwrap();
        let server = Server::new(&ServerConfig::default(), identity, authz::table());
        let bound = with_services(server.principals(verifier), Arc::clone(&app))
            .bind()
            .await
            .unwrap();
        let (address, stop) = (bound.address(), CancellationToken::new());
        tokio::spawn(bound.serve(stop.clone(), Duration::from_secs(1)));
        Self {
            clock,
            app,
            database,
            sealer,
            folder,
            signing_key,
            address,
            certs,
            stop,
            _keys: keys,
        }
    }

    pub(crate) fn client(&self, caller: &str) -> Client {
        let identity = Identity::load(&tls_files(&self.certs, caller)).unwrap();
        let config = ClientConfig::at(format!("https://{}", self.address));
        Client::new(connect(&config, Caller::Notification, &identity).unwrap())
    }

    /// The principal of a member of staff.
    pub(crate) fn staff(&self, role: Role) -> String {
        let now = self.clock.now().as_second();
        let principal = Principal {
            sub: any_id(),
            kind: Kind::Staff,
            session: SessionId::from_uuid(any_id()),
            level: None,
            roles: vec![role],
            province: "gd".into(),
            offices: Vec::new(),
            iat: now,
            exp: now + 60,
        };
        principal.sign(&self.signing_key).unwrap()
    }

    /// Records what a provider said to a text.
    pub(crate) async fn approve(
        &self,
        provider: &str,
        text: (&str, &str),
        id: &str,
        state: pb::ApprovalState,
    ) -> Result<pb::TemplateApproval, tonic::Status> {
        let request = pb::SetTemplateApprovalRequest {
            request_id: any_id().to_string(),
            template: text.0.into(),
            locale: text.1.into(),
            provider: provider.into(),
            provider_template_id: id.into(),
            state: state.into(),
            reason: "the vendor's console says so".into(),
        };
        let request = call(request).principal(&self.staff(Role::Operator));
        let answer = self
            .client("xuanctl")
            .set_template_approval(request)
            .await?;
        Ok(answer.into_inner().approval.unwrap())
    }

    /// What the `console` provider wrote, a JSON object per message.
    pub(crate) fn console(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(console(&self.folder)).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn later(&self, seconds: i64) -> Timestamp {
        self.clock.now() + SignedDuration::from_secs(seconds)
    }

    /// An SMS code to a number without contact point.
    pub(crate) fn code(&self, code: &str) -> pb::EnqueueMessageRequest {
        pb::EnqueueMessageRequest {
            request_id: any_id().to_string(),
            province: "gd".into(),
            office: String::new(),
            template: "challenge_code".into(),
            locale: "zh-CN".into(),
            recipient: Some(Recipient::Mobile("13800138000".into())),
            parameters: [("minutes".into(), "5".into())].into(),
            secret_parameters: [("code".into(), code.into())].into(),
            expires_at: Some(timestamp(self.later(300))),
        }
    }

    /// The result of a selection, to a person.
    pub(crate) fn result(&self, person: Uuid) -> pb::EnqueueMessageRequest {
        let values = [
            ("plate", "粤GA1234"),
            ("office", "湛江市车辆管理所"),
            ("deadline", "2026-11-25"),
            ("voucher", "QLUD-AB5A-PMSN"),
        ];
        pb::EnqueueMessageRequest {
            request_id: any_id().to_string(),
            province: "gd".into(),
            office: "gd-zhanjiang".into(),
            template: "selection_confirmed".into(),
            locale: "zh-CN".into(),
            recipient: Some(Recipient::PersonId(person.to_string())),
            parameters: values
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            secret_parameters: [].into(),
            expires_at: Some(timestamp(self.later(86_400))),
        }
    }

    /// Everything the database holds about messages, as text.
    pub(crate) async fn rows(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT messages::text FROM messages ORDER BY enqueued_at, message_id")
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }
}

fn limits() -> Limits {
    Limits {
        rules: Rules {
            claim: SignedDuration::from_secs(30),
            first_pause: SignedDuration::from_secs(1),
            longest_pause: SignedDuration::from_secs(300),
            first_report: SignedDuration::from_secs(10),
            reports_end: SignedDuration::from_hours(72),
        },
        concurrent: 8,
        kept: SignedDuration::from_hours(24 * 180),
    }
}

fn switching() -> Switching {
    Switching {
        in_a_row: 3,
        window: SignedDuration::from_secs(60),
        least: 5,
        percent: 50,
        slow: Duration::from_millis(300),
        receipts_window: SignedDuration::from_secs(900),
        receipts_least: 10,
        receipt_late: SignedDuration::from_secs(300),
        again: SignedDuration::from_secs(60),
    }
}

pub(crate) fn console(folder: &Scratch) -> PathBuf {
    folder.path().join("messages.jsonl")
}

fn tls_files(certs: &Certs, service: &str) -> tls::Files {
    let files = certs.files(service);
    tls::Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    }
}

/// An id nobody else has.
pub(crate) fn any_id() -> Uuid {
    Uuid::now_v7()
}
