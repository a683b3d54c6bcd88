//! Authorities and certificates for tests, and a folder that goes away with them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use xuanhao_chassis::tls::{Files, Identity};

/// A folder of its own, removed at the end.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("chassis-it-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Signs certificates.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer }
    }

    /// A certificate with these URI names, written over whatever the folder held for `file`.
    pub(crate) fn issue_names(&self, folder: &Folder, file: &str, uris: &[&str]) -> Files {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let names = uris
            .iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()));
        params.subject_alt_names = names.collect();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Files {
            certificate_file: folder.write(&format!("{file}.crt"), certificate.pem()),
            key_file: folder.write(&format!("{file}.key"), key.serialize_pem()),
            authority_file: folder.write(&format!("{file}.ca"), self.issuer.pem()),
        }
    }

    pub(crate) fn issue(&self, folder: &Folder, service: &str) -> Files {
        self.issue_names(folder, service, &[&format!("spiffe://xuanhao/{service}")])
    }

    pub(crate) fn identity(&self, folder: &Folder, service: &str) -> Identity {
        Identity::load(&self.issue(folder, service)).unwrap()
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
