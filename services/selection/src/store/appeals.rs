//! Appeals.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::{AccountId, ApplicationId, PersonId, StaffId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::{at, parse};
use crate::domain::appeal::{Ground, Standing};

/// Unique index: one open appeal for an application.
pub(crate) const OPEN_KEY: &str = "appeals_open_key";

/// An appeal as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Appeal {
    pub(crate) id: Uuid,
    pub(crate) application: ApplicationId,
    pub(crate) office: OfficeId,
    pub(crate) account: AccountId,
    pub(crate) ground: Ground,
    /// Under whose key the words are sealed.
    pub(crate) person: PersonId,
    /// The citizen's words, sealed; empty once wiped.
    pub(crate) statement: Vec<u8>,
    pub(crate) documents: Vec<Uuid>,
    pub(crate) standing: Standing,
    pub(crate) filed_at: Timestamp,
    pub(crate) due_on: Date,
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) decision_reason: String,
}

impl std::fmt::Debug for Appeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Appeal")
            .field("id", &self.id)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}

macro_rules! select {
    ($name:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "-- selection.appeals." + $name + r#"
            SELECT appeal_id, application_id AS "application: ApplicationId", office,
                   account_id AS "account: AccountId", ground, person_id, statement, document_ids,
                   state,
                   filed_at AS "filed_at: jiff_sqlx::Timestamp",
                   due_on AS "due_on: jiff_sqlx::Date",
                   decided_at AS "decided_at: jiff_sqlx::Timestamp", decision_reason
            FROM appeals "# + $tail
            $(, $argument)*
        )
    };
}

/// An appeal.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    id: Uuid,
) -> Result<Option<Appeal>, Error> {
    let row = select!("lookup", "WHERE appeal_id = $1", id)
        .fetch_optional(executor)
        .traced("db.appeals.lookup")
        .await?;
    row.map(Appeal::try_from).transpose()
}

/// An appeal, locked against other writers.
pub(crate) async fn lookup_for_update(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Appeal>, Error> {
    let row = select!("lookup_for_update", "WHERE appeal_id = $1 FOR UPDATE", id)
        .fetch_optional(connection)
        .traced("db.appeals.lookup_for_update")
        .await?;
    row.map(Appeal::try_from).transpose()
}

/// The latest appeal about an application.
pub(crate) async fn find_latest(
    executor: impl PgExecutor<'_>,
    application: ApplicationId,
) -> Result<Option<Appeal>, Error> {
    let row = select!(
        "find_latest",
        "WHERE application_id = $1 ORDER BY filed_at DESC, appeal_id DESC LIMIT 1",
        application.as_uuid(),
    )
    .fetch_optional(executor)
    .traced("db.appeals.find_latest")
    .await?;
    row.map(Appeal::try_from).transpose()
}

/// Appeals of a province, or of some of its offices, after a place in the list, the oldest first.
pub(crate) async fn list(
    executor: impl PgExecutor<'_>,
    province: ProvinceId,
    offices: Option<&[String]>,
    standing: Standing,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Appeal>, Error> {
    let (filed_at, id) = after.unzip();
    let rows = select!(
        "list",
        "WHERE province = $1 AND ($2::text[] IS NULL OR office = ANY ($2)) AND state = $3
           AND ($4::timestamptz IS NULL OR (filed_at, appeal_id) > ($4, $5::uuid))
         ORDER BY filed_at, appeal_id LIMIT $6",
        province.as_str(),
        offices as _,
        standing.as_str(),
        super::stored(filed_at) as _,
        id,
        limit,
    )
    .fetch_all(executor)
    .traced("db.appeals.list")
    .await?;
    rows.into_iter().map(Appeal::try_from).collect()
}

/// When an ended application ended.
pub(crate) async fn ended_at(
    executor: impl PgExecutor<'_>,
    application: ApplicationId,
) -> Result<Option<Timestamp>, Error> {
    let ended = sqlx::query_scalar!(
        r#"-- selection.applications.ended_at
        SELECT ended_at AS "ended_at: jiff_sqlx::Timestamp"
        FROM applications WHERE application_id = $1"#,
        application.as_uuid(),
    )
    .fetch_optional(executor)
    .traced("db.applications.ended_at")
    .await?;
    Ok(at(ended.flatten()))
}

/// Adds an appeal.
pub(crate) async fn add(connection: &mut PgConnection, added: &Appeal) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.appeals.add
        INSERT INTO appeals (appeal_id, application_id, province, office, account_id, ground,
                             person_id, statement, document_ids, state, filed_at, due_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        added.id,
        added.application.as_uuid(),
        added.office.province().as_str(),
        added.office.as_str(),
        added.account.as_uuid(),
        added.ground.as_str(),
        added.person.as_uuid(),
        added.statement,
        &added.documents,
        added.standing.as_str(),
        added.filed_at.to_sqlx() as _,
        added.due_on.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.appeals.add")
    .await?;
    Ok(())
}

/// Writes a decision.
pub(crate) async fn mark_decided(
    connection: &mut PgConnection,
    id: Uuid,
    standing: Standing,
    by: StaffId,
    reason: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.appeals.mark_decided
        UPDATE appeals SET state = $2, decided_at = $3, decided_by = $4, decision_reason = $5
        WHERE appeal_id = $1 AND state = 'waiting'",
        id,
        standing.as_str(),
        now.to_sqlx() as _,
        by.as_uuid(),
        reason,
    )
    .execute(connection)
    .traced("db.appeals.mark_decided")
    .await?;
    affected(1, &result)
}

/// Empties the citizens' words of appeals decided before `before`.
pub(crate) async fn wipe_decided(
    connection: &mut PgConnection,
    before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<u64, Error> {
    let result = sqlx::query!(
        "-- selection.appeals.wipe_decided
        UPDATE appeals SET statement = ''::bytea, wiped_at = $2 WHERE appeal_id = ANY (ARRAY(
            SELECT appeal_id FROM appeals
            WHERE wiped_at IS NULL AND decided_at IS NOT NULL AND decided_at < $1
            ORDER BY decided_at LIMIT $3 FOR UPDATE SKIP LOCKED))",
        before.to_sqlx() as _,
        now.to_sqlx() as _,
        limit,
    )
    .execute(connection)
    .traced("db.appeals.wipe_decided")
    .await?;
    Ok(result.rows_affected())
}

struct Row {
    appeal_id: Uuid,
    application: ApplicationId,
    office: String,
    account: AccountId,
    ground: String,
    person_id: Uuid,
    statement: Vec<u8>,
    document_ids: Vec<Uuid>,
    state: String,
    filed_at: jiff_sqlx::Timestamp,
    due_on: jiff_sqlx::Date,
    decided_at: Option<jiff_sqlx::Timestamp>,
    decision_reason: Option<String>,
}

impl TryFrom<Row> for Appeal {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.appeal_id,
            application: row.application,
            office: parse("appeals.office", &row.office)?,
            account: row.account,
            ground: parse("appeals.ground", &row.ground)?,
            person: PersonId::from_uuid(row.person_id),
            statement: row.statement,
            documents: row.document_ids,
            standing: parse("appeals.state", &row.state)?,
            filed_at: row.filed_at.to_jiff(),
            due_on: row.due_on.to_jiff(),
            decided_at: at(row.decided_at),
            decision_reason: row.decision_reason.unwrap_or_default(),
        })
    }
}
