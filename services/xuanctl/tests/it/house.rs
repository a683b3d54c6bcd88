//! The services that xuanctl asks, as fakes behind the chassis' own server: certificates, the table of
//! callers and the signature of the principal are checked as in the real ones.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use prost::Message;
use tokio::runtime::Runtime;
use tonic::Request;
use xuanhao_chassis::authz::{Caller, Requirement, Role, Rule, Table};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::{CallContext, Server, ServerConfig};
use xuanhao_chassis::principal::{Principal, PrincipalKeys, Verifier};
use xuanhao_chassis::signed::SigningKey;
use xuanhao_chassis::tls::{Files, Identity, choose_library};
use xuanhao_proto::identity::v1::document_service_server::DocumentServiceServer;
use xuanhao_proto::identity::v1::enrolment_service_server::EnrolmentServiceServer;
use xuanhao_proto::identity::v1::staff_service_server::StaffServiceServer;
use xuanhao_proto::notification::v1::notification_service_server::NotificationServiceServer;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminServiceServer;
use xuanhao_proto::selection::v1::appeal_service_server::AppealServiceServer;
use xuanhao_proto::selection::v1::counter_service_server::CounterServiceServer;
use xuanhao_proto::selection::v1::outcome_service_server::OutcomeServiceServer;
use xuanhao_proto::selection::v1::policy_service_server::PolicyServiceServer;
use xuanhao_proto::vehicle::v1::review_service_server::ReviewServiceServer;
use xuanhao_testkit::{Certs, Scratch, certs, temp_dir};

use crate::fake_counter::FakeCounter;
use crate::fake_enrolment::FakeEnrolment;
use crate::fake_identity::{FakeIdentity, TOKEN};
use crate::fake_notification::FakeNotification;
use crate::fake_platepool::FakePool;
use crate::fake_selection::FakeSelection;
use crate::fake_vehicle::FakeVehicle;
use crate::{Run, binary};

const XUANCTL: &[Caller] = &[Caller::Xuanctl];

macro_rules! rules {
    ($($principal:expr => $service:literal: $($method:literal)+;)+) => {
        &[$($(Rule {
            rpc: concat!("/xuanhao.", $service, "/", $method),
            callers: XUANCTL,
            principal: $principal,
        },)+)+]
    };
}

/// As in the services: every staff act needs a principal.
const RULES: &[Rule] = rules! {
    Requirement::None => "identity.v1.StaffService": "SignInStaff" "SignOutStaff"
        "IssueStaffPrincipal" "ChangeStaffPassword";
    Requirement::Staff(Role::ALL) => "identity.v1.StaffService": "AddStaff" "GrantRole"
        "RevokeRole" "ListStaff";
    Requirement::Staff(Role::ALL) => "platepool.v1.PoolAdminService": "AddBatch"
        "ImportUsedNumbers" "CloseImport" "ReleaseBatch" "ListBatches" "FixPublicValue"
        "GetPoolFigures" "WithdrawRelease" "WithholdNumbers" "EndWithholding" "ApplyPoolRules"
        "GetPoolRules" "ListWriters" "ReplayDay";
    Requirement::Staff(Role::ALL) => "identity.v1.EnrolmentService": "EnrolPerson"
        "EnrolOrganisation" "ReissueCredentials" "ChangeMobileFaceToFace" "FindAccount"
        "ListEnrolments" "AddServicePoint" "CloseServicePoint";
    Requirement::None => "identity.v1.EnrolmentService": "ListServicePoints";
    Requirement::Staff(Role::ALL) => "identity.v1.DocumentService": "AddDocument" "GetDocument";
    Requirement::Staff(Role::ALL) => "selection.v1.CounterService": "OpenAtCounter"
        "DrawAtCounter" "ComposeAtCounter" "ConfirmAtCounter" "GetAtCounter";
    Requirement::Staff(Role::ALL) => "selection.v1.AppealService": "ListAppeals" "DecideAppeal";
    Requirement::Staff(Role::ALL) => "vehicle.v1.ReviewService": "OpenReview" "ListReviews"
        "DecideReview" "ImportAnswers" "ExportQuestions";
    Requirement::Staff(Role::ALL) => "notification.v1.NotificationService": "ListTemplates"
        "SetTemplateApproval" "ListProviders";
    Requirement::None => "selection.v1.PolicyService": "GetPolicy" "GetNotice" "DescribePolicy";
    Requirement::Staff(Role::ALL) => "selection.v1.PolicyService": "ApplyPolicy"
        "PublishNotice" "ApplyCalendar" "ListCalendars" "ListPolicyVersions"
        "ListNoticeVersions";
    Requirement::Staff(Role::ALL) => "selection.v1.OutcomeService": "LookupSelection"
        "MarkRegistered" "VoidApplication" "CreditChances" "ListOutcomes" "RecordArrival"
        "RecordInspection" "RecordCollection" "ListSelections";
};

/// What identity takes with a document in it.
const DOCUMENT_MESSAGE: usize = 6 * 1024 * 1024;

/// What the services were asked, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Asked>>>);

struct Asked {
    rpc: &'static str,
    principal: Option<Principal>,
    message: Vec<u8>,
}

impl Log {
    pub(crate) fn note<M: Message>(&self, rpc: &'static str, request: Request<M>) -> M {
        let principal = CallContext::of(&request).principal().cloned();
        let message = request.into_inner();
        let asked = Asked {
            rpc,
            principal,
            message: message.encode_to_vec(),
        };
        self.lock().push(asked);
        message
    }

    /// The requests of one RPC.
    pub(crate) fn all<M: Message + Default>(&self, rpc: &str) -> Vec<M> {
        let asked = self.lock();
        let own = asked.iter().filter(|asked| asked.rpc == rpc);
        own.map(|asked| M::decode(&asked.message[..]).unwrap())
            .collect()
    }

    /// The one request of an RPC.
    #[track_caller]
    pub(crate) fn one<M: Message + Default>(&self, rpc: &str) -> M {
        let mut all = self.all(rpc);
        assert_eq!(all.len(), 1, "{rpc}");
        all.remove(0)
    }

    /// Where the last caller of an RPC acted: province and offices.
    #[track_caller]
    pub(crate) fn acted_in(&self, rpc: &str) -> (String, Vec<String>) {
        let asked = self.lock();
        let last = asked.iter().rfind(|asked| asked.rpc == rpc);
        let principal = last.and_then(|asked| asked.principal.clone());
        let principal = principal.unwrap_or_else(|| panic!("{rpc}: no principal"));
        (principal.province, principal.offices)
    }

    pub(crate) fn count(&self, rpc: &str) -> usize {
        self.lock().iter().filter(|asked| asked.rpc == rpc).count()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.0.lock().unwrap()
    }
}

pub(crate) struct House {
    pub(crate) log: Log,
    pub(crate) pool: FakePool,
    pub(crate) vehicle: FakeVehicle,
    folder: Scratch,
    _certs: Certs,
    _runtime: Runtime,
}

fn identity_of(certs: &Certs, service: &str) -> Identity {
    Identity::load(&files_of(certs, service)).unwrap()
}

fn files_of(certs: &Certs, service: &str) -> Files {
    let files = certs.files(service);
    Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    }
}

impl House {
    /// Nobody is signed in.
    pub(crate) fn new() -> Self {
        Self::of("xuanctl", "platepool")
    }

    /// Somebody is signed in.
    pub(crate) fn signed_in() -> Self {
        let house = Self::new();
        let session = serde_json::json!({ "token": TOKEN }).to_string();
        std::fs::write(house.session_file(), session).unwrap();
        house.set_mode(0o600);
        house
    }

    /// With xuanctl and the pool under other names than their own.
    pub(crate) fn of(own_name: &str, pool_name: &str) -> Self {
        choose_library();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (certs, folder, log) = (certs(), temp_dir(), Log::default());
        let key = Arc::new(SigningKey::generate());
        let jwks_file = folder.path().join("principals.json");
        std::fs::write(&jwks_file, key.public_jwks().unwrap()).unwrap();
        let keys = PrincipalKeys { jwks_file };
        let verifier = Verifier::load(&keys, Clock::system()).unwrap();
        let server = |service: &str| {
            let identity = identity_of(&certs, service);
            Server::new(&ServerConfig::default(), identity, Table::new(RULES))
                .principals(verifier.clone())
        };
        let pool = FakePool::new(log.clone());
        let selection = FakeSelection::new(log.clone());
        let identity = server("identity").add_service(StaffServiceServer::new(FakeIdentity {
            log: log.clone(),
            key: Arc::clone(&key),
        }));
        let enrolment = FakeEnrolment { log: log.clone() };
        let identity = identity
            .add_service(EnrolmentServiceServer::new(enrolment.clone()))
            .add_service(
                DocumentServiceServer::new(enrolment).max_decoding_message_size(DOCUMENT_MESSAGE),
            );
        let platepool = server(pool_name).add_service(PoolAdminServiceServer::new(pool.clone()));
        let selections = server("selection")
            .add_service(PolicyServiceServer::new(selection.clone()))
            .add_service(OutcomeServiceServer::new(selection));
        let counter = FakeCounter { log: log.clone() };
        let selections = selections
            .add_service(CounterServiceServer::new(counter.clone()))
            .add_service(AppealServiceServer::new(counter));
        let vehicle = FakeVehicle::new(log.clone());
        let vehicles = server("vehicle").add_service(ReviewServiceServer::new(vehicle.clone()));
        let messages = FakeNotification { log: log.clone() };
        let messages = server("notification").add_service(NotificationServiceServer::new(messages));
        let serve = |server: Server| -> SocketAddr {
            let bound = runtime.block_on(server.bind()).unwrap();
            let address = bound.address();
            // It ends with the runtime.
            runtime.spawn(bound.serve(Default::default(), Duration::from_secs(1)));
            address
        };
        let own = files_of(&certs, own_name);
        let config = format!(
            "tls:\n  certificate_file: {}\n  key_file: {}\n  authority_file: {}\n\
             identity:\n  endpoint: https://{}\nplatepool:\n  endpoint: https://{}\n\
             selection:\n  endpoint: https://{}\nvehicle:\n  endpoint: https://{}\n\
             notification:\n  endpoint: https://{}\nsession_file: kept/session\n",
            own.certificate_file.display(),
            own.key_file.display(),
            own.authority_file.display(),
            serve(identity),
            serve(platepool),
            serve(selections),
            serve(vehicles),
            serve(messages),
        );
        std::fs::write(folder.path().join("config.yaml"), config).unwrap();
        std::fs::create_dir(folder.path().join("kept")).unwrap();
        Self {
            log,
            pool,
            vehicle,
            folder,
            _certs: certs,
            _runtime: runtime,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn session_file(&self) -> PathBuf {
        self.path("kept/session")
    }

    pub(crate) fn mode(&self) -> u32 {
        mode_of(&self.session_file())
    }

    pub(crate) fn set_mode(&self, mode: u32) {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.session_file(), mode).unwrap();
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs the binary with the house's configuration.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut command = binary();
        command.arg("--config").arg(self.path("config.yaml"));
        command.args(arguments).output().unwrap().into()
    }

    /// Runs it, and it goes well.
    #[track_caller]
    pub(crate) fn fine(&self, arguments: &[&str]) -> Run {
        self.run(arguments).fine()
    }

    /// Runs it, and a service refuses with a reason.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], code: &str) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        let last = run.stderr.lines().last().unwrap_or_default();
        assert_eq!(last.split(' ').next(), Some(code), "{}", run.stderr);
        run
    }
}

pub(crate) fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
