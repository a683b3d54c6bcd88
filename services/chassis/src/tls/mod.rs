//! Who we are and who our peers are: mutual TLS 1.3 with one certificate per service.
//!
//! A peer's identity is the one URI name `spiffe://xuanhao/<service>` in its certificate, and nothing
//! else: host names and addresses prove nothing between our services. Certificates are replaced under
//! the running process ([`Identity::keep_fresh`]); connections end after minutes, so a new authority
//! takes effect without a restart.

mod served;
mod verify;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use served::{Served, ServedFiles};
pub use verify::service_of;

/// The trust domain of our SPIFFE names.
pub const TRUST_DOMAIN: &str = "xuanhao";

/// How often the files are looked at for a change.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Makes ring the process's TLS library, for libraries that take the process's default. Programs get
/// it from [`run`](crate::run); doing it again changes nothing.
pub fn choose_library() {
    // Failing means that one was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The PEM files of a service's identity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Our certificate, followed by any intermediates.
    pub certificate_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
    /// The authorities that sign our peers' certificates.
    pub authority_file: PathBuf,
}

/// Why an identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds no usable PEM.
    #[error("no usable PEM in {}", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rustls_pki_types::pem::Error,
    },
    /// Key, certificate and authorities do not make a usable configuration.
    #[error("certificate, key and authorities do not fit together")]
    Unusable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The certificate names no service.
    #[error("the certificate carries no name of the form spiffe://{TRUST_DOMAIN}/<service>")]
    NoName,
}

/// Our certificate and the authorities we trust, as last read. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Shared>);

struct Shared {
    files: Files,
    current: RwLock<Arc<Material>>,
}

struct Material {
    /// Of the three files' contents, to see a change.
    digest: [u8; 32],
    service: String,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authorities: Arc<RootCertStore>,
    server: Arc<ServerConfig>,
}

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// When a file is missing or the three do not fit together.
    pub fn load(files: &Files) -> Result<Self, Error> {
        let material = Material::read(files)?;
        let current = RwLock::new(Arc::new(material));
        Ok(Self(Arc::new(Shared {
            files: files.clone(),
            current,
        })))
    }

    /// The service our own certificate names.
    pub fn service(&self) -> String {
        self.current().service.clone()
    }

    /// Reads the files again; `true` if they changed. On an error the old identity stays in use.
    ///
    /// # Errors
    /// As [`Identity::load`].
    pub fn reload(&self) -> Result<bool, Error> {
        let material = Material::read(&self.0.files)?;
        if material.digest == self.current().digest {
            return Ok(false);
        }
        *self
            .0
            .current
            .write()
            .expect("no panic while the lock is held") = Arc::new(material);
        Ok(true)
    }

    /// Reads the files again every `every` until `stop`.
    pub async fn keep_fresh(self, every: Duration, stop: CancellationToken) {
        keep_fresh(every, stop, || self.reload()).await;
    }

    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        self.current().server.clone()
    }

    /// For one connection to `expected`; peers that are another service are refused.
    pub(crate) fn client_config(&self, expected: &str) -> Result<ClientConfig, Error> {
        let current = self.current();
        let verifier = verify::ServiceVerifier::new(expected, current.authorities.clone());
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(current.chain.clone(), current.key.clone_key())
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    fn current(&self) -> Arc<Material> {
        self.0
            .current
            .read()
            .expect("no panic while the lock is held")
            .clone()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("service", &self.service())
            .finish_non_exhaustive()
    }
}

impl Material {
    fn read(files: &Files) -> Result<Self, Error> {
        let (certificate, key) = (read(&files.certificate_file)?, read(&files.key_file)?);
        let authority = read(&files.authority_file)?;
        let mut digest = Sha256::new();
        for content in [&certificate, &key, &authority] {
            digest.update(Sha256::digest(content));
        }

        let chain = certificates(&files.certificate_file, &certificate)?;
        let service = chain.first().and_then(service_of).ok_or(Error::NoName)?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(pem(&files.key_file))?;
        let mut authorities = RootCertStore::empty();
        for root in certificates(&files.authority_file, &authority)? {
            authorities.add(root).map_err(unusable)?;
        }
        let authorities = Arc::new(authorities);
        let server = server_config(chain.clone(), key.clone_key(), authorities.clone())?;
        Ok(Self {
            digest: digest.finalize().into(),
            service,
            chain,
            key,
            authorities,
            server: Arc::new(server),
        })
    }
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authorities: Arc<RootCertStore>,
) -> Result<ServerConfig, Error> {
    let verifier = WebPkiClientVerifier::builder_with_provider(authorities, provider())
        .build()
        .map_err(unusable)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])
        .map_err(unusable)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would be let in by authorities that may be gone by now.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

async fn keep_fresh(
    every: Duration,
    stop: CancellationToken,
    reload: impl Fn() -> Result<bool, Error>,
) {
    let pause = || stop.run_until_cancelled(tokio::time::sleep(every));
    while pause().await.is_some() {
        match reload() {
            Ok(true) => info!("certificates reloaded"),
            Ok(false) => {}
            // A rotation in progress may show a new certificate beside an old key for a moment.
            Err(error) => {
                warn!(
                    error = crate::error::chain(&error),
                    "keeping the old certificates"
                );
            }
        }
    }
}

/// The one crypto provider of the process.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

fn certificates(path: &Path, content: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    CertificateDer::pem_slice_iter(content)
        .collect::<Result<_, _>>()
        .map_err(pem(path))
}

fn pem(path: &Path) -> impl Fn(rustls_pki_types::pem::Error) -> Error {
    move |source| Error::Pem {
        path: path.to_owned(),
        source,
    }
}

fn unusable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Unusable(source.into())
}
