//! Changing the number of one's own account, at any time: also while a selection is under way.

use prost::Message;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, RequestId, SessionId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::Mobile;

use super::App;
use super::keyed::Realm;
use super::messages::Draft;
use super::passwords::Match;
use super::personal::MOBILE;
use super::register::proof_used;
use crate::domain::challenge::{Holder, Purpose};
use crate::domain::password::Password;
use crate::error::Error;
use crate::store::account::{self, Account};
use crate::store::{account_change, attempt, pending_message, proof};

/// A citizen moves the account to another number.
#[derive(Debug)]
pub struct ChangeMobile {
    /// Caller's request.
    pub request_id: RequestId,
    /// Whose.
    pub account_id: AccountId,
    /// The session that asks.
    pub session_id: SessionId,
    /// As typed.
    pub password: Password,
    /// The new number.
    pub mobile: Mobile,
    /// Compact JWS, of the new number.
    pub proof: String,
}

impl App {
    /// Moves the account to a number its holder has proved, with the password again; guesses count as
    /// at signing in. The old number is told, and notification learns the new one after the commit.
    /// Gives the account as it then is.
    ///
    /// # Errors
    /// `SIGN_IN_FAILED`, `ACCOUNT_LOCKED`, `PROOF_INVALID`, `PROOF_USED`, `MOBILE_IN_USE`,
    /// `SESSION_EXPIRED`.
    pub async fn change_mobile(
        &self,
        command: ChangeMobile,
        request: &impl Message,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let scope = Scope::Account(command.account_id);
        let key = Key::new(&scope, "identity.change_mobile", command.request_id, now);
        let answered = self.answered::<pb::ChangeMobileResponse>(&key, request);
        if answered.await?.is_some() {
            return Ok(());
        }
        self.require_live(command.session_id).await?;
        let account = account::lookup(self.db.pool(), command.account_id)
            .await?
            .ok_or(Reason::SessionExpired)?;
        let network = format!("session/{}", command.session_id);
        let guess = self
            .admit_guess(Realm::Citizens, &account.login_key, &network)
            .await?;
        let found = self
            .passwords
            .compare(&command.password, Some(&account.password_hash))
            .await?;
        if found == Match::No {
            return Err(Reason::SignInFailed.into());
        }
        let index = self.keyed.mobile(&command.mobile);
        let holder = Holder::Account(command.account_id);
        let claims = self.check_proof(&command.proof, holder, Purpose::ChangeMobile, &index)?;
        let next = self.moved(&account, &command.mobile).await?;
        let told = Draft::mobile_changed(&self.open_mobile(&account).await?, &command.mobile, now);
        let message = self.pending(&account, None, told, now).await?;
        let done = self
            .db
            .run_once(
                "identity.change_mobile",
                &key,
                request,
                async |tx: &mut Tx| {
                    proof::add(tx, claims.jti, now, claims.expires_at())
                        .await
                        .map_err(proof_used)?;
                    if !account_change::replace(tx, &account, &next, now)
                        .await
                        .map_err(mobile_in_use)?
                    {
                        return Err(Error::from(Reason::ChangedMeanwhile));
                    }
                    pending_message::add(tx, &message).await?;
                    attempt::delete_by_login(tx, &guess).await?;
                    Ok(pb::ChangeMobileResponse::default())
                },
            )
            .await;
        self.contact_due.raise();
        done.map(|_| ())
    }

    /// The account with another number, of which notification has to be told.
    pub(super) async fn moved(&self, account: &Account, mobile: &Mobile) -> Result<Account, Error> {
        Ok(Account {
            mobile: self
                .sealer
                .seal(account.person_id, MOBILE, mobile.e164())
                .await?,
            mobile_index: self.keyed.mobile(mobile).to_vec(),
            contact_request_id: self.ids.next(),
            ..account.clone()
        })
    }
}

/// One account per number: another's is `MOBILE_IN_USE`.
pub(super) fn mobile_in_use(error: db::Error) -> Error {
    if error.is_unique_violation(account::MOBILE_KEY) {
        Reason::MobileInUse.into()
    } else {
        error.into()
    }
}
