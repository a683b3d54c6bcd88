//! Proofs of challenges: read, checked, used once (C1).

use jiff::Timestamp;
use serde::Deserialize;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::{AccountId, ApplicationId, ProofId};
use xuanhao_chassis::reason::Reason;

use super::App;
use crate::domain::Refused;
use crate::domain::application::Application;
use crate::domain::proof::{Proof, Purpose};
use crate::error::Error;
use crate::store::proofs;

/// The token's `typ`.
const TOKEN_TYPE: &str = "xuanhao-proof+jwt";

/// The claims selection looks at; identity's contract has them all.
#[derive(Deserialize)]
struct Claims {
    jti: ProofId,
    purpose: String,
    #[serde(default)]
    account: Option<AccountId>,
    subject: String,
    iat: i64,
    exp: i64,
    /// When the code was asked for. A proof that does not tell counts from when it was made.
    #[serde(default)]
    asked_at: Option<i64>,
}

impl App {
    /// Reads a proof and checks that it serves this purpose, account and application.
    ///
    /// # Errors
    /// `PROOF_INVALID`, without saying why.
    pub(super) fn read_proof(
        &self,
        token: &str,
        purpose: Purpose,
        account: AccountId,
        application: ApplicationId,
    ) -> Result<Proof, Error> {
        let no = || self.no(Refused::ProofInvalid);
        let claims = self
            .proof_keys
            .verify::<Claims>(TOKEN_TYPE, token)
            .map_err(|_| no())?;
        let second = |at: i64| Timestamp::from_second(at).map_err(|_| no());
        let proof = Proof {
            id: claims.jti,
            purpose: claims.purpose,
            account: claims.account.ok_or_else(no)?,
            subject: claims.subject,
            asked_at: second(claims.asked_at.unwrap_or(claims.iat))?,
            expires_at: second(claims.exp)?,
        };
        proof
            .check(purpose, account, application, self.clock.now())
            .map_err(|refused| self.no(refused))?;
        Ok(proof)
    }

    /// Uses a proof in the transaction of what it allows (C1).
    ///
    /// # Errors
    /// `PROOF_USED`.
    pub(super) async fn consume_proof(
        &self,
        tx: &mut Tx,
        proof: &Proof,
        application: &Application,
    ) -> Result<(), Error> {
        if proofs::consume(tx, proof, application, self.clock.now()).await? {
            Ok(())
        } else {
            Err(Reason::ProofUsed.into())
        }
    }
}
