//! Operations and the request ids they answer.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::{ApplicationId, Id, Kind, ProofId, RequestId};
use xuanhao_vocabulary::{OfficeId, Vin};

use super::{json, number, parse, small, to_json};
use crate::domain::operation::{Channel, Outcome, Request, Reserved};
use crate::domain::quota::Charge;

/// Unique index: one pending operation per VIN (P1).
pub(crate) const PENDING_KEY: &str = "operations_pending_key";
/// Unique index: one operation answers a scope, kind and request id (P2).
pub(crate) const REQUEST_KEY: &str = "operations_request_key";

/// Marker for [`OperationId`].
#[derive(Debug)]
pub(crate) enum OperationKind {}

impl Kind for OperationKind {
    const NAME: &'static str = "Operation";
}

/// Identity of an operation.
pub(crate) type OperationId = Id<OperationKind>;

/// An operation as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    pub(crate) id: OperationId,
    pub(crate) application: ApplicationId,
    pub(crate) office: OfficeId,
    pub(crate) vin: Vin,
    pub(crate) op_no: u64,
    pub(crate) request: Request,
    pub(crate) request_hash: [u8; 32],
    /// Account or member of staff who acts.
    pub(crate) actor: Uuid,
    /// Account acted for, when it is another.
    pub(crate) on_behalf_of: Option<Uuid>,
    /// Where the choice is made: whose counters it touches.
    pub(crate) channel: Channel,
    /// What was set aside for it (P1).
    pub(crate) reserved: Charge,
    /// The proof that is used by it.
    pub(crate) proof: Option<ProofId>,
    /// Past it the pool refuses (P3).
    pub(crate) not_after: Timestamp,
    pub(crate) reserved_at: Timestamp,
    /// Absent while pending.
    pub(crate) outcome: Option<Outcome>,
}

impl Operation {
    /// What settling it goes by.
    pub(crate) fn as_reserved(&self) -> Reserved<'_> {
        Reserved {
            request: &self.request,
            channel: self.channel,
            charge: self.reserved,
        }
    }
}

/// Whose request id it is, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestKey {
    /// `account/…` or `staff/…`.
    pub(crate) scope: String,
    pub(crate) request_id: RequestId,
}

macro_rules! select {
    ($name:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "-- selection.operations." + $name + r#"
            SELECT operation_id AS "id: OperationId", application_id AS "application: ApplicationId",
                   office, vin, op_no, request, request_hash, actor, on_behalf_of,
                   not_after AS "not_after: jiff_sqlx::Timestamp",
                   reserved_at AS "reserved_at: jiff_sqlx::Timestamp", outcome, channel,
                   reserved_compose, reserved_draws, proof_id AS "proof: ProofId"
            FROM operations "# + $tail
            $(, $argument)*
        )
    };
}

/// The operation a request id is bound to (P2).
pub(crate) async fn find_by_request(
    executor: impl PgExecutor<'_>,
    key: &RequestKey,
    kind: &'static str,
) -> Result<Option<Operation>, Error> {
    let row = select!(
        "find_by_request",
        "WHERE scope = $1 AND kind = $2 AND request_id = $3 AND bound",
        key.scope,
        kind,
        key.request_id.as_uuid(),
    )
    .fetch_optional(executor)
    .traced("db.operations.find_by_request")
    .await?;
    row.map(Operation::try_from).transpose()
}

/// One operation.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    id: OperationId,
) -> Result<Option<Operation>, Error> {
    let row = select!("lookup", "WHERE operation_id = $1", id.as_uuid())
        .fetch_optional(executor)
        .traced("db.operations.lookup")
        .await?;
    row.map(Operation::try_from).transpose()
}

/// The pending operation of a vehicle.
pub(crate) async fn find_pending(
    executor: impl PgExecutor<'_>,
    vin: &Vin,
) -> Result<Option<Operation>, Error> {
    let row = select!(
        "find_pending",
        "WHERE vin = $1 AND state = 'pending'",
        vin.as_str()
    )
    .fetch_optional(executor)
    .traced("db.operations.find_pending")
    .await?;
    row.map(Operation::try_from).transpose()
}

/// Pending operations reserved before `before`, oldest first.
pub(crate) async fn list_pending(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Operation>, Error> {
    let rows = select!(
        "list_pending",
        "WHERE state = 'pending' AND reserved_at < $1 ORDER BY reserved_at LIMIT $2",
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.operations.list_pending")
    .await?;
    rows.into_iter().map(Operation::try_from).collect()
}

/// Reserves: binds the request id to the operation and notes what may be charged (P1, P2).
pub(crate) async fn add(
    connection: &mut PgConnection,
    added: &Operation,
    key: &RequestKey,
) -> Result<(), Error> {
    let reserved = added.reserved;
    sqlx::query!(
        "-- selection.operations.add
        INSERT INTO operations (operation_id, application_id, province, office, vin, op_no, kind,
                                request, scope, request_id, request_hash, channel, actor,
                                on_behalf_of, reserved_compose, reserved_draws, not_after,
                                reserved_at, proof_id, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, 'pending')",
        added.id.as_uuid(),
        added.application.as_uuid(),
        added.office.province().as_str(),
        added.office.as_str(),
        added.vin.as_str(),
        number::<i64, _>("operations.op_no", added.op_no)?,
        added.request.kind(),
        to_json("operations.request", &added.request)?,
        key.scope,
        key.request_id.as_uuid(),
        &added.request_hash[..],
        added.channel.as_str(),
        added.actor,
        added.on_behalf_of,
        small("operations.reserved_compose", reserved.compose)?,
        small("operations.reserved_draws", reserved.draws)?,
        added.not_after.to_sqlx() as _,
        added.reserved_at.to_sqlx() as _,
        added.proof.map(ProofId::as_uuid),
    )
    .execute(connection)
    .traced("db.operations.add")
    .await?;
    Ok(())
}

/// Settles or drops a pending operation (P5).
pub(crate) async fn finish(
    connection: &mut PgConnection,
    id: OperationId,
    outcome: &Outcome,
    charged: Charge,
    now: Timestamp,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.operations.finish
        UPDATE operations
        SET state = $2, outcome = $3, bound = $4, charged_compose = $5, charged_draws = $6,
            finished_at = $7
        WHERE operation_id = $1 AND state = 'pending'",
        id.as_uuid(),
        if outcome.is_settled() {
            "settled"
        } else {
            "dropped"
        },
        to_json("operations.outcome", outcome)?,
        outcome.is_final(),
        small("operations.charged_compose", charged.compose)?,
        small("operations.charged_draws", charged.draws)?,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.operations.finish")
    .await?;
    affected(1, &result)
}

struct Row {
    id: OperationId,
    application: ApplicationId,
    office: String,
    vin: String,
    op_no: i64,
    request: serde_json::Value,
    request_hash: Vec<u8>,
    actor: Uuid,
    on_behalf_of: Option<Uuid>,
    not_after: jiff_sqlx::Timestamp,
    reserved_at: jiff_sqlx::Timestamp,
    outcome: Option<serde_json::Value>,
    channel: String,
    reserved_compose: i16,
    reserved_draws: i16,
    proof: Option<ProofId>,
}

impl TryFrom<Row> for Operation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let hash = row.request_hash.as_slice();
        Ok(Self {
            id: row.id,
            application: row.application,
            office: parse("operations.office", &row.office)?,
            vin: parse("operations.vin", &row.vin)?,
            op_no: number("operations.op_no", row.op_no)?,
            request: json("operations.request", row.request)?,
            request_hash: hash
                .try_into()
                .map_err(|source: std::array::TryFromSliceError| {
                    Error::corrupt("operations.request_hash", source)
                })?,
            actor: row.actor,
            on_behalf_of: row.on_behalf_of,
            channel: parse("operations.channel", &row.channel)?,
            reserved: Charge {
                compose: number("operations.reserved_compose", row.reserved_compose)?,
                draws: number("operations.reserved_draws", row.reserved_draws)?,
            },
            proof: row.proof,
            not_after: row.not_after.to_jiff(),
            reserved_at: row.reserved_at.to_jiff(),
            outcome: row
                .outcome
                .map(|outcome| json("operations.outcome", outcome))
                .transpose()?,
        })
    }
}
