//! The outbox: facts, written in the transaction that makes them true.
//!
//! The [`Relay`] gives each fact its position and publishes it. Feeds that must lose nothing read
//! the table by position instead ([`read_from`]). Rows stay for days after they were published.

mod relay;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use prost::Message;
use sqlx::PgPool;

pub use relay::{Error as RelayError, Relay, Tenure};

use crate::bus::{Envelope, Subject};
use crate::db::{self, Tx};
use crate::grpc::timestamp;
use crate::ids::EventId;
use crate::telemetry;

/// A fact about one aggregate. Nothing secret or personal is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its identity, kept through every retry and replay.
    pub id: EventId,
    /// What happened, in two words: `plate.allocated`.
    pub kind: Cow<'static, str>,
    /// Province id, for example `gd`.
    pub province: String,
    /// Office id, for example `gd-zhanjiang`, where one is concerned.
    pub office: Option<String>,
    /// What it is about, for example `application`.
    pub aggregate_kind: Cow<'static, str>,
    /// The id of what it is about.
    pub aggregate_id: String,
    /// The aggregate's version after it.
    pub version: i64,
    /// When it became true.
    pub occurred_at: Timestamp,
    /// The fact's own message, encoded.
    pub payload: Vec<u8>,
}

/// A fact as it stands in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Facts of one database become visible in this order (R1).
    pub position: i64,
    /// The fact.
    pub event: Event,
    /// W3C traceparent of the work that made it.
    pub trace: Option<String>,
}

/// Appends a fact within the transaction that makes it true, and wakes the relay on commit.
///
/// # Errors
/// When the row cannot be written, or the fact's words cannot stand in a subject.
pub async fn append(tx: &mut Tx, event: &Event) -> Result<(), db::Error> {
    // Refused here, where it belongs to a request, and not in the relay, where it would block.
    event.subject("service")?;
    sqlx::query!(
        "-- chassis.outbox.append
        INSERT INTO outbox (event_id, kind, province, office, aggregate_kind, aggregate_id,
                            version, occurred_at, trace, payload)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        event.id.as_uuid(),
        &*event.kind,
        event.province,
        event.office,
        &*event.aggregate_kind,
        event.aggregate_id,
        event.version,
        event.occurred_at.to_sqlx() as _,
        telemetry::current_traceparent(),
        event.payload,
    )
    .execute(&mut **tx)
    .await?;
    tx.mark_appended();
    Ok(())
}

/// The next facts after `position` (0 before the first), at most `limit`. A reader that remembers
/// the last position it has seen misses nothing, because positions become visible in order.
///
/// # Errors
/// When the database cannot be asked.
pub async fn read_from(pool: &PgPool, position: i64, limit: i64) -> Result<Vec<Entry>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- chassis.outbox.read_from
        SELECT event_id AS "id: EventId", position AS "position!", kind, province, office,
               aggregate_kind, aggregate_id, version,
               occurred_at AS "occurred_at: jiff_sqlx::Timestamp", trace, payload
        FROM outbox WHERE position > $1 ORDER BY position LIMIT $2"#,
        position,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

struct Row {
    id: EventId,
    position: i64,
    kind: String,
    province: String,
    office: Option<String>,
    aggregate_kind: String,
    aggregate_id: String,
    version: i64,
    occurred_at: jiff_sqlx::Timestamp,
    trace: Option<String>,
    payload: Vec<u8>,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            position: row.position,
            event: Event {
                id: row.id,
                kind: row.kind.into(),
                province: row.province,
                office: row.office,
                aggregate_kind: row.aggregate_kind.into(),
                aggregate_id: row.aggregate_id,
                version: row.version,
                occurred_at: row.occurred_at.to_jiff(),
                payload: row.payload,
            },
            trace: row.trace,
        }
    }
}

impl Event {
    /// Where `service` publishes it.
    fn subject(&self, service: &str) -> Result<Subject, db::Error> {
        Subject::new(service, &self.kind, &self.province, self.office.as_deref())
            .map_err(|source| db::Error::corrupt("event", source))
    }
}

impl Entry {
    /// The message in which `service` publishes the fact.
    fn envelope(&self, subject: &Subject) -> Vec<u8> {
        let event = &self.event;
        let envelope = Envelope {
            id: event.id.to_string(),
            r#type: subject.event_type(),
            occurred_at: Some(timestamp(event.occurred_at)),
            province: event.province.clone(),
            office: event.office.clone().unwrap_or_default(),
            aggregate_kind: event.aggregate_kind.to_string(),
            aggregate_id: event.aggregate_id.clone(),
            version: event.version,
            trace: self.trace.clone().unwrap_or_default(),
            data: event.payload.clone(),
        };
        envelope.encode_to_vec()
    }
}
