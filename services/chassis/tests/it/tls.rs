//! Who may connect to whom.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::grpc::{ServerConfig, call, connect};
use xuanhao_chassis::tls::{self, Files, Identity, Served, ServedFiles};

use crate::certs::{Authority, Folder, read};
use crate::echo::{Echo, Mesh, Words, say};

/// A client that believes every server: what is tested is whom the server believes.
#[derive(Debug)]
struct Gullible;

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = rustls::crypto::ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

async fn dial(address: SocketAddr, files: Option<&Files>) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Gullible));
    let mut config = match files {
        None => builder.with_no_client_auth(),
        Some(files) => {
            let chain = CertificateDer::pem_file_iter(&files.certificate_file).unwrap();
            let key = PrivateKeyDer::from_pem_file(&files.key_file).unwrap();
            builder
                .with_client_auth_cert(chain.map(Result::unwrap).collect(), key)
                .unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("identity").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// A raw connection past its handshake.
pub(crate) async fn handshake(
    mesh: &Mesh,
    service: &str,
    address: SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    dial(address, Some(&mesh.authority.issue(&mesh.folder, service))).await
}

/// Whether the server keeps the connection: under TLS 1.3 a client learns of its refusal only when it
/// reads.
async fn kept(address: SocketAddr, files: Option<&Files>) -> bool {
    let Ok(mut stream) = dial(address, files).await else {
        return false;
    };
    match tokio::time::timeout(Duration::from_secs(2), stream.read_u8()).await {
        Ok(Ok(_)) | Err(_) => true,
        Ok(Err(_)) => false,
    }
}

#[tokio::test]
async fn a_peer_without_a_certificate_of_ours_is_refused() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    assert!(!kept(server.address, None).await, "no certificate");
    let elsewhere = Folder::new();
    let foreign = Authority::new().issue(&elsewhere, "edge");
    assert!(
        !kept(server.address, Some(&foreign)).await,
        "another authority's certificate"
    );
    let own = mesh.authority.issue(&mesh.folder, "edge");
    assert!(
        kept(server.address, Some(&own)).await,
        "our own certificate"
    );
}

#[tokio::test]
async fn a_certificate_that_names_no_service_may_call_nothing() {
    let mesh = Mesh::new();
    let server = mesh.start(&ServerConfig::default(), Echo::default()).await;
    for (file, names) in [
        ("nameless", &[][..]),
        ("foreign", &["spiffe://elsewhere/edge"]),
        (
            "twofold",
            &["spiffe://xuanhao/edge", "spiffe://xuanhao/selection"],
        ),
        ("nested", &["spiffe://xuanhao/edge/extra"]),
    ] {
        let files = mesh.authority.issue_names(&mesh.folder, file, names);
        assert!(
            matches!(Identity::load(&files), Err(tls::Error::NoName)),
            "{file}"
        );
    }
    let unheard_of = mesh.client("wizard", &server);
    let status = say(&unheard_of, "Say", call(Words::default()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_client_refuses_a_server_that_is_another_service() {
    let mesh = Mesh::new();
    let echo = Echo::default();
    let server = mesh.start(&ServerConfig::default(), echo.clone()).await;
    let identity = mesh.identity("edge");
    // The server is identity; this client wants selection, and must not send it anything.
    let channel = connect(&server.config(), Caller::Selection, &identity).unwrap();
    let status = say(&channel, "Say", call(Words::default()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(echo.calls.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[tokio::test]
async fn certificates_change_without_a_restart() {
    let mesh = Mesh::new();
    let config = ServerConfig {
        max_connection_age_s: 1,
        ..ServerConfig::default()
    };
    let files = mesh.authority.issue(&mesh.folder, "identity");
    let identity = Identity::load(&files).unwrap();
    let table = xuanhao_chassis::authz::Table::new(&[xuanhao_chassis::authz::Rule {
        rpc: "/xuanhao.test.v1.EchoService/Say",
        callers: &[Caller::Edge],
        principal: xuanhao_chassis::authz::Requirement::None,
    }]);
    let server = xuanhao_chassis::grpc::Server::new(&config, identity.clone(), table);
    let server = server.add_service(Echo::default());
    let server = crate::echo::Started::run(server, Duration::from_secs(5)).await;
    let stop = CancellationToken::new();
    let watching = tokio::spawn(
        identity
            .clone()
            .keep_fresh(Duration::from_millis(50), stop.clone()),
    );
    let old = mesh.client("edge", &server);
    say(&old, "Say", call(Words::default())).await.unwrap();

    // A half-written change is not taken over.
    let before = read(&files.certificate_file);
    std::fs::write(&files.certificate_file, "-----BEGIN").unwrap();
    assert!(identity.reload().is_err());
    std::fs::write(&files.certificate_file, before).unwrap();
    assert!(!identity.reload().unwrap(), "nothing changed");

    // Another authority takes over, in the same files.
    let (authority, folder) = (Authority::new(), Folder::new());
    authority.issue(&mesh.folder, "identity");
    let new_identity = authority.identity(&folder, "edge");
    let new = connect(&server.config(), Caller::Identity, &new_identity).unwrap();
    let end = std::time::Instant::now() + Duration::from_secs(5);
    while let Err(status) = say(&new, "Say", call(Words::default())).await {
        assert!(std::time::Instant::now() < end, "{status:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The old connection has reached its age by now, and the old authority is no longer believed.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    say(&old, "Say", call(Words::default())).await.unwrap_err();
    stop.cancel();
    watching.await.unwrap();
}

/// A rotation is taken over when both files are there; until then the old certificate serves.
#[test]
fn a_served_certificate_changes_with_its_files_and_survives_a_broken_one() {
    let certs = xuanhao_testkit::certs();
    let files = certs.files("www");
    let served = ServedFiles {
        certificate_file: files.cert.clone(),
        key_file: files.key.clone(),
    };
    let served = Served::load(&served, &["h2", "http/1.1"]).unwrap();
    let shown = served.server_config();
    assert_eq!(shown.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    assert!(!served.reload().unwrap(), "nothing changed");

    let next = certs.leaf("www");
    std::fs::write(&files.cert, next.cert_pem).unwrap();
    served.reload().unwrap_err();
    assert!(Arc::ptr_eq(&served.server_config(), &shown));
    std::fs::write(&files.key, next.key_pem).unwrap();
    assert!(served.reload().unwrap());
    assert!(!Arc::ptr_eq(&served.server_config(), &shown));
}
