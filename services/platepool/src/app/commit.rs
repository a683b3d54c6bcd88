//! One batch, one statement, once (E4).

use std::sync::Arc;

use tracing::{Instrument, info_span, warn};
use uuid::Uuid;
use xuanhao_chassis::ids::BatchId;
use xuanhao_chassis::{db, telemetry};

use super::{Shared, derived, metrics};
use crate::domain::engine::Settled;
use crate::domain::rows::{Batch, Fact, News};
use crate::events;
use crate::store::statement::{self, Statement, Told};
use crate::store::{batch, opening, returning};

/// Runs the batch's statement. Whatever is not known for certain is unknown.
pub(super) async fn commit(shared: Arc<Shared>, batch: Batch) -> Settled {
    let span = info_span!("commit", otel.name = "platepool.commit", office = %batch.office,
        epoch = batch.epoch, rows = batch.entries.len());
    let work = async {
        let (office, epoch) = (batch.office, batch.epoch);
        match run(&shared, batch).await {
            Ok(settled) => settled,
            Err(error) => {
                let error = xuanhao_chassis::error::chain(&error);
                warn!(%office, epoch, error, "a batch's outcome is unknown");
                Settled::Unknown
            }
        }
    };
    work.instrument(span).await
}

async fn run(shared: &Shared, batch: Batch) -> Result<Settled, db::Error> {
    let mut told = Vec::with_capacity(batch.facts.len());
    for fact in &batch.facts {
        told.extend(tell(shared, &batch, fact).await?);
    }
    let id = |row: &crate::domain::rows::AllocationRow| -> Uuid {
        derived::allocation_id(batch.office, batch.decided_at, row.key, row.plate).as_uuid()
    };
    let allocation_ids = batch.allocations.iter().map(id).collect();
    let trace = telemetry::current_traceparent();
    let statement = Statement {
        batch,
        allocation_ids,
        told,
        trace,
    };
    let mut connection = shared.db.connection().await?;
    let settled = statement::run(&mut connection, &statement).await?;
    connection.done();
    if matches!(settled, Settled::Committed { .. }) {
        metrics::count_batch(&statement.batch);
        if !statement.told.is_empty() {
            shared.db.outbox_signal().raise();
        }
    }
    Ok(settled)
}

/// The fact as it is published. What operators' facts say beside the batch stands in their orders.
async fn tell(shared: &Shared, written: &Batch, fact: &Fact) -> Result<Option<Told>, db::Error> {
    let pool = shared.db.pool();
    Ok(match &fact.news {
        News::PlateAllocated { .. } => events::plate_allocated(written, fact),
        News::BatchReleased { batch: id, numbers } => {
            let mut connection = pool.acquire().await?;
            let batch_id = BatchId::from_uuid(id.0);
            let latest = opening::latest(&mut connection, batch_id).await?;
            if latest.is_some_and(|one| one.withdrawn_at.is_none()) {
                // It was announced, and its order came late; the job tells of announced openings.
                return Ok(None);
            }
            let found = batch::lookup(&mut connection, batch_id).await?;
            found.map(|found| events::batch_released(written, fact, id.0, &found.name, *numbers))
        }
        News::PlateReturned { plate } => {
            let order = returning::of_plate(pool, written.office, *plate).await?;
            order.map(|order| events::plate_returned(written, fact, &order))
        }
    })
}
