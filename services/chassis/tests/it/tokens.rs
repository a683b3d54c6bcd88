//! Principals signed by hand, good and bad: what the chassis must believe and what it must not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

pub(crate) const CITIZEN: &str = "01935000-0000-7000-8000-000000000001";
const SESSION: &str = "01935000-0000-7000-8000-0000000000ff";

pub(crate) struct Signer {
    kid: &'static str,
    key: Ed25519KeyPair,
}

impl Signer {
    pub(crate) fn new(kid: &'static str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self {
            kid,
            key: Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap(),
        }
    }

    pub(crate) fn jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": x,
                            "alg": "EdDSA", "use": "sig" }] })
        .to_string()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as("xuanhao-principal+jwt", claims)
    }

    pub(crate) fn sign_as(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": typ, "kid": self.kid });
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// Says that it needs no signature.
    pub(crate) fn unsigned(&self, claims: &Value) -> String {
        let header = json!({ "alg": "none", "typ": "xuanhao-principal+jwt", "kid": self.kid });
        format!("{}.{}.", part(&header), part(claims))
    }
}

/// Claims of a citizen, from `iat` for `lifetime` seconds.
pub(crate) fn citizen(iat: i64, lifetime: i64) -> Value {
    json!({ "sub": CITIZEN, "kind": "person", "session": SESSION, "level": "online",
            "province": "gd", "iat": iat, "exp": iat + lifetime })
}

/// Claims of a member of staff.
pub(crate) fn staff(roles: &[&str], iat: i64) -> Value {
    json!({ "sub": "01935000-0000-7000-8000-000000000002", "kind": "staff", "session": SESSION,
            "roles": roles, "province": "gd", "offices": ["gd-zhanjiang"],
            "iat": iat, "exp": iat + 300 })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
