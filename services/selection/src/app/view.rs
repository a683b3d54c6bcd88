//! An application as its citizen sees it.

use jiff::Timestamp;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;

use super::load::{Policies, policies_of};
use super::{Aftermath, App, Citizen};
use crate::domain::application::{Application, Selection};
use crate::domain::policy::Window;
use crate::domain::quota::VehicleQuota;
use crate::domain::rules::Permission;
use crate::error::Error;
use crate::store::{applications, operations, quotas, selections};

/// Everything that is shown of an application.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) application: Application,
    /// Present once locked.
    pub(crate) quota: Option<VehicleQuota>,
    pub(crate) selection: Option<Selection>,
    pub(crate) pending: bool,
    /// What it led to.
    pub(crate) aftermath: Aftermath,
    /// Server's time, for countdowns.
    pub(crate) now: Timestamp,
    policies: Policies,
}

impl View {
    /// The rules the application goes by.
    pub(crate) fn rules(&self) -> crate::domain::rules::Rules<'_> {
        self.policies.rules()
    }

    /// What the window offers by the policy in force.
    pub(super) fn live_window(&self) -> &Window {
        &self.policies.live.window
    }

    /// The policy frozen into it, or in force before the lock.
    pub(crate) fn policy(&self) -> &crate::domain::policy::Policy {
        &self.policies.frozen
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Empty at the end.
    pub(crate) next: String,
}

impl App {
    /// A citizen's own application.
    ///
    /// # Errors
    /// `NOT_FOUND`, also for another's; `ENROLMENT_REQUIRED` (R-ACC-04).
    pub(crate) async fn get_application(
        &self,
        citizen: Citizen,
        id: ApplicationId,
    ) -> Result<View, Error> {
        let found = applications::lookup(self.db.pool(), id).await?;
        let own = found.filter(|found| found.account == citizen.account);
        let view = self
            .view(own.ok_or_else(|| Error::not_found("application"))?)
            .await?;
        view.rules()
            .check_permission(Permission::Query, citizen.level)
            .map_err(|refused| self.no(refused))?;
        Ok(view)
    }

    /// A citizen's own applications, newest first. A page may hold fewer than asked for.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_applications(
        &self,
        citizen: Citizen,
        size: u16,
        page_token: &str,
    ) -> Result<Page<View>, Error> {
        let before = match page_token {
            "" => None,
            token => Some(read_token(token)?),
        };
        let mut found =
            applications::list(self.db.pool(), citizen.account, before, i64::from(size) + 1)
                .await?;
        let more = found.len() > usize::from(size);
        if more {
            found.pop();
        }
        let next = found
            .last()
            .filter(|_| more)
            .map(write_token)
            .unwrap_or_default();
        let mut items = Vec::with_capacity(found.len());
        for application in found {
            let view = self.view(application).await?;
            // Offices that ask for a higher level show nothing (R-ACC-04).
            let asked = view
                .rules()
                .check_permission(Permission::Query, citizen.level);
            if asked.is_ok() {
                items.push(view);
            }
        }
        Ok(Page { items, next })
    }

    /// Adds to an application what is shown with it.
    pub(super) async fn view(&self, application: Application) -> Result<View, Error> {
        let pool = self.db.pool();
        let mut connection = pool
            .acquire()
            .await
            .map_err(xuanhao_chassis::db::Error::from)?;
        let policies = policies_of(&mut connection, &application).await?;
        let info = application
            .info
            .as_ref()
            .filter(|_| application.policy_version.is_some());
        let (mut quota, pending) = match info {
            None => (None, false),
            Some(info) => {
                let pending = operations::find_pending(&mut *connection, &info.vin).await?;
                let own = pending.is_some_and(|pending| pending.application == application.id);
                (quotas::lookup(&mut *connection, &info.vin).await?, own)
            }
        };
        let selection = selections::lookup(&mut *connection, application.id).await?;
        let now = self.clock.now();
        let mut application = application;
        if let Some(found) = quota.filter(|_| !pending) {
            // What the end of a countdown changed is shown before it is written down (R-SEL-10).
            let (shown, left) = application.caught_up(&found, &policies.rules(), now);
            (application, quota) = (shown, Some(left));
        }
        let selection = selection.map(|view| view.selection);
        let aftermath = self
            .aftermath(
                &mut connection,
                &application,
                selection.as_ref(),
                &policies.frozen,
            )
            .await?;
        Ok(View {
            aftermath,
            quota,
            pending,
            selection,
            now,
            policies,
            application,
        })
    }

    /// The same by id, for answers of writes.
    pub(super) async fn view_by_id(&self, id: ApplicationId) -> Result<View, Error> {
        let found = applications::lookup(self.db.pool(), id).await?;
        self.view(found.ok_or_else(|| Error::not_found("application"))?)
            .await
    }
}

fn write_token(last: &Application) -> String {
    format!("{}.{}", last.opened_at.as_microsecond(), last.id)
}

fn read_token(token: &str) -> Result<(Timestamp, ApplicationId), Error> {
    let read = || {
        let (micros, id) = token.split_once('.')?;
        let at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
        Some((at, id.parse().ok()?))
    };
    read().ok_or_else(|| Reason::PageTokenInvalid.into())
}
