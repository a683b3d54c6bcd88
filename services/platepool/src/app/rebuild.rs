//! Taking an office over, and rebuilding its memory (E3).

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use xuanhao_chassis::db::{self, Tx};

use super::{Shared, days};
use crate::domain::draw::Day;
use crate::domain::state::{Office, State};
use crate::store::{lease, rebuild as rows};

/// What came of a rebuild.
pub(super) enum Rebuilt {
    /// The memory of a fresh epoch, and the days on which the office draws.
    Ready { memory: Box<State>, days: Vec<Day> },
    /// Another process that lives writes for the office.
    Elsewhere,
    /// The database could not be asked, or holds what cannot be read.
    Failed(crate::Error),
}

/// Raises the epoch in a transaction of its own, then reads in later ones.
pub(super) async fn rebuild(shared: Arc<Shared>, office: Office, pause: Duration) -> Rebuilt {
    tokio::time::sleep(pause).await;
    match attempt(&shared, office).await {
        Ok(Some((memory, days))) => Rebuilt::Ready {
            memory: Box::new(memory),
            days,
        },
        Ok(None) => Rebuilt::Elsewhere,
        Err(error) => Rebuilt::Failed(error),
    }
}

async fn attempt(
    shared: &Shared,
    office: Office,
) -> Result<Option<(State, Vec<Day>)>, crate::Error> {
    let (id, taken_at) = (office.id, shared.clock.now());
    let epoch = shared
        .db
        .run_tx("platepool.lease.take_over", async |tx: &mut Tx| {
            lease::take_over(tx, id, &shared.owner, taken_at).await
        });
    let Some(epoch) = epoch.await? else {
        return Ok(None);
    };
    let now = shared.clock.now();
    let read = rows::read(shared.db.pool(), &office, &shared.limits, now).await?;
    let limits = shared.limits.clone();
    // Half a million numbers take their time; the calls that others answer must not wait for it.
    let memory = spawn_blocking(move || read.build(office, limits, epoch, now)).await;
    let memory = memory.map_err(|source| db::Error::corrupt("memory", source))?;
    let days = days::open_days(shared, id).await?;
    Ok(Some((memory, days)))
}
