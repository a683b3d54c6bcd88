//! Messages a consumer could not use, kept for a person to look at.

use async_nats::jetstream::Message;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::db::{self, Db, Tx};
use crate::ids::EventId;

pub(super) struct DeadLetter<'a> {
    pub(super) consumer: &'static str,
    /// `None` when the message is not even an envelope.
    pub(super) event: Option<EventId>,
    pub(super) reason: &'a str,
    pub(super) deliveries: i64,
    pub(super) message: &'a Message,
}

/// Keeps a message as it came; keeping it again changes nothing.
pub(super) async fn add(db: &Db, letter: &DeadLetter<'_>, now: Timestamp) -> Result<(), db::Error> {
    let message = letter.message;
    let (stream, sequence) = message
        .info()
        .map_or(("", 0), |i| (i.stream, i.stream_sequence));
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    db.run_tx("chassis.dead_letters.add", async |tx: &mut Tx| {
        sqlx::query!(
            "-- chassis.dead_letters.add
            INSERT INTO dead_letters (consumer, stream, sequence, event_id, subject, reason,
                                      deliveries, message, buried_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT DO NOTHING",
            letter.consumer,
            stream,
            sequence,
            letter.event.map(EventId::as_uuid),
            message.subject.as_str(),
            letter.reason,
            letter.deliveries,
            &message.payload[..],
            now.to_sqlx() as _,
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    })
    .await
}
