//! Web sessions of citizens, and the principals made from them.

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::SessionId;
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::keyed::{Hash, hex};
use crate::domain::limits::after;
use crate::domain::session::stale_use;
use crate::error::Error;
use crate::store::session;

/// A signed principal.
#[derive(Clone)]
pub struct IssuedPrincipal {
    /// Compact JWS.
    pub token: String,
    /// Ends then.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for IssuedPrincipal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedPrincipal")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A token for a browser, and what is kept of it.
pub(super) struct NewToken {
    pub(super) token: String,
    pub(super) hash: Hash,
}

impl App {
    /// 256 bits; only their hash is kept.
    pub(super) fn new_token(&self) -> NewToken {
        let token = hex(&self.random.bytes::<32>());
        let hash = token_hash(&token);
        NewToken { token, hash }
    }

    /// Ends a session at once (C3). Ending an ended one succeeds.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let (hash, now) = (token_hash(token), self.clock.now());
        self.db
            .run_tx("identity.sign_out", async |tx: &mut Tx| {
                session::mark_ended(tx, &hash, now).await
            })
            .await?;
        Ok(())
    }

    /// Makes a principal from a live session (C3). It names the account's level, by which services tell
    /// who may query and who may transact (R-ACC-03, R-ACC-04), and the account's province, whichever
    /// province's portal was used (R-ACC-11).
    ///
    /// # Errors
    /// `SESSION_EXPIRED` when the session is over or was never there; `PASSWORD_CHANGE_REQUIRED` while
    /// the password is an initial one (R-ACC-06, R-ACC-07).
    pub async fn issue_principal(&self, token: &str) -> Result<IssuedPrincipal, Error> {
        let now = self.clock.now();
        let idle_since = self.sessions.lifetimes().idle_since(now);
        let live = session::find_live(self.db.pool(), &token_hash(token), now, idle_since)
            .await?
            .ok_or(Reason::SessionExpired)?;
        if live.must_change_password {
            return Err(Reason::PasswordChangeRequired.into());
        }
        if live.used_at < stale_use(now) {
            self.db
                .run_tx("identity.session.use", async |tx: &mut Tx| {
                    session::mark_used(tx, live.session_id, now).await
                })
                .await?;
        }
        let expires_at = after(now, self.sessions.principal()).min(live.expires_at);
        self.sign_principal(Principal {
            sub: live.account_id.as_uuid(),
            kind: Kind::Person,
            session: live.session_id,
            level: Some(live.level.as_str().to_owned()),
            roles: Vec::new(),
            province: live.province.to_string(),
            offices: Vec::new(),
            iat: now.as_second(),
            exp: expires_at.as_second(),
        })
    }

    pub(super) fn sign_principal(&self, principal: Principal) -> Result<IssuedPrincipal, Error> {
        let expires_at = Timestamp::from_second(principal.exp).unwrap_or(Timestamp::MIN);
        Ok(IssuedPrincipal {
            token: principal.sign(&self.signing_key)?,
            expires_at,
        })
    }

    /// Refuses to act for a session that is over, though its principal still lives (C3).
    pub(super) async fn require_live(&self, session_id: SessionId) -> Result<(), Error> {
        let now = self.clock.now();
        let idle_since = self.sessions.lifetimes().idle_since(now);
        let live = session::is_live(self.db.pool(), session_id, now, idle_since).await?;
        if live {
            Ok(())
        } else {
            Err(Reason::SessionExpired.into())
        }
    }
}

/// SHA-256: a token has 256 random bits, so that no slower hash is needed.
pub(super) fn token_hash(token: &str) -> Hash {
    use sha2::Digest as _;
    sha2::Sha256::digest(token.as_bytes()).into()
}
