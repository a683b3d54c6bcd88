//! The inbox: which facts a consumer has already had an effect of.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::db::{self, Tx};
use crate::ids::EventId;

/// Whether a fact comes for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It does; its effect belongs into this transaction.
    First,
    /// Its effect is already committed.
    Repeated,
}

/// Notes, in the transaction of its effect, that `consumer` consumes a fact.
///
/// Two deliveries at the same time meet at the row: the second waits for the first's commit and is
/// then run again by [`Db::run_tx`](crate::db::Db::run_tx), which finds it.
///
/// # Errors
/// When the row cannot be written.
pub async fn accept(
    tx: &mut Tx,
    consumer: &str,
    event: EventId,
    now: Timestamp,
) -> Result<Arrival, db::Error> {
    let inserted = sqlx::query!(
        "-- chassis.inbox.accept
        INSERT INTO inbox (consumer, event_id, consumed_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING",
        consumer,
        event.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .await?;
    Ok(if inserted.rows_affected() == 1 {
        Arrival::First
    } else {
        Arrival::Repeated
    })
}
