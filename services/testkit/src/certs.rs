//! A certificate authority and leaf certificates, as a province's own would issue them.

use std::fs;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use xuanhao_servers::Scratch;

use crate::{must, temp_dir};

/// One certificate authority.
#[derive(Debug)]
pub struct Certs {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: Scratch,
}

/// A certificate with its private key, both PEM.
#[derive(Clone)]
pub struct Leaf {
    pub cert_pem: String,
    pub key_pem: String,
}

/// The same as files, for what reads files.
#[derive(Debug, Clone)]
pub struct LeafFiles {
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// A fresh authority: certificates of two authorities do not trust each other.
///
/// # Panics
/// When the random source fails.
#[must_use]
pub fn certs() -> Certs {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Xuanhao test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = CertifiedIssuer::self_signed(params, new_key());
    Certs {
        issuer: must(issuer, "making an authority"),
        folder: temp_dir(),
    }
}

impl Certs {
    /// The authority's certificate, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a service, good as server and as client: URI
    /// `spiffe://xuanhao/<service>`, DNS `localhost`, IP `127.0.0.1`.
    ///
    /// # Panics
    /// When the service's name cannot stand in a URI.
    #[must_use]
    pub fn leaf(&self, service: &str) -> Leaf {
        let uri = must(format!("spiffe://xuanhao/{service}").try_into(), service);
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = must(CertificateParams::new(names), service);
        params.subject_alt_names.push(SanType::URI(uri));
        params.distinguished_name.push(DnType::CommonName, service);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.use_authority_key_identifier_extension = true;
        let key = new_key();
        let cert = must(params.signed_by(&key, &self.issuer), service);
        Leaf {
            cert_pem: cert.pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// A new leaf as files, which go with the authority.
    ///
    /// # Panics
    /// When they cannot be written.
    #[must_use]
    pub fn files(&self, service: &str) -> LeafFiles {
        let leaf = self.leaf(service);
        let write = |name: String, text: &str| {
            let path = self.folder.path().join(name);
            must(fs::write(&path, text), path.display());
            path
        };
        LeafFiles {
            ca: write("ca.pem".to_owned(), &self.ca_pem()),
            cert: write(format!("{service}.pem"), &leaf.cert_pem),
            key: write(format!("{service}.key.pem"), &leaf.key_pem),
        }
    }
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaf")
            .field("cert_pem", &self.cert_pem)
            .finish_non_exhaustive()
    }
}

fn new_key() -> KeyPair {
    must(KeyPair::generate(), "making a key")
}
