//! Public keys and their JWKS form (RFC 7517, RFC 8037).

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use ring::signature::KeyPair;
use serde::{Deserialize, Serialize};

use super::{ALGORITHM, Error, SigningKey};

const PUBLIC_KEY_LEN: usize = 32;

/// The public keys whose signatures are believed, by `kid`.
#[derive(Debug, Clone, Default)]
pub struct PublicKeys(HashMap<String, [u8; PUBLIC_KEY_LEN]>);

#[derive(Serialize, Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
}

impl PublicKeys {
    /// Reads a JWKS file; every key in it must be Ed25519.
    ///
    /// # Errors
    /// When the file cannot be read or holds anything else.
    pub fn from_jwks_file(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file).map_err(|source| Error::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        Self::from_jwks(&text)
    }

    /// Reads a JWKS document.
    ///
    /// # Errors
    /// When it holds anything but Ed25519 keys.
    pub fn from_jwks(text: &str) -> Result<Self, Error> {
        let jwks: Jwks = serde_json::from_str(text).map_err(|_| Error::NotAKey("JWKS"))?;
        let keys = jwks
            .keys
            .iter()
            .map(Jwk::public_key)
            .collect::<Result<_, _>>()?;
        Ok(Self(keys))
    }

    /// The public half of one key, for a process that believes itself.
    pub fn of(key: &SigningKey) -> Self {
        let bytes = key
            .pair
            .public_key()
            .as_ref()
            .try_into()
            .expect("Ed25519 keys have 32 bytes");
        Self(HashMap::from([(key.kid.clone(), bytes)]))
    }

    pub(super) fn get(&self, kid: &str) -> Option<&[u8; PUBLIC_KEY_LEN]> {
        self.0.get(kid)
    }
}

impl Jwk {
    fn public_key(&self) -> Result<(String, [u8; PUBLIC_KEY_LEN]), Error> {
        let other_alg = self.alg.as_deref().is_some_and(|alg| alg != ALGORITHM);
        let other_use = self.usage.as_deref().is_some_and(|usage| usage != "sig");
        if self.kty != "OKP" || self.crv != "Ed25519" || other_alg || other_use {
            return Err(Error::NotAKey("key in a JWKS"));
        }
        let key: [u8; PUBLIC_KEY_LEN] = URL_SAFE_NO_PAD
            .decode(&self.x)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(Error::NotAKey("key in a JWKS"))?;
        let kid = self.kid.clone().unwrap_or_else(|| thumbprint(&key));
        Ok((kid, key))
    }
}

/// One public key as a JWKS document.
pub(super) fn jwks_of(public_key: &[u8], kid: &str) -> Result<String, Error> {
    let jwk = Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: URL_SAFE_NO_PAD.encode(public_key),
        kid: Some(kid.to_owned()),
        alg: Some(ALGORITHM.to_owned()),
        usage: Some("sig".to_owned()),
    };
    serde_json::to_string(&Jwks { keys: vec![jwk] }).map_err(Error::Encode)
}

/// RFC 7638: the hash of the key's required members in lexical order.
pub(super) fn thumbprint(public_key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
}
