//! On whose behalf a call is made: a short signed statement by identity about a person or a member of
//! staff, which every service checks itself, so that a broken edge cannot speak for everybody.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::authz::Role;
use crate::clock::Clock;
use crate::ids::{AccountId, SessionId, StaffId};
use crate::signed::{self, PublicKeys, SigningKey};

/// The metadata key that carries the token.
pub const METADATA_KEY: &str = "x-xuanhao-principal";

/// The token's `typ`.
pub const TOKEN_TYPE: &str = "xuanhao-principal+jwt";

/// C3: no principal lives longer.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// How far a signer's clock may be ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Whether it is a citizen (or an organisation's agent) or a member of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An account of a person or an organisation.
    Person,
    /// A member of staff.
    Staff,
}

/// The claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The account's or staff member's id.
    pub sub: Uuid,
    /// Which of the two.
    pub kind: Kind,
    /// The session the principal was made from.
    pub session: SessionId,
    /// The account's registration level, in identity's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Roles of a member of staff; roles this program does not know are left out.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "known_roles"
    )]
    pub roles: Vec<Role>,
    /// The province it counts in.
    pub province: String,
    /// The offices a member of staff works for; empty means the whole province.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offices: Vec<String>,
    /// Made at, in Unix seconds.
    pub iat: i64,
    /// Ends at, in Unix seconds.
    pub exp: i64,
}

impl Principal {
    /// The account, if it is a citizen's.
    pub fn account(&self) -> Option<AccountId> {
        (self.kind == Kind::Person).then(|| AccountId::from_uuid(self.sub))
    }

    /// The member of staff, if it is one.
    pub fn staff(&self) -> Option<StaffId> {
        (self.kind == Kind::Staff).then(|| StaffId::from_uuid(self.sub))
    }

    /// Whether a member of staff has the role.
    pub fn has_role(&self, role: Role) -> bool {
        self.kind == Kind::Staff && self.roles.contains(&role)
    }

    /// Whether a member of staff works for the office.
    pub fn serves_office(&self, province: &str, office: &str) -> bool {
        let served = self.offices.is_empty() || self.offices.iter().any(|own| own == office);
        self.kind == Kind::Staff && self.province == province && served
    }

    /// Signs it, as identity does.
    ///
    /// # Errors
    /// When the claims cannot be encoded.
    pub fn sign(&self, key: &SigningKey) -> Result<String, signed::Error> {
        key.sign(TOKEN_TYPE, self)
    }
}

fn known_roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Role>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    Ok(words
        .iter()
        .filter_map(|word| Role::from_word(word))
        .collect())
}

/// Where the keys of identity's signatures are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalKeys {
    /// A JWKS file; read again when it changes.
    pub jwks_file: PathBuf,
}

/// Why a token was refused. For logs: callers learn no more than that they are not authenticated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not signed by a key we know, for this purpose.
    #[error("not a principal signed by a known key")]
    Signature(#[from] signed::Error),
    /// It lives longer than [`MAX_LIFETIME`].
    #[error("lives longer than a principal may")]
    LivesTooLong,
    /// Over.
    #[error("expired")]
    Expired,
    /// Its time has not come.
    #[error("made in the future")]
    NotYet,
}

/// Checks principals. Cheap to clone.
#[derive(Clone)]
pub struct Verifier(Arc<Shared>);

struct Shared {
    config: PrincipalKeys,
    keys: RwLock<PublicKeys>,
    clock: Clock,
}

impl Verifier {
    /// Reads the keys.
    ///
    /// # Errors
    /// When the file is missing or malformed.
    pub fn load(config: &PrincipalKeys, clock: Clock) -> Result<Self, signed::Error> {
        let keys = RwLock::new(PublicKeys::from_jwks_file(&config.jwks_file)?);
        Ok(Self(Arc::new(Shared {
            config: config.clone(),
            keys,
            clock,
        })))
    }

    /// Checks signature, purpose and time.
    ///
    /// # Errors
    /// When the token must not be believed.
    pub fn verify(&self, token: &str) -> Result<Principal, Error> {
        let keys = self.0.keys.read().expect("no panic while the lock is held");
        let principal: Principal = keys.verify(TOKEN_TYPE, token)?;
        check_times(&principal, self.0.clock.now()).map(|()| principal)
    }

    /// Reads the keys again every `every` until `stop`, so that identity can change its key.
    pub async fn keep_fresh(self, every: Duration, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(every))
            .await
            .is_some()
        {
            match PublicKeys::from_jwks_file(&self.0.config.jwks_file) {
                Ok(keys) => {
                    *self
                        .0
                        .keys
                        .write()
                        .expect("no panic while the lock is held") = keys
                }
                Err(error) => {
                    warn!(
                        error = crate::error::chain(&error),
                        "keeping the old principal keys"
                    );
                }
            }
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}

fn check_times(principal: &Principal, now: Timestamp) -> Result<(), Error> {
    let lifetime = principal
        .exp
        .checked_sub(principal.iat)
        .ok_or(Error::LivesTooLong)?;
    if lifetime > MAX_LIFETIME.as_secs() {
        return Err(Error::LivesTooLong);
    }
    if principal.exp <= now.as_second() {
        return Err(Error::Expired);
    }
    if principal.iat > now.as_second() + CLOCK_SKEW.as_secs() {
        return Err(Error::NotYet);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn living(iat: i64, exp: i64) -> Principal {
        Principal {
            sub: Uuid::nil(),
            kind: Kind::Staff,
            session: SessionId::from_uuid(Uuid::nil()),
            level: None,
            roles: vec![Role::Officer],
            province: "gd".to_owned(),
            offices: vec!["gd-zhanjiang".to_owned()],
            iat,
            exp,
        }
    }

    /// C3: a principal lives at most five minutes.
    #[test]
    fn a_principal_is_believed_only_within_its_five_minutes() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let check = |from: i64, to: i64| {
            check_times(&living(now.as_second() + from, now.as_second() + to), now)
        };
        assert!(check(0, 300).is_ok());
        assert!(check(-299, 1).is_ok());
        assert!(
            check(5, 305).is_ok(),
            "a signer's clock may be a little ahead"
        );
        assert!(matches!(check(0, 301), Err(Error::LivesTooLong)));
        assert!(matches!(check(-300, 0), Err(Error::Expired)));
        assert!(matches!(check(6, 306), Err(Error::NotYet)));
        let endless = living(i64::MIN, i64::MAX);
        assert!(matches!(
            check_times(&endless, now),
            Err(Error::LivesTooLong)
        ));
    }

    #[test]
    fn offices_and_roles_are_those_of_the_claims() {
        let officer = living(0, 300);
        assert!(officer.serves_office("gd", "gd-zhanjiang"));
        assert!(!officer.serves_office("gd", "gd-maoming"));
        assert!(!officer.serves_office("he", "gd-zhanjiang"));
        assert!(officer.has_role(Role::Officer) && !officer.has_role(Role::Operator));
        assert_eq!(officer.account(), None);
    }

    #[test]
    fn roles_of_a_newer_identity_are_left_out() {
        let mut claims = serde_json::to_value(living(0, 300)).unwrap();
        claims["roles"] = serde_json::json!(["wizard", "auditor"]);
        let principal: Principal = serde_json::from_value(claims).unwrap();
        assert_eq!(principal.roles, [Role::Auditor]);
    }
}
