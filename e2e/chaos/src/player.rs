//! Plays faults on a running site.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use anyhow::Result;
use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::faults::{Kind, Planned, Played};
use crate::load::Load;
use crate::proxy::Batches;
use crate::replica::Replica;
use crate::site::{OFFICES, Site};

/// How long a batch is held up.
const LATE: Duration = Duration::from_secs(5);
/// How long is waited for a batch to come by.
const FOR_A_BATCH: Duration = Duration::from_secs(3);
/// How often the connection is cut in one fault.
const CUTS: u64 = 3;

/// The processes of a run.
#[derive(Debug)]
pub struct Cluster {
    /// The replicas, by their index.
    pub replicas: Vec<Mutex<Replica>>,
    /// What they stand on.
    pub site: Mutex<Site>,
}

impl Cluster {
    pub(crate) fn replica(&self, index: usize) -> MutexGuard<'_, Replica> {
        self.replicas[index]
            .lock()
            .expect("nobody panics holding it")
    }

    pub(crate) fn site(&self) -> MutexGuard<'_, Site> {
        self.site.lock().expect("nobody panics holding it")
    }

    /// The replica that writes for an office: as the rows tell, or who answered last.
    async fn writer(&self, office: usize, load: &Load) -> usize {
        let (office, ..) = OFFICES[office];
        if let Ok(Some(address)) = self.writer_address(office).await {
            let mut ports = self
                .replicas
                .iter()
                .map(|one| one.lock().map(|one| one.port));
            let found = ports
                .position(|port| port.is_ok_and(|port| address.ends_with(&format!(":{port}"))));
            if let Some(found) = found {
                return found;
            }
        }
        load.last_answering(office).unwrap_or(0)
    }

    async fn writer_address(&self, office: &str) -> Result<Option<String>> {
        let url = self.site().database_url();
        let mut connection = PgConnection::connect(&url).await?;
        let sql =
            "SELECT address FROM office_leases JOIN pool_owners USING (owner) WHERE office = '";
        let sql = sqlx::AssertSqlSafe(format!("{sql}{office}'"));
        let row = sqlx::raw_sql(sql).fetch_optional(&mut connection).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Plays one, from its beginning until everything runs again.
    pub(crate) async fn play(&self, planned: Planned, load: &Load) -> Result<Played> {
        let target = match planned.kind {
            Kind::KillAny => planned.office % self.replicas.len(),
            _ => self.writer(planned.office, load).await,
        };
        let (start, before) = (load.now(), self.replica(target).proxy.played());
        match planned.kind {
            Kind::KillOwner | Kind::KillAny => {
                self.kill(target)?;
                sleep(planned.lasts).await;
            }
            Kind::FreezeOwner => {
                block_in_place(|| self.replica(target).freeze())?;
                sleep(planned.lasts).await;
                block_in_place(|| self.replica(target).thaw());
            }
            Kind::CutAfterCommit => {
                self.replica(target).proxy.batches(Batches::Cut);
                self.wait_for_batches(target, before + CUTS).await;
                self.replica(target).proxy.batches(Batches::Pass);
            }
            Kind::LateStatement => {
                self.late(target, Batches::LateStatement(LATE), before, planned)
                    .await?
            }
            Kind::LateCommit => {
                self.late(target, Batches::LateCommit(LATE), before, planned)
                    .await?
            }
            Kind::CutAll => self.replica(target).proxy.cut(),
            Kind::RestartPostgres => block_in_place(|| {
                let mut site = self.site();
                site.postgres.kill9()?;
                site.postgres.restart()
            })?,
            Kind::StopNats => {
                block_in_place(|| self.site().nats.stop())?;
                sleep(planned.lasts).await;
                block_in_place(|| self.site().nats.restart())?;
            }
            Kind::Terminate => block_in_place(|| self.replica(target).stop())?,
        }
        let batches = self.replica(target).proxy.played() - before;
        self.heal()?;
        Ok(Played {
            kind: planned.kind,
            start,
            end: load.now(),
            batches,
        })
    }

    /// Holds the writer's batches up, and kills it while they wait.
    async fn late(&self, target: usize, how: Batches, before: u64, planned: Planned) -> Result<()> {
        self.replica(target).proxy.batches(how);
        self.wait_for_batches(target, before + 1).await;
        sleep(planned.lasts.min(LATE - Duration::from_secs(1))).await;
        self.kill(target)?;
        self.replica(target).proxy.batches(Batches::Pass);
        // Others have taken over, or wait for the lock, when it lands.
        sleep(LATE - planned.lasts.min(LATE)).await;
        Ok(())
    }

    async fn wait_for_batches(&self, target: usize, count: u64) {
        let waiting = async {
            while self.replica(target).proxy.played() < count {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(FOR_A_BATCH, waiting).await;
    }

    fn kill(&self, target: usize) -> Result<()> {
        block_in_place(|| self.replica(target).kill9())
    }

    /// Starts what does not run.
    pub(crate) fn heal(&self) -> Result<()> {
        block_in_place(|| {
            for index in 0..self.replicas.len() {
                let mut replica = self.replica(index);
                replica.thaw();
                replica.check()?;
                if !replica.is_started() {
                    let site = self.site();
                    replica.start(&site)?;
                }
            }
            Ok(())
        })
    }
}
