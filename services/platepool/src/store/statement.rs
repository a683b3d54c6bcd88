//! The one statement of a batch (E2, E4): fence and all writes, autocommit, never sent twice.
//!
//! Every write selects from the fence, which is evaluated once and keeps the lease's row from
//! changing until the statement is committed. A log row with an allocation to an application, or
//! with ends of some, is written only if all of them are; a fact only if its log row is.
//!
//! Three statements do the same, each with less to set up than the next: [`holds`] writes log rows
//! alone, and is what a day of release consists of; [`citizens`] writes what citizens' requests make;
//! [`mixed`] writes everything.

mod acts;
mod citizens;
mod columns;
mod conflict;
mod holds;
mod mixed;
#[cfg(test)]
mod tests;

use sqlx::PgConnection;
use uuid::Uuid;
use xuanhao_chassis::db;

use crate::domain::engine::Settled;
use crate::domain::rows::{AllocationRow, Batch};

/// A batch with the ids and facts that the shell makes for it.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// The batch.
    pub(crate) batch: Batch,
    /// An id for each of its allocations, in their order.
    pub(crate) allocation_ids: Vec<Uuid>,
    /// Its facts, as they stand in the outbox.
    pub(crate) told: Vec<Told>,
    /// W3C traceparent of the work.
    pub(crate) trace: Option<String>,
}

/// A fact for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The entry it belongs to.
    pub(crate) seq: u64,
    pub(crate) event_id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) aggregate_kind: &'static str,
    pub(crate) aggregate_id: Uuid,
    pub(crate) version: i64,
    pub(crate) payload: Vec<u8>,
}

/// What the database tells of a statement that it committed.
#[derive(Debug)]
struct Written {
    /// Rows of the fence: 0 or 1.
    fence: i64,
    /// The entry of each allocation that was written.
    allocated: Vec<i64>,
    /// The entries whose allocations ended.
    ended: Vec<i64>,
}

/// Runs the statement once.
///
/// # Errors
/// When it failed or nobody knows whether it did. Either way the memory is thrown away (E3).
pub(crate) async fn run(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Settled, db::Error> {
    let batch = &statement.batch;
    let is_mixed = batch
        .entries
        .iter()
        .any(|entry| entry.command.is_administrative());
    let holds_only = batch.allocations.is_empty() && statement.told.is_empty();
    let written = if is_mixed {
        mixed::run(connection, statement).await?
    } else if holds_only {
        holds::run(connection, statement).await?
    } else {
        citizens::run(connection, statement).await?
    };
    if written.fence == 0 {
        return Ok(Settled::Fenced);
    }
    let conflicts = conflict::find(connection, batch, &written).await?;
    Ok(Settled::Committed { conflicts })
}

/// Whether the allocation's entry is written only with it.
fn is_claim(row: &AllocationRow) -> bool {
    row.application.is_some()
}
