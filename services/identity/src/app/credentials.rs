//! Signing in, and replacing a password that is known.

use prost::Message;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{AccountId, RequestId, SessionId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use super::App;
use super::keyed::{Hash, Realm};
use super::passwords::Match;
use super::personal::View;
use crate::domain::enrolment::initial_password_holds;
use crate::domain::login_name::LoginName;
use crate::domain::password::{self, Password};
use crate::error::Error;
use crate::store::account::{self, Account};
use crate::store::account_change;
use crate::store::attempt;
use crate::store::session::{self, NewSession};

pub use super::reset::ResetPassword;

/// A citizen signs in.
#[derive(Debug)]
pub struct SignIn {
    /// As typed; malformed names are unknown names.
    pub login_name: String,
    /// As typed.
    pub password: Password,
    /// The address, for throttling.
    pub network: String,
}

/// A session that began.
pub struct SignedIn {
    /// For the browser.
    pub session_token: String,
    /// Ends then at the latest.
    pub expires_at: jiff::Timestamp,
    /// The account, masked.
    pub account: View,
    /// The password is an initial one, to be replaced before anything else.
    pub must_change_password: bool,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("account", &self.account.account_id)
            .finish_non_exhaustive()
    }
}

/// A citizen replaces the password.
#[derive(Debug)]
pub struct ChangePassword {
    /// Caller's request.
    pub request_id: RequestId,
    /// Whose.
    pub account_id: AccountId,
    /// The session that asks; it goes on.
    pub session_id: SessionId,
    /// As typed.
    pub current: Password,
    /// As typed.
    pub new: String,
}

impl App {
    /// Opens a session (R-ACC-01), whichever province's portal is used (R-ACC-11). An unknown name, a
    /// wrong password and an initial password whose time is over (R-ACC-06) get the same answer after
    /// the same work.
    ///
    /// # Errors
    /// `SIGN_IN_FAILED`, `ACCOUNT_LOCKED`, `OVERLOADED`.
    pub async fn sign_in(&self, command: SignIn) -> Result<SignedIn, Error> {
        let login_key = command.login_name.to_ascii_lowercase();
        let guess = self
            .admit_guess(Realm::Citizens, &login_key, &command.network)
            .await?;
        let account = account::find_by_login(self.db.pool(), &login_key).await?;
        let stored = account
            .as_ref()
            .map(|account| account.password_hash.as_str());
        let found = self.passwords.compare(&command.password, stored).await?;
        let (Some(account), Match::Yes { cheap }) = (account, found) else {
            return Err(Reason::SignInFailed.into());
        };
        if !initial_password_holds(account.initial_password_until, self.clock.now()) {
            return Err(Reason::SignInFailed.into());
        }
        let dearer = match cheap {
            true => Some(self.passwords.hash(&command.password).await?),
            false => None,
        };
        let (session_token, expires_at) = self.open_session(&account, &guess, dearer).await?;
        Ok(SignedIn {
            session_token,
            expires_at,
            must_change_password: account.must_change_password(),
            account: self.view(&account).await?,
        })
    }

    async fn open_session(
        &self,
        account: &Account,
        guess: &Hash,
        dearer: Option<String>,
    ) -> Result<(String, jiff::Timestamp), Error> {
        let now = self.clock.now();
        let token = self.new_token();
        let new = NewSession {
            session_id: self.ids.next(),
            account_id: account.account_id,
            province: account.province,
            token_hash: token.hash,
            started_at: now,
            expires_at: self.sessions.lifetimes().ends_at(now),
        };
        self.db
            .run_tx("identity.sign_in", async |tx: &mut Tx| {
                // The password that was compared must still be the account's.
                if account_change::lock_hash(tx, new.account_id)
                    .await?
                    .as_ref()
                    != Some(&account.password_hash)
                {
                    return Err(Error::from(Reason::SignInFailed));
                }
                if let Some(dearer) = &dearer {
                    account_change::replace_hash(
                        tx,
                        new.account_id,
                        &account.password_hash,
                        dearer,
                    )
                    .await?;
                }
                attempt::delete_by_login(tx, guess).await?;
                session::add(tx, &new).await?;
                Ok(())
            })
            .await?;
        Ok((token.token, new.expires_at))
    }

    /// Replaces the password of a signed-in citizen and ends the account's other sessions.
    ///
    /// # Errors
    /// `SIGN_IN_FAILED` when the current password is wrong, `PASSWORD_TOO_WEAK`, `ACCOUNT_LOCKED`,
    /// `SESSION_EXPIRED`.
    pub async fn change_password(
        &self,
        command: ChangePassword,
        request: &impl Message,
    ) -> Result<pb::ChangePasswordResponse, Error> {
        let now = self.clock.now();
        let scope = Scope::Account(command.account_id);
        let key = Key::new(&scope, "identity.change_password", command.request_id, now);
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        self.require_live(command.session_id).await?;
        let account = account::lookup(self.db.pool(), command.account_id)
            .await?
            .ok_or(Reason::SessionExpired)?;
        let login_name = LoginName::parse(&account.login_name).map_err(|_| Reason::Internal)?;
        let new = chosen(&command.new, &login_name)?;
        // Whoever found a session open must not find out the password by trying.
        let network = format!("session/{}", command.session_id);
        let guess = self
            .admit_guess(Realm::Citizens, &account.login_key, &network)
            .await?;
        let found = self
            .passwords
            .compare(&command.current, Some(&account.password_hash))
            .await?;
        if found == Match::No {
            // Another try of the same request may have come first.
            return self
                .answered(&key, request)
                .await?
                .ok_or_else(|| Reason::SignInFailed.into());
        }
        let fresh = self.passwords.hash(&new).await?;
        self.db
            .run_once(
                "identity.change_password",
                &key,
                request,
                async |tx: &mut Tx| {
                    let id = command.account_id;
                    if !account_change::replace_hash(tx, id, &account.password_hash, &fresh).await?
                    {
                        return Err(Error::from(Reason::ChangedMeanwhile));
                    }
                    account_change::mark_password_changed(tx, id, now).await?;
                    session::mark_all_ended(tx, id, Some(command.session_id), now).await?;
                    attempt::delete_by_login(tx, &guess).await?;
                    Ok(pb::ChangePasswordResponse {})
                },
            )
            .await
    }
}

/// A password that may be set, or `PASSWORD_TOO_WEAK`.
pub(super) fn chosen(text: &str, login_name: &LoginName) -> Result<Password, Error> {
    Password::chosen(text, login_name).map_err(|_| {
        xuanhao_chassis::error::Refusal::new(Reason::PasswordTooWeak)
            .param("min", password::SHORTEST)
            .into()
    })
}
