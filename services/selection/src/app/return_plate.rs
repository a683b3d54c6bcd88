//! What an ended application gives back: its number to the pool, its vehicle to the vehicle service
//! (P9, P10).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::jobs::Progress;

use super::App;
use super::load::{Policies, policies_of};
use crate::domain::lapse::{Lapsed, Registration, lapsed};
use crate::domain::state::State;
use crate::error::Error;
use crate::store::selections::View;
use crate::store::{applications, endings, selections};

/// Applications looked at by one run.
const BATCH: i64 = 100;

impl App {
    /// The reconciler for ended applications.
    ///
    /// # Errors
    /// When the database or a peer is away; the rest was done.
    pub async fn give_back(&self) -> Result<Progress, Error> {
        let ended = endings::list_unreturned(self.db.pool(), self.clock.now(), BATCH).await?;
        let mut failed = None;
        for id in &ended {
            if let Err(error) = self.give_plate_back(*id).await {
                failed = Some(error);
                self.put_off(*id).await?;
            }
        }
        for id in applications::list_to_release(self.db.pool(), BATCH).await? {
            if let Err(error) = self.release_vehicle(id).await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(Progress::Idle), Err)
    }

    pub(super) async fn give_plate_back(&self, id: ApplicationId) -> Result<(), Error> {
        let Some(view) = selections::lookup(self.db.pool(), id).await? else {
            return Ok(());
        };
        let policies = self.policies_by_id(id).await?;
        match view.state {
            State::Voided => self.send_back(&view, &policies, "voided").await,
            State::Expired => {
                let allocation = &view.selection.allocation;
                let vehicle = &self.peers.vehicle;
                let registry: Registration = vehicle
                    .registration(&view.vin, allocation.class, allocation.plate)
                    .await;
                let days = policies.frozen.lapse.late_proof_days;
                match lapsed(view.selection.deadline, days, self.clock.today(), registry) {
                    Lapsed::Wait => self.put_off(id).await,
                    Lapsed::LateProof(on) => self.register_by_registry(&view, on).await,
                    Lapsed::Return => self.send_back(&view, &policies, "lapsed").await,
                }
            }
            _ => Ok(()),
        }
    }

    async fn send_back(&self, view: &View, policies: &Policies, why: &str) -> Result<(), Error> {
        let (id, delays) = (view.application, &policies.live.returned);
        let pool = &self.peers.pool;
        pool.return_allocation(id.as_uuid(), view.office, id, why, delays)
            .await?;
        self.db
            .run_tx("selection.mark_returned", async |tx: &mut Tx| {
                Ok::<_, Error>(endings::mark_returned(tx, id, self.clock.now()).await?)
            })
            .await
    }

    pub(super) async fn release_vehicle(&self, id: ApplicationId) -> Result<(), Error> {
        self.peers.vehicle.release(id.as_uuid(), id).await?;
        self.db
            .run_tx("selection.mark_released", async |tx: &mut Tx| {
                Ok::<_, Error>(applications::mark_released(tx, id, self.clock.now()).await?)
            })
            .await
    }

    pub(super) async fn policies_by_id(&self, id: ApplicationId) -> Result<Policies, Error> {
        let mut connection = self
            .db
            .pool()
            .acquire()
            .await
            .map_err(xuanhao_chassis::db::Error::from)?;
        let found = applications::lookup(&mut *connection, id).await?;
        let application = found.ok_or_else(|| Error::not_found("application"))?;
        policies_of(&mut connection, &application).await
    }
}
