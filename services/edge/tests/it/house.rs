//! A whole edge for one test, started as the program starts it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::authz::{Caller, Requirement, Rule, Table};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::{Server, ServerConfig};
use xuanhao_chassis::lifecycle::{Exit, ReadyFile, Signals, run_until};
use xuanhao_chassis::principal::{PrincipalKeys, Verifier};
use xuanhao_chassis::telemetry::Output;
use xuanhao_chassis::tls::{Files, Identity};
use xuanhao_edge::config::Config;
use xuanhao_proto::FILE_DESCRIPTOR_SET;
use xuanhao_proto::identity::v1::challenge_service_server::ChallengeServiceServer;
use xuanhao_proto::identity::v1::document_service_server::DocumentServiceServer;
use xuanhao_proto::identity::v1::enrolment_service_server::EnrolmentServiceServer;
use xuanhao_proto::identity::v1::identity_service_server::IdentityServiceServer;
use xuanhao_proto::notification::v1::notification_service_server::NotificationServiceServer;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationServiceServer;
use xuanhao_proto::selection::v1::appeal_service_server::AppealServiceServer;
use xuanhao_proto::selection::v1::outcome_service_server::OutcomeServiceServer;
use xuanhao_proto::selection::v1::policy_service_server::PolicyServiceServer;
use xuanhao_proto::selection::v1::selection_service_server::SelectionServiceServer;
use xuanhao_proto::vehicle::v1::binding_service_server::BindingServiceServer;
use xuanhao_proto::vehicle::v1::review_service_server::ReviewServiceServer;
use xuanhao_testkit::{Certs, Scratch, certs, temp_dir, wait_for};

use crate::browser::Browser;
use crate::fakes::Peers;

/// RPCs for citizens; the others that the edge asks need nobody.
const FOR_CITIZENS: &[&str] = &[
    "SelectionService",
    "AppealService",
    "BindingService",
    "DocumentService",
    "ReviewService",
    "GetAccount",
    "ChangePassword",
    "ChangeMobile",
    "ListMessages",
];
/// RPCs for both.
const FOR_ANYBODY: &[&str] = &["IssueCaptcha", "IssueChallenge", "VerifyChallenge"];
/// What a peer takes with a document in it.
const DOCUMENT_MESSAGE: usize = 6 * 1024 * 1024;

pub(crate) struct House {
    pub(crate) peers: Peers,
    pub(crate) address: SocketAddr,
    /// Probes and metrics.
    pub(crate) admin: SocketAddr,
    /// Where the national gateway answers.
    pub(crate) gateway: SocketAddr,
    pub(crate) certs: Certs,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    signal: mpsc::Sender<()>,
    running: JoinHandle<Exit>,
    lines: Arc<Mutex<Vec<u8>>>,
    stop: Stops,
    _folder: Scratch,
}

/// Stops of the peers, by name.
type Stops = HashMap<&'static str, CancellationToken>;

impl Drop for House {
    fn drop(&mut self) {
        self.stop.values().for_each(CancellationToken::cancel);
        self.running.abort();
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With another configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let (certs, folder, peers) = (certs(), temp_dir(), Peers::new());
        let jwks = folder.path().join("jwks.json");
        std::fs::write(&jwks, peers.jwks()).unwrap();
        let mut stop = Stops::new();
        let mut endpoints = Vec::new();
        for service in [
            "identity",
            "platepool",
            "selection",
            "notification",
            "vehicle",
        ] {
            let token = CancellationToken::new();
            let keys = PrincipalKeys {
                jwks_file: jwks.clone(),
            };
            let server = server(service, &certs, &peers, &keys);
            let bound = server.bind().await.unwrap();
            endpoints.push(format!(
                "{service}: {{ endpoint: 'https://{}' }}",
                bound.address()
            ));
            tokio::spawn(bound.serve(token.clone(), Duration::from_millis(100)));
            stop.insert(service, token);
        }

        let served = certs.files("www");
        let ready_file = folder.path().join("ready.json");
        let mut config = config(&certs, &endpoints);
        config.chassis.ready_file = Some(ready_file.clone());
        config.chassis.lifecycle.lameduck_ms = 20;
        config.http.certificate_file = served.cert.clone();
        config.http.key_file = served.key.clone();
        change(&mut config);

        let (signal, signals) = Signals::manual();
        let lines = Arc::<Mutex<Vec<u8>>>::default();
        let output = Output::Memory(lines.clone());
        let running = tokio::spawn(async move {
            let chassis = config.chassis.clone();
            let build = |boot| xuanhao_edge::start(boot, config);
            run_until(
                xuanhao_edge::NAME,
                "0.0.0",
                &chassis,
                output,
                signals,
                build,
            )
            .await
        });
        let ready = wait_for(Duration::from_secs(20), || async {
            ReadyFile::read(&ready_file).ok().flatten()
        })
        .await;
        Self {
            peers,
            address: ready.addresses["http"],
            admin: ready.addresses["admin"],
            gateway: ready.addresses["grpc"],
            certs,
            certificate: served.cert,
            key: served.key,
            signal,
            running,
            lines,
            stop,
            _folder: folder,
        }
    }

    /// A browser that has been nowhere.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// A browser whose citizen is signed in.
    pub(crate) async fn citizen(&self) -> Browser {
        let browser = self.browser();
        browser.sign_in().await;
        browser
    }

    /// A bare TLS connection that speaks one protocol.
    pub(crate) async fn connect(&self, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let authority = self.certs.ca_pem();
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
        roots.add(authority).unwrap();
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        let tcp = TcpStream::connect(self.address).await?;
        let name = "localhost".try_into().unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, tcp)
            .await
    }

    /// Ends a peer and its connections.
    pub(crate) fn end(&self, service: &str) {
        self.stop[service].cancel();
    }

    /// Tells the edge to stop; it ends in its own time.
    pub(crate) async fn tell_to_stop(&self) {
        self.signal.send(()).await.unwrap();
    }

    /// How it ended.
    pub(crate) async fn ended(&mut self) -> Exit {
        (&mut self.running).await.unwrap()
    }

    /// The log lines so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8(self.lines.lock().unwrap().clone()).unwrap()
    }
}

fn config(certs: &Certs, endpoints: &[String]) -> Config {
    let tls = files(certs, "edge");
    let yaml = format!(
        "chassis:
  tls: {{ certificate_file: {}, key_file: {}, authority_file: {} }}
http: {{ certificate_file: /set/below, key_file: /set/below, origins: ['https://portal.example'] }}
{}
",
        tls.certificate_file.display(),
        tls.key_file.display(),
        tls.authority_file.display(),
        endpoints.join("\n"),
    );
    xuanhao_chassis::config::parse(&yaml).unwrap()
}

pub(crate) fn files(certs: &Certs, service: &str) -> Files {
    let files = certs.files(service);
    Files {
        certificate_file: files.cert,
        key_file: files.key,
        authority_file: files.ca,
    }
}

/// The services of one peer, admitting the edge only and asking for principals as the real ones do.
fn server(service: &'static str, certs: &Certs, peers: &Peers, keys: &PrincipalKeys) -> Server {
    let identity = Identity::load(&files(certs, service)).unwrap();
    let verifier = Verifier::load(keys, Clock::system()).unwrap();
    let server = Server::new(&ServerConfig::default(), identity, table(service));
    let server = server.principals(verifier);
    match service {
        "identity" => server
            .add_service(IdentityServiceServer::new(peers.clone()))
            .add_service(ChallengeServiceServer::new(peers.clone()))
            .add_service(EnrolmentServiceServer::new(peers.clone()))
            .add_service(
                DocumentServiceServer::new(peers.clone())
                    .max_decoding_message_size(DOCUMENT_MESSAGE),
            ),
        "vehicle" => server
            .add_service(BindingServiceServer::new(peers.clone()))
            .add_service(ReviewServiceServer::new(peers.clone())),
        "platepool" => server.add_service(PoolPublicationServiceServer::new(peers.clone())),
        "selection" => server
            .add_service(SelectionServiceServer::new(peers.clone()))
            .add_service(PolicyServiceServer::new(peers.clone()))
            .add_service(AppealServiceServer::new(peers.clone()))
            .add_service(OutcomeServiceServer::new(peers.clone())),
        _ => server.add_service(NotificationServiceServer::new(peers.clone())),
    }
}

fn table(service: &str) -> Table {
    let package = format!("xuanhao.{service}.v1");
    let files = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let mut rules = Vec::new();
    for file in files.file.iter().filter(|file| file.package() == package) {
        for service in &file.service {
            for method in &service.method {
                let rpc = format!("/{package}.{}/{}", service.name(), method.name());
                let among = |names: &[&str]| names.iter().any(|name| rpc.contains(name));
                let principal = if among(FOR_ANYBODY) {
                    Requirement::CitizenIfSent
                } else if among(FOR_CITIZENS) {
                    Requirement::Citizen
                } else {
                    Requirement::None
                };
                rules.push(Rule {
                    rpc: rpc.leak(),
                    callers: &[Caller::Edge],
                    principal,
                });
            }
        }
    }
    Table::new(&rules)
}
