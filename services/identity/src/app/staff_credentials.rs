//! Members of staff signing in and replacing their passwords.

use prost::Message;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{RequestId, SessionId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use super::App;
use super::credentials::chosen;
use super::keyed::Realm;
use super::passwords::Match;
use super::sessions::token_hash;
use crate::domain::login_name::LoginName;
use crate::domain::password::{self, Password};
use crate::error::Error;
use crate::store::{attempt, staff, staff_session};

/// A member signs in.
#[derive(Debug)]
pub struct SignInStaff {
    /// As typed; malformed names are unknown names.
    pub login_name: String,
    /// As typed.
    pub password: Password,
    /// The address, for throttling.
    pub network: String,
}

/// A staff session that began.
pub struct SignedInStaff {
    /// For the console.
    pub session_token: String,
    /// Ends then at the latest.
    pub expires_at: jiff::Timestamp,
    /// Nothing but replacing the password is allowed.
    pub must_change_password: bool,
}

impl std::fmt::Debug for SignedInStaff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedInStaff")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A member replaces the own password.
pub struct ChangeStaffPassword {
    /// Caller's request.
    pub request_id: RequestId,
    /// The session that asks; it goes on.
    pub session_token: String,
    /// As typed.
    pub current: String,
    /// As typed.
    pub new: String,
}

impl std::fmt::Debug for ChangeStaffPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeStaffPassword")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Opens a staff session; as for citizens, nothing tells an unknown name from a wrong password.
    ///
    /// # Errors
    /// `SIGN_IN_FAILED`, `ACCOUNT_LOCKED`, `OVERLOADED`.
    pub async fn sign_in_staff(&self, command: SignInStaff) -> Result<SignedInStaff, Error> {
        let login_key = command.login_name.to_ascii_lowercase();
        let guess = self
            .admit_guess(Realm::Staff, &login_key, &command.network)
            .await?;
        let member = staff::find_by_login(self.db.pool(), &login_key).await?;
        let stored = member.as_ref().map(|member| member.password_hash.as_str());
        let found = self.passwords.compare(&command.password, stored).await?;
        let (Some(member), Match::Yes { cheap }) = (member, found) else {
            return Err(Reason::SignInFailed.into());
        };
        let dearer = match cheap {
            true => Some(self.passwords.hash(&command.password).await?),
            false => None,
        };
        let now = self.clock.now();
        let (token, session_id) = (
            self.new_token(),
            self.ids.next::<xuanhao_chassis::ids::kind::Session>(),
        );
        let expires_at = self.staff_sessions.lifetimes().ends_at(now);
        self.db
            .run_tx("identity.sign_in_staff", async |tx: &mut Tx| {
                let staff_id = member.staff_id;
                if staff::lock_hash(tx, staff_id).await?.as_ref() != Some(&member.password_hash) {
                    return Err(Error::from(Reason::SignInFailed));
                }
                if let Some(dearer) = &dearer {
                    staff::replace_hash(tx, staff_id, &member.password_hash, dearer).await?;
                }
                attempt::delete_by_login(tx, &guess).await?;
                staff_session::add(tx, session_id, &member, &token.hash, now, expires_at).await?;
                Ok(())
            })
            .await?;
        let must_change_password = member.must_change_password;
        Ok(SignedInStaff {
            session_token: token.token,
            expires_at,
            must_change_password,
        })
    }

    /// Replaces the member's password and ends the member's other sessions.
    ///
    /// # Errors
    /// `SESSION_EXPIRED`, `SIGN_IN_FAILED`, `PASSWORD_TOO_WEAK`, `ACCOUNT_LOCKED`.
    pub async fn change_staff_password(
        &self,
        command: ChangeStaffPassword,
        request: &impl Message,
    ) -> Result<pb::ChangeStaffPasswordResponse, Error> {
        let now = self.clock.now();
        let idle_since = self.staff_sessions.lifetimes().idle_since(now);
        let hash = token_hash(&command.session_token);
        let live = staff_session::find_live(self.db.pool(), &hash, now, idle_since)
            .await?
            .ok_or(Reason::SessionExpired)?;
        let scope = Scope::Staff(live.staff_id);
        let key = Key::new(
            &scope,
            "identity.change_staff_password",
            command.request_id,
            now,
        );
        if let Some(answered) = self.answered(&key, request).await? {
            return Ok(answered);
        }
        let member = staff::lookup(self.db.pool(), live.staff_id)
            .await?
            .ok_or(Reason::SessionExpired)?;
        let login_name = LoginName::parse(&member.login_name).map_err(|_| Reason::Internal)?;
        let new = chosen(&command.new, &login_name)?;
        if command.new == command.current {
            let weak = Refusal::new(Reason::PasswordTooWeak).param("min", password::SHORTEST);
            return Err(weak.into());
        }
        let network = format!("session/{}", live.session_id);
        let guess = self
            .admit_guess(Realm::Staff, &member.login_key, &network)
            .await?;
        let current = Password::typed(command.current);
        if self
            .passwords
            .compare(&current, Some(&member.password_hash))
            .await?
            == Match::No
        {
            return self
                .answered(&key, request)
                .await?
                .ok_or_else(|| Reason::SignInFailed.into());
        }
        let fresh = self.passwords.hash(&new).await?;
        let kept: SessionId = live.session_id;
        self.db
            .run_once(
                "identity.change_staff_password",
                &key,
                request,
                async |tx: &mut Tx| {
                    let staff_id = member.staff_id;
                    if !staff::replace_hash(tx, staff_id, &member.password_hash, &fresh).await? {
                        return Err(Error::from(Reason::ChangedMeanwhile));
                    }
                    staff::mark_password_changed(tx, staff_id, now).await?;
                    staff_session::mark_all_ended(tx, staff_id, Some(kept), now).await?;
                    attempt::delete_by_login(tx, &guess).await?;
                    Ok(pb::ChangeStaffPasswordResponse {})
                },
            )
            .await
    }
}
