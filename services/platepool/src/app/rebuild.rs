//! Taking an office over, and rebuilding its memory (E3): from the rows, or from a memory that was
//! prepared a moment before and the rows that came since.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tracing::{info, warn};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::chain;

use super::handover::Prepared;
use super::{Shared, days};
use crate::domain::draw::Day;
use crate::domain::state::{Office, State};
use crate::store::{lease, rebuild as rows};

/// Without a sign of life nothing can be taken over; one may come at any moment.
const LOOK_FOR_LIFE_EVERY: Duration = Duration::from_millis(20);
const WAIT_FOR_LIFE: Duration = Duration::from_secs(1);

/// What a memory is made from.
#[derive(Debug)]
pub(crate) enum Basis {
    /// All its rows.
    Rows,
    /// One that was prepared, for a writer that let go in this epoch.
    Prepared(Box<Prepared>, u64),
}

/// What came of a rebuild.
pub(super) enum Rebuilt {
    /// The memory of a fresh epoch, and the days on which the office draws.
    Ready { memory: Box<State>, days: Vec<Day> },
    /// Another process that lives writes for the office.
    Elsewhere,
    /// This process could give no sign of life.
    Silent,
    /// The database could not be asked, or holds what cannot be read.
    Failed(crate::Error),
}

/// Raises the epoch in a transaction of its own, then reads in later ones.
pub(super) async fn rebuild(
    shared: Arc<Shared>,
    office: Office,
    pause: Duration,
    basis: Basis,
) -> Rebuilt {
    tokio::time::sleep(pause).await;
    if !lives(&shared).await {
        return Rebuilt::Silent;
    }
    match attempt(&shared, office, basis).await {
        Ok(Some((memory, days))) => Rebuilt::Ready {
            memory: Box::new(memory),
            days,
        },
        Ok(None) => Rebuilt::Elsewhere,
        Err(error) => Rebuilt::Failed(error),
    }
}

/// Waits a little for a sign of life: whoever takes an office over without one loses it at once.
async fn lives(shared: &Shared) -> bool {
    let begun = Instant::now();
    while !shared.presence.is_fresh() {
        if begun.elapsed() > WAIT_FOR_LIFE {
            return false;
        }
        tokio::time::sleep(LOOK_FOR_LIFE_EVERY).await;
    }
    true
}

async fn attempt(
    shared: &Shared,
    office: Office,
    basis: Basis,
) -> Result<Option<(State, Vec<Day>)>, crate::Error> {
    let (id, taken_at, begun) = (office.id, shared.clock.now(), Instant::now());
    let owner = shared.presence.name();
    let epoch = shared
        .db
        .run_tx("platepool.lease.take_over", async |tx: &mut Tx| {
            lease::take_over(tx, id, owner, taken_at).await
        });
    let Some(epoch) = epoch.await? else {
        return Ok(None);
    };
    if let Basis::Prepared(prepared, let_go_in) = basis {
        // Between letting go and taking over nobody else raised it.
        let is_next = epoch == let_go_in + 1;
        let prepared = is_next.then_some(*prepared);
        match follow(shared, prepared, epoch).await {
            Ok(Some(memory)) => {
                info!(office = %id, epoch, after = ?begun.elapsed(), "taken over as prepared");
                return Ok(Some((memory, days::open_days(shared, id).await?)));
            }
            Ok(None) => {}
            Err(error) => {
                let error = chain(&error);
                warn!(office = %id, epoch, error, "what was prepared is of no use");
            }
        }
    }
    let turn = shared.reading.acquire().await;
    let now = shared.clock.now();
    let read = rows::read(shared.db.pool(), &office, &shared.limits, now).await?;
    drop(turn);
    let limits = shared.limits.clone();
    // Half a million numbers take their time; the calls that others answer must not wait for it.
    let memory = spawn_blocking(move || read.build(office, limits, epoch, now)).await;
    let memory = memory.map_err(|source| db::Error::corrupt("memory", source))?;
    let days = days::open_days(shared, id).await?;
    Ok(Some((memory, days)))
}

/// The prepared memory after the rows that came since; none if there is any doubt.
async fn follow(
    shared: &Shared,
    prepared: Option<Prepared>,
    epoch: u64,
) -> Result<Option<State>, crate::Error> {
    let Some(prepared) = prepared else {
        return Ok(None);
    };
    let Some(prepared) = prepared.catch_up(shared).await? else {
        return Ok(None);
    };
    Ok(Some(prepared.finish(epoch, shared.clock.now())))
}
