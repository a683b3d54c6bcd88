//! Applications to be compared with the pool (P11).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::OfficeId;

/// Notes that an application is to be compared from `next_try` on.
pub(crate) async fn put(
    connection: &mut PgConnection,
    application: ApplicationId,
    office: OfficeId,
    now: Timestamp,
    next_try: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.allocation_hints.put
        INSERT INTO allocation_hints (application_id, province, office, received_at, next_try_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT allocation_hints_pkey DO UPDATE SET next_try_at = excluded.next_try_at",
        application.as_uuid(),
        office.province().as_str(),
        office.as_str(),
        now.to_sqlx() as _,
        next_try.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.allocation_hints.put")
    .await?;
    Ok(())
}

/// Hints whose time has come.
pub(crate) async fn list_due(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.allocation_hints.list_due
        SELECT application_id AS "id: ApplicationId" FROM allocation_hints
        WHERE next_try_at <= $1 ORDER BY next_try_at LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.allocation_hints.list_due")
    .await?)
}

/// The comparison was made.
pub(crate) async fn delete(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.allocation_hints.delete
        DELETE FROM allocation_hints WHERE application_id = $1",
        application.as_uuid(),
    )
    .execute(connection)
    .traced("db.allocation_hints.delete")
    .await?;
    Ok(())
}
