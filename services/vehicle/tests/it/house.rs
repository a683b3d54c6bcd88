//! A whole vehicle service for one test, with a clock that the test moves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xuanhao_chassis::authz::{Caller, Role};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, DatabaseConfig, Db};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{ClientChannel, ClientConfig, Server, ServerConfig, call, connect};
use xuanhao_chassis::ids::SessionId;
use xuanhao_chassis::principal::{Kind, Principal, PrincipalKeys, Verifier};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed::{self, KeysConfig, Sealer};
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::{self, Identity};
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_proto::vehicle::v1::binding_service_client::BindingServiceClient;
use xuanhao_proto::vehicle::v1::review_service_client::ReviewServiceClient;
use xuanhao_proto::vehicle::v1::vehicle_service_client::VehicleServiceClient;
use xuanhao_testkit::{Certs, Scratch, TestDatabase, certs, temp_dir};
use xuanhao_vehicle::app::{App, BindingLimits, Limits, Parts};
use xuanhao_vehicle::domain::assessment::Rules;
use xuanhao_vehicle::domain::binding::Level;
use xuanhao_vehicle::domain::question::LateAnswers;
use xuanhao_vehicle::domain::suspicion::Suspicions;
use xuanhao_vehicle::outside::{Registry, Simulator, TaxBureau};
use xuanhao_vehicle::peers;
use xuanhao_vehicle::{MIGRATOR, authz, with_services};
use xuanhao_vocabulary::{Vin, WorkingDays};

use crate::identity::FakeIdentity;

/// 32 zero bytes, as a key ring.
const KEY_RING: &str =
    r#"{"current":"t","keys":{"t":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;

pub(crate) const BUYER: &str = "11010519491231002X";

pub(crate) type Client = VehicleServiceClient<ClientChannel>;

pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) app: Arc<App>,
    pub(crate) database: TestDatabase,
    pub(crate) sealer: Sealer,
    pub(crate) identity: FakeIdentity,
    signing_key: SigningKey,
    address: SocketAddr,
    certs: Certs,
    stop: CancellationToken,
    _folder: Scratch,
    _keys: TestDatabase,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl House {
    /// With both systems simulated, which have to answer at once.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With answers that may come late.
    pub(crate) async fn late() -> Self {
        Self::with(|limits| {
            limits.late = Some(LateAnswers {
                within: SignedDuration::from_hours(72),
                first_pause: SignedDuration::from_secs(60),
                longest_pause: SignedDuration::from_secs(1_800),
            });
        })
        .await
    }

    /// With other figures.
    pub(crate) async fn with(change: impl FnOnce(&mut Limits)) -> Self {
        tls::choose_library();
        let database = TestDatabase::new(&db::migrations(&MIGRATOR)).await;
        let keys = TestDatabase::new(&sealed::migrations()).await;
        let (certs, folder) = (certs(), temp_dir());
        let ring = folder.path().join("ring.json");
        std::fs::write(&ring, KEY_RING).unwrap();
        let url_file = folder.path().join("keys-url");
        std::fs::write(&url_file, keys.url()).unwrap();
        let clock = Clock::manual("2026-11-22T01:00:00Z".parse().unwrap());
        let keys_config = KeysConfig {
            database: DatabaseConfig::at_file(url_file),
            kek_file: ring.clone(),
            blind_index_key_file: ring,
        };
        let sealer = Sealer::connect(&keys_config, clock.clone()).await.unwrap();
        let stop = CancellationToken::new();
        let identity = FakeIdentity::default();
        let asked = identity.serve(&certs, stop.clone()).await;
        let own = Identity::load(&tls_files(&certs, "vehicle")).unwrap();
        let config = ClientConfig::at(format!("https://{asked}"));
        let channel = connect(&config, Caller::Identity, &own).unwrap();
        let parts = Parts {
            db: Db::over(database.pool().clone()),
            clock: clock.clone(),
            random: SecureRandom::seeded(1),
            sealer: sealer.clone(),
            registry: Registry::Simulator(Simulator::new(clock.clone())),
            tax_bureau: TaxBureau::Simulator(Simulator::new(clock.clone())),
            identity: peers::Identity::new(channel),
        };
        let mut limits = limits();
        change(&mut limits);
        let app = Arc::new(App::new(parts, limits));
        let document =
            ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        let signing_key = SigningKey::from_pkcs8(document.unwrap().as_ref()).unwrap();
        let jwks_file = folder.path().join("jwks.json");
        std::fs::write(&jwks_file, signing_key.public_jwks().unwrap()).unwrap();
        let verifier = Verifier::load(&PrincipalKeys { jwks_file }, clock.clone()).unwrap();
        let server = Server::new(&ServerConfig::default(), own, authz::table());
        let bound = with_services(server.principals(verifier), Arc::clone(&app))
            .bind()
            .await
            .unwrap();
        let address = bound.address();
        tokio::spawn(bound.serve(stop.clone(), Duration::from_secs(1)));
        Self {
            clock,
            app,
            database,
            sealer,
            identity,
            signing_key,
            address,
            certs,
            stop,
            _folder: folder,
            _keys: keys,
        }
    }

    fn channel(&self, caller: &str) -> ClientChannel {
        let identity = Identity::load(&tls_files(&self.certs, caller)).unwrap();
        let config = ClientConfig::at(format!("https://{}", self.address));
        connect(&config, Caller::Vehicle, &identity).unwrap()
    }

    pub(crate) fn client(&self, caller: &str) -> Client {
        Client::new(self.channel(caller))
    }

    pub(crate) fn reviews(&self, caller: &str) -> ReviewServiceClient<ClientChannel> {
        ReviewServiceClient::new(self.channel(caller))
    }

    pub(crate) fn bindings(&self) -> BindingServiceClient<ClientChannel> {
        BindingServiceClient::new(self.channel("edge"))
    }

    /// The principal of an account.
    pub(crate) fn citizen(&self, account: &str) -> String {
        self.principal(account, Kind::Person, &[], &[])
    }

    /// The principal of a member of staff.
    pub(crate) fn staff(&self, id: &str, roles: &[Role], offices: &[&str]) -> String {
        self.principal(id, Kind::Staff, roles, offices)
    }

    fn principal(&self, sub: &str, kind: Kind, roles: &[Role], offices: &[&str]) -> String {
        let now = self.clock.now().as_second();
        let principal = Principal {
            sub: sub.parse().unwrap(),
            kind,
            session: SessionId::from_uuid(Uuid::now_v7()),
            level: None,
            roles: roles.to_vec(),
            province: "gd".into(),
            offices: offices.iter().map(|office| (*office).to_owned()).collect(),
            iat: now,
            exp: now + 60,
        };
        principal.sign(&self.signing_key).unwrap()
    }

    /// The application's claim.
    pub(crate) async fn claim_of(&self, application: &str) -> Option<pb::Claim> {
        let request = pb::GetClaimRequest {
            application_id: application.into(),
        };
        let answer = self.client("selection").get_claim(call(request)).await;
        answer.unwrap().into_inner().claim
    }

    /// Assesses and claims; gives decision and claim.
    pub(crate) async fn take(
        &self,
        asked: pb::AssessVehicleRequest,
    ) -> (pb::Assessment, pb::Claim) {
        let application = asked.application_id.clone();
        let assessment = self.assess(asked).await.unwrap();
        let claimed = self.claim(&assessment.assessment_id, &application).await;
        claimed.unwrap();
        let claim = self.claim_of(&application).await.unwrap();
        (assessment, claim)
    }

    /// Kinds of facts, in their order.
    pub(crate) async fn facts(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT kind FROM outbox ORDER BY ctid")
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn assess(
        &self,
        request: pb::AssessVehicleRequest,
    ) -> Result<pb::Assessment, tonic::Status> {
        let answer = self
            .client("selection")
            .assess_vehicle(call(request))
            .await?;
        Ok(answer.into_inner().assessment.unwrap())
    }

    pub(crate) async fn claim(
        &self,
        assessment_id: &str,
        application_id: &str,
    ) -> Result<(), tonic::Status> {
        let request = pb::ClaimVehicleRequest {
            request_id: any_id(),
            assessment_id: assessment_id.into(),
            application_id: application_id.into(),
        };
        self.client("selection")
            .claim_vehicle(call(request))
            .await
            .map(drop)
    }

    pub(crate) async fn release(&self, application_id: &str) {
        let request = pb::ReleaseVehicleRequest {
            request_id: any_id(),
            application_id: application_id.into(),
        };
        self.client("selection")
            .release_vehicle(call(request))
            .await
            .unwrap();
    }

    /// Every row of a table, as text.
    pub(crate) async fn rows(&self, table: &'static str) -> Vec<String> {
        let query = match table {
            "assessments" => "SELECT assessments::text FROM assessments",
            "claims" => "SELECT claims::text FROM claims",
            "outbox" => "SELECT kind || ' ' || outbox::text FROM outbox",
            "questions" => "SELECT questions::text FROM questions",
            "reviews" => "SELECT reviews::text FROM reviews",
            "bindings" => "SELECT bindings::text FROM bindings",
            "audit_entries" => "SELECT audit_entries::text FROM audit_entries",
            "idempotency_keys" => "SELECT idempotency_keys::text FROM idempotency_keys",
            other => panic!("no table {other}"),
        };
        sqlx::query_scalar(query)
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }
}

fn limits() -> Limits {
    Limits {
        rules: Rules {
            purchase_proof_days: 730,
            suspicions: Suspicions {
                many_vehicles: None,
                model_year: false,
                outside: true,
            },
        },
        late: None,
        unverified: SignedDuration::from_hours(240),
        review_days: WorkingDays::new(1).unwrap(),
        review_documents: 3,
        binding: BindingLimits {
            min_level: Level::FaceToFace,
            attempts: 5,
            within: SignedDuration::from_mins(60),
        },
        kept: SignedDuration::from_hours(24 * 180),
    }
}

/// A request for a new domestic car with those last four digits, on a paper invoice with those.
pub(crate) fn request(vin_tail: &str, invoice_tail: &str) -> pb::AssessVehicleRequest {
    let vin = Vin::with_check_digit(&format!("LSGPC52U0TF10{vin_tail}")).unwrap();
    let paper = pb::PaperInvoice {
        code: "144002621660".into(),
        number: format!("0012{invoice_tail}"),
    };
    pb::AssessVehicleRequest {
        request_id: any_id(),
        application_id: any_id(),
        office: "gd-zhanjiang".into(),
        vin: vin.to_string(),
        purchase_proof: Some(pb::PurchaseProof {
            kind: Some(pb::purchase_proof::Kind::PaperInvoice(paper)),
        }),
        buyer_id: BUYER.into(),
        person_id: any_id(),
        import_confirmed: false,
        import_certificate_number: String::new(),
    }
}

pub(crate) fn refusal(status: &tonic::Status) -> Refusal {
    Refusal::from_status(status).unwrap_or_else(|| panic!("{status:?}"))
}

pub(crate) fn reason(status: &tonic::Status) -> Reason {
    refusal(status).reason()
}

pub(crate) fn tls_files(certs: &Certs, service: &str) -> tls::Files {
    let files = certs.files(service);
    tls::Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    }
}

/// An id nobody else has.
pub(crate) fn any_id() -> String {
    Uuid::now_v7().to_string()
}
