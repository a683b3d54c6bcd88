//! Applications.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::{AccountId, ApplicationId};
use xuanhao_vocabulary::{OfficeId, Vin};

use super::{at, json, number, parse, stored, to_json};
use crate::domain::application::{Application, Info};

/// Unique index: one open application per account and office.
pub(crate) const OPEN_KEY: &str = "applications_open_key";
/// Unique index: one application per VIN from the lock on.
pub(crate) const VIN_KEY: &str = "applications_vin_key";

/// The statement's tail chooses the rows; the columns are always the same.
macro_rules! select {
    ($name:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "-- selection.applications." + $name + r#"
            SELECT application_id AS "id: ApplicationId", office,
                   account_id AS "account: AccountId", person_key, state, version, notice_version,
                   vin, plate_class, assessment_id, vehicle_key, policy_version, last_op_no,
                   compose_from AS "compose_from: jiff_sqlx::Timestamp",
                   confirm_from AS "confirm_from: jiff_sqlx::Timestamp", holding,
                   opened_at AS "opened_at: jiff_sqlx::Timestamp"
            FROM applications "# + $tail
            $(, $argument)*
        )
    };
}

/// An application, locked against other writers.
pub(crate) async fn lookup_for_update(
    connection: &mut PgConnection,
    id: ApplicationId,
) -> Result<Option<Application>, Error> {
    let row = select!(
        "lookup_for_update",
        "WHERE application_id = $1 FOR UPDATE",
        id.as_uuid()
    )
    .fetch_optional(connection)
    .traced("db.applications.lookup_for_update")
    .await?;
    row.map(Application::try_from).transpose()
}

/// An application.
pub(crate) async fn lookup(
    executor: impl PgExecutor<'_>,
    id: ApplicationId,
) -> Result<Option<Application>, Error> {
    let row = select!("lookup", "WHERE application_id = $1", id.as_uuid())
        .fetch_optional(executor)
        .traced("db.applications.lookup")
        .await?;
    row.map(Application::try_from).transpose()
}

/// The account's latest application at an office.
pub(crate) async fn find_latest(
    executor: impl PgExecutor<'_>,
    account: AccountId,
    office: OfficeId,
) -> Result<Option<Application>, Error> {
    let row = select!(
        "find_latest",
        "WHERE account_id = $1 AND office = $2 ORDER BY opened_at DESC, application_id DESC LIMIT 1",
        account.as_uuid(),
        office.as_str(),
    )
    .fetch_optional(executor)
    .traced("db.applications.find_latest")
    .await?;
    row.map(Application::try_from).transpose()
}

/// The account's applications before a place in the list, newest first.
pub(crate) async fn list(
    executor: impl PgExecutor<'_>,
    account: AccountId,
    before: Option<(Timestamp, ApplicationId)>,
    limit: i64,
) -> Result<Vec<Application>, Error> {
    let (opened_at, id) = before.unzip();
    let rows = select!(
        "list",
        "WHERE account_id = $1
           AND ($2::timestamptz IS NULL OR (opened_at, application_id) < ($2, $3::uuid))
         ORDER BY opened_at DESC, application_id DESC LIMIT $4",
        account.as_uuid(),
        stored(opened_at) as _,
        id.map(ApplicationId::as_uuid),
        limit,
    )
    .fetch_all(executor)
    .traced("db.applications.list")
    .await?;
    rows.into_iter().map(Application::try_from).collect()
}

/// Adds a new application.
pub(crate) async fn add(
    connection: &mut PgConnection,
    added: &Application,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.applications.add
        INSERT INTO applications (application_id, province, office, account_id, person_key, state,
                                  version, notice_version, holding, opened_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        added.id.as_uuid(),
        added.office.province().as_str(),
        added.office.as_str(),
        added.account.as_uuid(),
        added.person_key,
        added.state.as_str(),
        added.version,
        added.notice_version,
        to_json("applications.holding", &added.holding)?,
        added.opened_at.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.applications.add")
    .await?;
    Ok(())
}

/// Writes an application that is one version on. Nobody else wrote between, or nothing is written.
pub(crate) async fn update(
    connection: &mut PgConnection,
    changed: &Application,
    now: Timestamp,
) -> Result<(), Error> {
    use crate::domain::state::State;

    let info = changed.info.as_ref();
    let ended = matches!(
        changed.state,
        State::Registered | State::Exhausted | State::Expired | State::Voided
    );
    let result = sqlx::query!(
        "-- selection.applications.update
        UPDATE applications
        SET state = $3, version = $2, notice_version = $4, vin = $5, plate_class = $6,
            assessment_id = $7, vehicle_key = $8, policy_version = $9, last_op_no = $10,
            compose_from = $11, confirm_from = $12, holding = $13, held_until = $14,
            updated_at = $15,
            ended_at = CASE WHEN $16 THEN coalesce(ended_at, $15) END
        WHERE application_id = $1 AND version + 1 = $2",
        changed.id.as_uuid(),
        changed.version,
        changed.state.as_str(),
        changed.notice_version,
        info.map(|info| info.vin.as_str()),
        info.map(|info| info.class.as_str()),
        info.map(|info| info.assessment),
        info.map(|info| info.vehicle_key.as_slice()),
        changed.policy_version,
        number::<i64, _>("applications.last_op_no", changed.last_op_no)?,
        stored(changed.compose_from) as _,
        stored(changed.confirm_from) as _,
        to_json("applications.holding", &changed.holding)?,
        stored(changed.holding.ends_at()) as _,
        now.to_sqlx() as _,
        ended,
    )
    .execute(connection)
    .traced("db.applications.update")
    .await?;
    affected(1, &result)
}

/// Until when a claim of the application's vehicle may be under way.
pub(crate) async fn claiming_until(
    connection: &mut PgConnection,
    id: ApplicationId,
) -> Result<Option<Timestamp>, Error> {
    let until = sqlx::query_scalar!(
        r#"-- selection.applications.claiming_until
        SELECT claiming_until AS "until: jiff_sqlx::Timestamp"
        FROM applications WHERE application_id = $1"#,
        id.as_uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(at(until))
}

/// Notes that a claim of the vehicle begins, or that none may be under way any more.
pub(crate) async fn mark_claiming(
    connection: &mut PgConnection,
    id: ApplicationId,
    until: Option<Timestamp>,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.applications.mark_claiming
        UPDATE applications SET claiming_until = $2 WHERE application_id = $1",
        id.as_uuid(),
        stored(until) as _,
    )
    .execute(connection)
    .traced("db.applications.mark_claiming")
    .await?;
    affected(1, &result)
}

/// Applications whose chances may be used up: nothing left, nothing held, nothing pending (P8).
pub(crate) async fn list_spent(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.applications.list_spent
        SELECT a.application_id AS "id: ApplicationId"
        FROM applications a JOIN vehicle_quotas q USING (vin)
        WHERE a.state = 'selecting' AND a.held_until <= $1
          AND q.compose_used + q.compose_reserved >= q.compose_quota
          AND q.draw_used + q.draw_reserved >= q.draw_quota
          AND NOT EXISTS (SELECT FROM operations o WHERE o.vin = a.vin AND o.state = 'pending')
        ORDER BY a.held_until LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.applications.list_spent")
    .await?)
}

/// Ended applications whose vehicle may be freed: the pool has closed them, and a number they had is
/// back (P9).
pub(crate) async fn list_to_release(
    executor: impl PgExecutor<'_>,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.applications.list_to_release
        SELECT a.application_id AS "id: ApplicationId"
        FROM applications a LEFT JOIN selections s USING (application_id)
        WHERE a.state IN ('voided', 'expired') AND a.vehicle_released_at IS NULL
          AND (s.application_id IS NULL OR s.returned_at IS NOT NULL)
        ORDER BY a.ended_at LIMIT $1"#,
        limit,
    )
    .fetch_all(executor)
    .traced("db.applications.list_to_release")
    .await?)
}

/// Notes that the vehicle was freed.
pub(crate) async fn mark_released(
    connection: &mut PgConnection,
    id: ApplicationId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.applications.mark_released
        UPDATE applications SET vehicle_released_at = $2
        WHERE application_id = $1 AND vehicle_released_at IS NULL",
        id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.applications.mark_released")
    .await?;
    Ok(())
}

struct Row {
    id: ApplicationId,
    office: String,
    account: AccountId,
    person_key: Vec<u8>,
    state: String,
    version: i64,
    notice_version: i32,
    vin: Option<String>,
    plate_class: Option<String>,
    assessment_id: Option<Uuid>,
    vehicle_key: Option<Vec<u8>>,
    policy_version: Option<i32>,
    last_op_no: i64,
    compose_from: Option<jiff_sqlx::Timestamp>,
    confirm_from: Option<jiff_sqlx::Timestamp>,
    holding: serde_json::Value,
    opened_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Application {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let info = match (row.vin, row.plate_class, row.assessment_id, row.vehicle_key) {
            (Some(vin), Some(class), Some(assessment), Some(vehicle_key)) => Some(Info {
                vin: parse::<Vin>("applications.vin", &vin)?,
                class: parse("applications.plate_class", &class)?,
                assessment,
                vehicle_key,
            }),
            // A check of the table: all four or none.
            _ => None,
        };
        Ok(Self {
            id: row.id,
            office: parse("applications.office", &row.office)?,
            account: row.account,
            person_key: row.person_key,
            state: parse("applications.state", &row.state)?,
            version: row.version,
            notice_version: row.notice_version,
            info,
            policy_version: row.policy_version,
            last_op_no: number("applications.last_op_no", row.last_op_no)?,
            compose_from: at(row.compose_from),
            confirm_from: at(row.confirm_from),
            holding: json("applications.holding", row.holding)?,
            opened_at: row.opened_at.to_jiff(),
        })
    }
}
