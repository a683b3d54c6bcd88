//! Signed statements between services and for vouchers: JWS compact, Ed25519 and nothing else.
//!
//! The header names its use (`typ`) and its key (`kid`). A token of another use, of another
//! algorithm (`none` included), of an unknown key or with an extension we do not know is refused
//! before its content is looked at. When a statement ends to hold is the content's matter.

mod keys;

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use keys::PublicKeys;

const ALGORITHM: &str = "EdDSA";

/// Why a key or a token is not accepted. Says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key file cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key file does not hold a key of the wanted kind.
    #[error("not an Ed25519 {0}")]
    NotAKey(&'static str),
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be encoded")]
    Encode(#[source] serde_json::Error),
    /// The token is not three parts of base64url with a JSON header.
    #[error("malformed token")]
    Malformed,
    /// The token's algorithm is not `EdDSA`, or its header wants more of us than we know.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// The token was made for another use.
    #[error("the token is for another use")]
    Type,
    /// The token's key is not among ours.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// The signature is right and the claims are not of the wanted form.
    #[error("the token's claims cannot be read")]
    Claims(#[source] serde_json::Error),
}

/// A private key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
    /// Extensions the reader must know; we know none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

impl SigningKey {
    /// Reads a PKCS #8 file, PEM or DER.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn from_pkcs8_file(file: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(file).map_err(|source| Error::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        let bytes = Zeroizing::new(bytes);
        if bytes.starts_with(b"-----") {
            let key = PrivatePkcs8KeyDer::from_pem_slice(&bytes)
                .map_err(|_| Error::NotAKey("private key in PKCS #8"))?;
            Self::from_pkcs8(key.secret_pkcs8_der())
        } else {
            Self::from_pkcs8(&bytes)
        }
    }

    /// Reads a PKCS #8 document (DER), with or without the public key in it.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(Self::from_pair)
            .map_err(|_| Error::NotAKey("private key in PKCS #8"))
    }

    /// A fresh key that lives as long as the process.
    ///
    /// # Panics
    /// When the operating system refuses to give randomness.
    pub fn generate() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .expect("the operating system gives randomness");
        Self::from_pkcs8(document.as_ref()).expect("a generated key can be read")
    }

    fn from_pair(pair: Ed25519KeyPair) -> Self {
        let kid = keys::thumbprint(pair.public_key().as_ref());
        Self { pair, kid }
    }

    /// The key's name: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as a JWKS document.
    ///
    /// # Errors
    /// Never in practice; JSON encoding is fallible by type.
    pub fn public_jwks(&self) -> Result<String, Error> {
        keys::jwks_of(self.pair.public_key().as_ref(), &self.kid)
    }

    /// Signs `claims` for the use named `typ`.
    ///
    /// # Errors
    /// When the claims cannot be written as JSON.
    pub fn sign<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, Error> {
        let header = Header {
            alg: ALGORITHM.to_owned(),
            kid: self.kid.clone(),
            typ: typ.to_owned(),
            crit: None,
        };
        let mut token = encode_json(&header)?;
        token.push('.');
        token.push_str(&encode_json(claims)?);
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(token.as_bytes()));
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }
}

impl PublicKeys {
    /// Checks a token made for the use `typ` and gives its claims.
    ///
    /// # Errors
    /// When anything about it is not as it must be.
    pub fn verify<C: DeserializeOwned>(&self, typ: &str, token: &str) -> Result<C, Error> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Error::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Error::Malformed)?;
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| Error::Malformed)?;
        if header.alg != ALGORITHM || header.crit.is_some() {
            return Err(Error::Algorithm);
        }
        if header.typ != typ {
            return Err(Error::Type);
        }
        let key = self.get(&header.kid).ok_or(Error::UnknownKey)?;
        UnparsedPublicKey::new(&ED25519, key)
            .verify(signed.as_bytes(), &decode(signature)?)
            .map_err(|_| Error::Signature)?;
        serde_json::from_slice(&decode(claims)?).map_err(Error::Claims)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn encode_json(value: &impl Serialize) -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).map_err(Error::Encode)?))
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TYP: &str = "xuanhao-test+jwt";

    fn forge(header: &serde_json::Value, key: &SigningKey) -> String {
        let signed = format!(
            "{}.{}",
            encode_json(header).unwrap(),
            encode_json(&json!({"sub": "someone"})).unwrap()
        );
        let signature = URL_SAFE_NO_PAD.encode(key.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn refusal(keys: &PublicKeys, token: &str) -> Error {
        keys.verify::<serde_json::Value>(TYP, token).unwrap_err()
    }

    #[test]
    fn a_signed_statement_is_believed_and_read_back() {
        let key = SigningKey::generate();
        let claims = json!({"sub": "someone", "level": 2});
        let token = key.sign(TYP, &claims).unwrap();
        let keys = PublicKeys::from_jwks(&key.public_jwks().unwrap()).unwrap();
        assert_eq!(
            keys.verify::<serde_json::Value>(TYP, &token).unwrap(),
            claims
        );
    }

    #[test]
    fn no_other_algorithm_is_accepted_whoever_signed() {
        let key = SigningKey::generate();
        let keys = PublicKeys::of(&key);
        for alg in ["none", "None", "HS256", "ES256", "RS256", ""] {
            let token = forge(&json!({"alg": alg, "kid": key.kid(), "typ": TYP}), &key);
            assert!(matches!(refusal(&keys, &token), Error::Algorithm), "{alg}");
        }
        let crit = forge(
            &json!({"alg": "EdDSA", "kid": key.kid(), "typ": TYP, "crit": ["b64"]}),
            &key,
        );
        assert!(matches!(refusal(&keys, &crit), Error::Algorithm));
        // The same token with its algorithm spelled right passes, so the refusals above are due to it.
        let right = forge(&json!({"alg": "EdDSA", "kid": key.kid(), "typ": TYP}), &key);
        assert!(keys.verify::<serde_json::Value>(TYP, &right).is_ok());
    }

    #[test]
    fn a_token_of_another_use_or_key_is_refused() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        let keys = PublicKeys::of(&key);
        let claims = json!({});
        let elsewhere = key.sign("xuanhao-other+jwt", &claims).unwrap();
        assert!(matches!(refusal(&keys, &elsewhere), Error::Type));
        assert!(matches!(
            refusal(&keys, &other.sign(TYP, &claims).unwrap()),
            Error::UnknownKey
        ));
        let borrowed = forge(
            &json!({"alg": "EdDSA", "kid": key.kid(), "typ": TYP}),
            &other,
        );
        assert!(matches!(refusal(&keys, &borrowed), Error::Signature));
    }

    #[test]
    fn a_changed_token_is_refused() {
        let key = SigningKey::generate();
        let keys = PublicKeys::of(&key);
        let token = key.sign(TYP, &json!({"sub": "someone"})).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = signed.split_once('.').unwrap();
        let claims = encode_json(&json!({"sub": "somebody"})).unwrap();
        let changed = format!("{header}.{claims}.{signature}");
        assert!(matches!(refusal(&keys, &changed), Error::Signature));
        for malformed in ["", ".", "..", "a.b.c", &token[1..], signed] {
            keys.verify::<serde_json::Value>(TYP, malformed)
                .unwrap_err();
        }
    }

    #[test]
    fn the_example_of_rfc_8037_is_read() {
        let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let keys = PublicKeys::from_jwks(jwks).unwrap();
        assert!(
            keys.get("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
                .is_some()
        );
        let rsa = r#"{"keys":[{"kty":"RSA","crv":"","x":"","n":"AQAB","e":"AQAB"}]}"#;
        assert!(matches!(PublicKeys::from_jwks(rsa), Err(Error::NotAKey(_))));
    }

    #[test]
    fn debug_output_holds_no_key() {
        let key = SigningKey::generate();
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey {{ kid: {:?}, .. }}", key.kid())
        );
    }
}
