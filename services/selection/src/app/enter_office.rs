//! Where a citizen stands at an office (R-ENT-02, R-ENT-05 … 07).

use xuanhao_chassis::db::Tx;
use xuanhao_vocabulary::OfficeId;

use super::{App, Citizen, View};
use crate::domain::entry::{Standing, Step, enter};
use crate::domain::state::State;
use crate::error::Error;
use crate::store::{applications, blacklist, policies};

impl App {
    /// The step the portal shows, and the application to go on with.
    ///
    /// # Errors
    /// `OFFICE_UNKNOWN`, `BLACKLISTED`, `DEADLINE_PASSED`.
    pub(crate) async fn enter_office(
        &self,
        citizen: Citizen,
        office: OfficeId,
    ) -> Result<(Step, Option<View>), Error> {
        if policies::find_in_force(self.db.pool(), office)
            .await?
            .is_none()
        {
            return Err(xuanhao_chassis::reason::Reason::OfficeUnknown.into());
        }
        let latest = applications::find_latest(self.db.pool(), citizen.account, office).await?;
        // The ban is the person's, so a first visit has to ask whose the account is.
        let person_key = match &latest {
            Some(latest) => latest.person_key.clone(),
            None => {
                self.peers
                    .identity
                    .holder(citizen.account)
                    .await?
                    .person_key
            }
        };
        let today = self.clock.today();
        let ban = blacklist::find(self.db.pool(), &person_key, today).await?;
        let view = match latest {
            Some(latest) => Some(self.view(latest).await?),
            None => None,
        };
        let standing = view.as_ref().map(|view| Standing {
            application: &view.application,
            quota: view.quota.as_ref(),
            selection: view.selection.as_ref(),
            ban_years: view.policy().lapse.blacklist_years,
        });
        let pending = view.as_ref().is_some_and(|view| view.pending);
        let step = enter(standing, ban, pending, self.clock.now(), today)
            .map_err(|refused| self.no(refused))?;
        let view = self.walked_in(view).await?;
        let ended = |view: &View| {
            matches!(
                view.application.state,
                State::Registered | State::Expired | State::Voided
            )
        };
        Ok((step, view.filter(|view| !ended(view))))
    }

    /// Ends the identity check that was passed before: whoever walks in starts again at phase 1 step 3
    /// with a new code (R-ENT-05, R-AUTH-01). What is held stays held.
    async fn walked_in(&self, view: Option<View>) -> Result<Option<View>, Error> {
        let Some(view) = view else { return Ok(None) };
        if view.application.checked_session.is_none() {
            return Ok(Some(view));
        }
        let id = view.application.id;
        self.db
            .run_tx("selection.walk_in", async |tx: &mut Tx| {
                let found = applications::lookup_for_update(tx, id).await?;
                if let Some(next) = found.and_then(|found| found.walk_in()) {
                    applications::update(tx, &next, self.clock.now()).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        self.view_by_id(id).await.map(Some)
    }
}
