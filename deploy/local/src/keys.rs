//! Keys that seal and keys that sign, made at the first start and kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use crate::folders::{Folders, kept, write_private};

/// Rings of keys that seal: of the persons' data keys, of the blind index, of the days' keys.
pub(crate) const RINGS: [&str; 3] = ["persons-kek", "blind-index", "day-keys-kek"];
/// Keys that sign: identity's statements, and vouchers.
pub(crate) const SIGNERS: [&str; 2] = ["principals", "vouchers"];

/// The file of a key ring.
pub(crate) fn ring_file(folders: &Folders, name: &str) -> PathBuf {
    folders.secret(&format!("{name}.json"))
}

/// The file of a signing key (PKCS #8, DER).
pub(crate) fn signing_key_file(folders: &Folders, name: &str) -> PathBuf {
    folders.secret(&format!("{name}.p8"))
}

/// The file of its public half (JWKS).
pub(crate) fn public_keys_file(folders: &Folders, name: &str) -> PathBuf {
    folders.secret(&format!("{name}.jwks.json"))
}

/// Makes what is missing.
pub(crate) fn make(folders: &Folders) -> Result<()> {
    for name in RINGS {
        kept(&ring_file(folders, name), key_ring)?;
    }
    for name in SIGNERS {
        let file = signing_key_file(folders, name);
        if !file.is_file() {
            let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
                .map_err(|_| anyhow!("the system gives no randomness"))?;
            write_private(&file, document.as_ref())?;
        }
        let public = public_half(&file)?;
        write_private(&public_keys_file(folders, name), public.as_bytes())?;
    }
    Ok(())
}

/// A ring of one fresh key.
fn key_ring() -> Result<String> {
    let mut key = [0; 32];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| anyhow!("the system gives no randomness"))?;
    let ring = json!({ "current": "local", "keys": { "local": STANDARD.encode(key) } });
    Ok(ring.to_string())
}

/// As JWKS (RFC 7517, RFC 8037); the key's id is its thumbprint, which readers make themselves.
fn public_half(file: &Path) -> Result<String> {
    let doing = || format!("reading {}", file.display());
    let document = fs::read(file).with_context(doing)?;
    let pair = Ed25519KeyPair::from_pkcs8(&document)
        .map_err(|error| anyhow!("{}: {error}", file.display()))?;
    let x = URL_SAFE_NO_PAD.encode(pair.public_key());
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": x });
    Ok(json!({ "keys": [key] }).to_string())
}
