//! The two authorities of a local platform: one for its programs, who know each other by the URI in
//! their certificates, and one for the address that browsers open. Neither believes the other.

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use std::path::PathBuf;

use crate::folders::{Folders, write_private};
use crate::{CALLERS, Service};

/// The files by which a program proves who it is and knows others.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Its certificate, PEM.
    pub certificate: PathBuf,
    /// The certificate's private key, PEM.
    pub key: PathBuf,
    /// The authority of its peers, PEM.
    pub authority: PathBuf,
}

impl Credentials {
    /// Those of a service or of another caller, such as `xuanctl` or `national`.
    pub(crate) fn of(folders: &Folders, name: &str) -> Self {
        Self {
            certificate: folders.tls(&format!("{name}.pem")),
            key: folders.tls(&format!("{name}.key")),
            authority: folders.tls("authority.pem"),
        }
    }

    /// What the edge shows to browsers.
    pub(crate) fn public(folders: &Folders) -> Self {
        Self {
            certificate: folders.public("edge.pem"),
            key: folders.public("edge.key"),
            authority: folders.public("authority.pem"),
        }
    }

    fn are_there(&self) -> bool {
        [&self.certificate, &self.key, &self.authority]
            .into_iter()
            .all(|file| file.is_file())
    }

    fn write(&self, authority: &Authority, params: CertificateParams) -> Result<()> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, authority)?;
        write_private(&self.key, key.serialize_pem().as_bytes())?;
        write_private(&self.certificate, certificate.pem().as_bytes())?;
        write_private(&self.authority, authority.pem().as_bytes())
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Makes both authorities and every certificate, unless all are there. The authorities' own keys are
/// not kept: whoever needs another certificate gets a whole new set.
pub(crate) fn make(folders: &Folders) -> Result<()> {
    let services = Service::ALL.map(Service::name);
    let programs: Vec<_> = services
        .into_iter()
        .chain(CALLERS)
        .map(|name| (name, Credentials::of(folders, name)))
        .collect();
    let public = Credentials::public(folders);
    let whole = public.are_there() && programs.iter().all(|(_, files)| files.are_there());
    if whole {
        return Ok(());
    }
    let inside = authority("Xuanhao local authority of programs")?;
    for (name, files) in programs {
        let doing = || format!("making the certificate of {name}");
        let params = program(name).with_context(doing)?;
        files.write(&inside, params).with_context(doing)?;
    }
    let outside = authority("Xuanhao local authority of addresses")?;
    public.write(&outside, address()?)
}

fn authority(name: &str) -> Result<Authority> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn program(name: &str) -> Result<CertificateParams> {
    let mut params = leaf(name)?;
    let uri = format!("spiffe://xuanhao/{name}").try_into()?;
    params.subject_alt_names.push(SanType::URI(uri));
    params
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ClientAuth);
    Ok(params)
}

fn address() -> Result<CertificateParams> {
    leaf("localhost")
}

fn leaf(name: &str) -> Result<CertificateParams> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
