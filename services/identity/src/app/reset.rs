//! Replacing a forgotten password; an initial one that was never used or whose time is over, too.

use prost::Message;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{PreSessionId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use super::App;
use super::credentials::chosen;
use super::keyed::Realm;
use super::messages::INITIAL_CREDENTIALS;
use super::register::proof_used;
use crate::domain::challenge::{Holder, Purpose};
use crate::domain::login_name::LoginName;
use crate::error::Error;
use crate::store::{account, account_change, attempt, pending_message, proof, session};

/// A visitor who proved to hold an account's number sets its password.
#[derive(Debug)]
pub struct ResetPassword {
    /// Caller's request.
    pub request_id: RequestId,
    /// Who proved it.
    pub pre_session: PreSessionId,
    /// Whose password.
    pub login_name: LoginName,
    /// As typed.
    pub new: String,
    /// Compact JWS.
    pub proof: String,
}

impl App {
    /// Sets the password and ends all sessions of the account.
    ///
    /// # Errors
    /// `PROOF_INVALID` (for unknown names too), `PROOF_USED`, `PASSWORD_TOO_WEAK`.
    pub async fn reset_password(
        &self,
        command: ResetPassword,
        request: &impl Message,
    ) -> Result<pb::ResetPasswordResponse, Error> {
        let now = self.clock.now();
        let scope = Scope::PreSession(command.pre_session);
        let key = Key::new(&scope, "identity.reset_password", command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let login_key = command.login_name.key();
        let account = account::find_by_login(self.db.pool(), login_key)
            .await?
            .ok_or(Reason::ProofInvalid)?;
        let mobile_index = account
            .mobile_index
            .as_slice()
            .try_into()
            .map_err(|_| Reason::Internal)?;
        let claims = self.check_proof(
            &command.proof,
            Holder::PreSession(command.pre_session),
            Purpose::ResetPassword,
            &mobile_index,
        )?;
        let new = chosen(&command.new, &command.login_name)?;
        let fresh = self.passwords.hash(&new).await?;
        let login_index = self.keyed.login(Realm::Citizens, login_key);
        self.db
            .run_once(
                "identity.reset_password",
                &key,
                request,
                async |tx: &mut Tx| {
                    let id = account.account_id;
                    proof::add(tx, claims.jti, now, claims.expires_at())
                        .await
                        .map_err(proof_used)?;
                    if !account_change::replace_hash(tx, id, &account.password_hash, &fresh).await?
                    {
                        return Err(Error::from(Reason::ChangedMeanwhile));
                    }
                    account_change::mark_password_changed(tx, id, now).await?;
                    pending_message::delete_of_template(tx, id, INITIAL_CREDENTIALS).await?;
                    session::mark_all_ended(tx, id, None, now).await?;
                    // The owner has come back: what others tried before does not lock him out.
                    attempt::delete_by_login(tx, &login_index).await?;
                    Ok(pb::ResetPasswordResponse {})
                },
            )
            .await
    }
}
