//! Submitting VIN and purchase proof (R-INF-02 … 04).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::idempotency::Scope;
use xuanhao_chassis::ids::ApplicationId;

use super::load::{own_for_update, policy_in_force};
use super::open_application::read_id;
use super::{Act, App, Citizen, Done, View};
use crate::domain::Refused;
use crate::domain::state::Event;
use crate::error::Error;
use crate::peers::Submitted;
use crate::store::applications;

impl App {
    /// Has the vehicle assessed and takes over what was found. May be repeated until it is confirmed.
    ///
    /// # Errors
    /// Those of the vehicle service; `VEHICLE_NOT_ELIGIBLE`, `INFO_LOCKED`, `BLACKLISTED`.
    pub(crate) async fn submit_info(
        &self,
        citizen: Citizen,
        act: &Act,
        id: ApplicationId,
        submitted: &Submitted,
    ) -> Result<View, Error> {
        let scope = Scope::Account(citizen.account);
        let key = act.key(&scope, "SubmitInfo", self.clock.now());
        if let Some(done) = self.answered(&key, act).await? {
            return self.view_by_id(read_id(&done)?).await;
        }
        let application = self.get_application(citizen.account, id).await?.application;
        application
            .state
            .after(Event::SubmitInfo)
            .map_err(|refused| self.no(refused))?;
        self.free_unfinished_claim(id).await?;
        let holder = self.peers.identity.holder(citizen.account).await?;
        let request_id = act.request_id.as_uuid();
        let vehicle = &self.peers.vehicle;
        let assessed = vehicle
            .assess(request_id, id, application.office, submitted, &holder)
            .await?;
        let done = self
            .db
            .run_once(
                "selection.submit_info",
                &key,
                &act.fingerprint,
                async |tx: &mut Tx| {
                    let application = own_for_update(tx, id, citizen.account).await?;
                    self.check_ban(tx, &application.person_key).await?;
                    if applications::claiming_until(tx, id).await?.is_some() {
                        return Err(self.no(Refused::OperationPending));
                    }
                    let policy = policy_in_force(tx, application.office).await?.policy;
                    let next = application
                        .submit_info(assessed.info.clone(), &policy)
                        .map_err(|refused| self.no(refused))?;
                    applications::update(tx, &next, self.clock.now()).await?;
                    Ok::<_, Error>(Done::about(id))
                },
            )
            .await?;
        self.view_by_id(read_id(&done)?).await
    }

    /// A confirmation that broke off may have left its vehicle claimed. Before other information is
    /// taken over, that claim is freed; while it may still be under way, nothing is.
    async fn free_unfinished_claim(&self, id: ApplicationId) -> Result<(), Error> {
        let mut connection = self
            .db
            .pool()
            .acquire()
            .await
            .map_err(xuanhao_chassis::db::Error::from)?;
        let Some(until) = applications::claiming_until(&mut connection, id).await? else {
            return Ok(());
        };
        drop(connection);
        if self.clock.now() < until {
            return Err(self.no(Refused::OperationPending));
        }
        self.peers
            .vehicle
            .release(self.request_id().as_uuid(), id)
            .await?;
        self.db
            .run_tx("selection.free_claim", async |tx: &mut Tx| {
                Ok::<_, Error>(applications::mark_claiming(tx, id, None).await?)
            })
            .await
    }
}
