//! Replacing the initial password of an enrolled account at its first sign-in (R-ACC-06, R-ACC-07).

use prost::Message;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use super::App;
use super::credentials::chosen;
use super::keyed::Realm;
use super::messages::INITIAL_CREDENTIALS;
use super::passwords::Match;
use super::sessions::token_hash;
use crate::domain::enrolment::initial_password_holds;
use crate::domain::login_name::LoginName;
use crate::domain::password::{self, Password};
use crate::error::Error;
use crate::store::{account, account_change, attempt, pending_message, session};

/// A citizen replaces the password that was sent.
pub struct ReplaceInitialPassword {
    /// Caller's request.
    pub request_id: RequestId,
    /// The session of the first sign-in; it goes on.
    pub session_token: String,
    /// As typed.
    pub current: String,
    /// As typed.
    pub new: String,
}

impl std::fmt::Debug for ReplaceInitialPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplaceInitialPassword")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Replaces an initial password that is still of use and ends the account's other sessions. After
    /// it the holder may do all an enrolled one may, such as binding a vehicle (R-ACC-07).
    ///
    /// # Errors
    /// `SESSION_EXPIRED`, `SIGN_IN_FAILED` (also when the password is no initial one, or its time is
    /// over), `PASSWORD_TOO_WEAK`, `ACCOUNT_LOCKED`.
    pub async fn replace_initial_password(
        &self,
        command: ReplaceInitialPassword,
        request: &impl Message,
    ) -> Result<pb::ReplaceInitialPasswordResponse, Error> {
        let now = self.clock.now();
        let idle_since = self.sessions.lifetimes().idle_since(now);
        let hash = token_hash(&command.session_token);
        let live = session::find_live(self.db.pool(), &hash, now, idle_since)
            .await?
            .ok_or(Reason::SessionExpired)?;
        let key = Key::new(
            &Scope::Account(live.account_id),
            "identity.replace_initial_password",
            command.request_id,
            now,
        );
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let account = account::lookup(self.db.pool(), live.account_id)
            .await?
            .ok_or(Reason::SessionExpired)?;
        let login_name = LoginName::parse(&account.login_name).map_err(|_| Reason::Internal)?;
        let new = chosen(&command.new, &login_name)?;
        if command.new == command.current {
            let weak = Refusal::new(Reason::PasswordTooWeak).param("min", password::SHORTEST);
            return Err(weak.into());
        }
        let network = format!("session/{}", live.session_id);
        let guess = self
            .admit_guess(Realm::Citizens, &account.login_key, &network)
            .await?;
        let current = Password::typed(command.current);
        let found = self
            .passwords
            .compare(&current, Some(&account.password_hash))
            .await?;
        let holds = account.must_change_password()
            && initial_password_holds(account.initial_password_until, now);
        if found == Match::No || !holds {
            // Another try of the same request may have come first.
            return self
                .answered(&key, request)
                .await?
                .ok_or_else(|| Reason::SignInFailed.into());
        }
        let fresh = self.passwords.hash(&new).await?;
        self.db
            .run_once(
                "identity.replace_initial_password",
                &key,
                request,
                async |tx: &mut Tx| {
                    let id = account.account_id;
                    let seen = &account.password_hash;
                    if !account_change::replace_hash(tx, id, seen, &fresh).await? {
                        return Err(Error::from(Reason::ChangedMeanwhile));
                    }
                    account_change::mark_password_changed(tx, id, now).await?;
                    pending_message::delete_of_template(tx, id, INITIAL_CREDENTIALS).await?;
                    session::mark_all_ended(tx, id, Some(live.session_id), now).await?;
                    attempt::delete_by_login(tx, &guess).await?;
                    Ok(pb::ReplaceInitialPasswordResponse {})
                },
            )
            .await
    }
}
