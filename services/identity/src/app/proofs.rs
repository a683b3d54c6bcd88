//! Proofs that a challenge was met: signed, bound to all the code was bound to, used once (C1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::ids::{AccountId, PreSessionId, ProofId};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::challenge_verify::Proof;
use super::keyed::{Hash, hex};
use crate::domain::challenge::{Holder, Purpose};
use crate::domain::limits::after;
use crate::error::Error;
use crate::store::challenge::Stored;

/// The token's `typ`.
pub const TOKEN_TYPE: &str = "xuanhao-proof+jwt";

/// The claims of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The proof's identity; its user makes it unique.
    pub jti: ProofId,
    /// What it is good for.
    pub purpose: String,
    /// The account that met the challenge, if one had signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The pre-session that met it otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_session: Option<PreSessionId>,
    /// Blind index of the number, in hexadecimal.
    pub mobile: String,
    /// What it is bound to.
    pub subject: String,
    /// When the code was asked for, in Unix seconds (R-AUTH-02).
    pub asked_at: i64,
    /// Made at, in Unix seconds.
    pub iat: i64,
    /// Ends at, in Unix seconds.
    pub exp: i64,
}

impl App {
    /// The proof of a challenge that was verified at `made_at`; the same whenever it is asked for.
    pub(super) fn sign_proof(
        &self,
        jti: ProofId,
        met: &Stored,
        made_at: Timestamp,
    ) -> Result<Proof, Error> {
        let (account, pre_session) = match met.holder {
            Holder::Account(id) => (Some(id), None),
            Holder::PreSession(id) => (None, Some(id)),
        };
        let expires_at = after(made_at, self.rules.proof_ttl);
        let claims = Claims {
            jti,
            purpose: met.purpose.as_str().to_owned(),
            account,
            pre_session,
            mobile: hex(&met.mobile_index),
            subject: met.subject.clone(),
            asked_at: met.issued_at.as_second(),
            iat: made_at.as_second(),
            exp: expires_at.as_second(),
        };
        let token = self.signing_key.sign(TOKEN_TYPE, &claims)?;
        Ok(Proof { token, expires_at })
    }

    /// The claims of a proof that this holder met `purpose` for this number.
    ///
    /// # Errors
    /// `PROOF_INVALID` for every other token, without saying why.
    pub(super) fn check_proof(
        &self,
        token: &str,
        holder: Holder,
        purpose: Purpose,
        mobile_index: &Hash,
    ) -> Result<Claims, Error> {
        let (account, pre_session) = match holder {
            Holder::Account(id) => (Some(id), None),
            Holder::PreSession(id) => (None, Some(id)),
        };
        let claims = self.public_keys.verify::<Claims>(TOKEN_TYPE, token).ok();
        claims
            .filter(|claims| {
                claims.purpose == purpose.as_str()
                    && claims.pre_session == pre_session
                    && claims.account == account
                    && claims.mobile == hex(mobile_index)
                    && claims.subject.is_empty()
                    && claims.exp > self.clock.now().as_second()
            })
            .ok_or_else(|| Refusal::new(Reason::ProofInvalid).into())
    }
}

impl Claims {
    /// When the proof ends.
    pub(super) fn expires_at(&self) -> Timestamp {
        Timestamp::from_second(self.exp).unwrap_or(Timestamp::MAX)
    }
}
