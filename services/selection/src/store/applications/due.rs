//! What reconcilers look for among applications, and claims under way.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::ApplicationId;

use super::super::{at, stored};

/// Applications whose waiting number's countdown is over, with nothing pending (R-SEL-10, R-CNF-02).
pub(crate) async fn list_lapsed_choices(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.applications.list_lapsed_choices
        SELECT a.application_id AS "id: ApplicationId"
        FROM applications a
        WHERE a.choice_until <= $1
          AND NOT EXISTS (SELECT FROM operations o WHERE o.vin = a.vin AND o.state = 'pending')
        ORDER BY a.choice_until LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.applications.list_lapsed_choices")
    .await?)
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
