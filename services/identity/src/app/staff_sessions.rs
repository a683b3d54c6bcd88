//! Sessions of members of staff, and the principals made from them.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::reason::Reason;

use super::App;
use super::sessions::{IssuedPrincipal, token_hash};
use crate::domain::limits::after;
use crate::domain::session::stale_use;
use crate::domain::staff::{CannotAct, Grant, Scope, acting};
use crate::error::Error;
use crate::store::{role_grant, staff_session};

impl App {
    /// Ends a staff session at once (C3). Ending an ended one succeeds.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sign_out_staff(&self, token: &str) -> Result<(), Error> {
        let (hash, now) = (token_hash(token), self.clock.now());
        self.db
            .run_tx("identity.sign_out_staff", async |tx: &mut Tx| {
                staff_session::mark_ended(tx, &hash, now).await
            })
            .await?;
        Ok(())
    }

    /// Makes a principal that acts in one scope, with the roles that hold throughout it.
    ///
    /// # Errors
    /// `SESSION_EXPIRED`, `PASSWORD_CHANGE_REQUIRED`, `PERMISSION_DENIED` when no role holds there,
    /// `FIELD_REQUIRED` when the scope has to be chosen.
    pub async fn issue_staff_principal(
        &self,
        token: &str,
        wanted: Option<Scope>,
    ) -> Result<IssuedPrincipal, Error> {
        let now = self.clock.now();
        let idle_since = self.staff_sessions.lifetimes().idle_since(now);
        let live = staff_session::find_live(self.db.pool(), &token_hash(token), now, idle_since)
            .await?
            .ok_or(Reason::SessionExpired)?;
        if live.must_change_password {
            return Err(Reason::PasswordChangeRequired.into());
        }
        let held = role_grant::list(self.db.pool(), &[live.staff_id]).await?;
        let grants: Vec<Grant> = held.into_iter().map(|(_, grant)| grant).collect();
        let acting = acting(&grants, wanted).map_err(|error| match error {
            CannotAct::NoRole => Refusal::new(Reason::PermissionDenied),
            CannotAct::Ambiguous => Refusal::required("province"),
        })?;
        if live.used_at < stale_use(now) {
            self.db
                .run_tx("identity.staff_session.use", async |tx: &mut Tx| {
                    staff_session::mark_used(tx, live.session_id, now).await
                })
                .await?;
        }
        let expires_at = after(now, self.staff_sessions.principal()).min(live.expires_at);
        self.sign_principal(Principal {
            sub: live.staff_id.as_uuid(),
            kind: Kind::Staff,
            session: live.session_id,
            level: None,
            roles: acting.roles,
            province: acting.scope.province.to_string(),
            offices: acting
                .scope
                .office
                .iter()
                .map(ToString::to_string)
                .collect(),
            iat: now.as_second(),
            exp: expires_at.as_second(),
        })
    }
}
