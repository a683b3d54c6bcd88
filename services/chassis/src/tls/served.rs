//! What a service shows to programs that are none of ours, such as browsers: a certificate, and no
//! question for theirs.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::{Error, certificates, keep_fresh, pem, provider, read, unusable};

/// The PEM files of a certificate shown to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServedFiles {
    /// The certificate, followed by any intermediates.
    pub certificate_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
}

/// A certificate shown to everybody, as last read. Cheap to clone.
#[derive(Clone)]
pub struct Served(Arc<Shared>);

struct Shared {
    files: ServedFiles,
    /// Application protocols offered, the best first.
    protocols: Vec<Vec<u8>>,
    current: RwLock<Material>,
}

struct Material {
    /// Of both files' contents, to see a change.
    digest: [u8; 32],
    config: Arc<ServerConfig>,
}

impl Served {
    /// Reads the files. `protocols` are offered to clients (ALPN), the best first.
    ///
    /// # Errors
    /// When a file is missing or the two do not fit together.
    pub fn load(files: &ServedFiles, protocols: &[&str]) -> Result<Self, Error> {
        let protocols: Vec<Vec<u8>> = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let material = Material::read(files, &protocols)?;
        Ok(Self(Arc::new(Shared {
            files: files.clone(),
            protocols,
            current: RwLock::new(material),
        })))
    }

    /// For the next connection.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        let current = self.0.current.read();
        let current = current.expect("no panic while the lock is held");
        Arc::clone(&current.config)
    }

    /// Reads the files again; `true` if they changed. On an error the old certificate stays in use.
    ///
    /// # Errors
    /// As [`Served::load`].
    pub fn reload(&self) -> Result<bool, Error> {
        let material = Material::read(&self.0.files, &self.0.protocols)?;
        let current = self.0.current.write();
        let mut current = current.expect("no panic while the lock is held");
        let changed = current.digest != material.digest;
        if changed {
            *current = material;
        }
        Ok(changed)
    }

    /// Reads the files again every `every` until `stop`.
    pub async fn keep_fresh(self, every: Duration, stop: CancellationToken) {
        keep_fresh(every, stop, || self.reload()).await;
    }
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served")
            .field("files", &self.0.files)
            .finish_non_exhaustive()
    }
}

impl Material {
    fn read(files: &ServedFiles, protocols: &[Vec<u8>]) -> Result<Self, Error> {
        let (certificate, key) = (read(&files.certificate_file)?, read(&files.key_file)?);
        let mut digest = Sha256::new();
        for content in [&certificate, &key] {
            digest.update(Sha256::digest(content));
        }
        let chain = certificates(&files.certificate_file, &certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(pem(&files.key_file))?;
        // Phones too old for TLS 1.3 still speak 1.2, of which rustls has the safe part only.
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        config.alpn_protocols = protocols.to_vec();
        Ok(Self {
            digest: digest.finalize().into(),
            config: Arc::new(config),
        })
    }
}
