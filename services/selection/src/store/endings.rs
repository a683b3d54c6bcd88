//! What becomes of confirmed numbers: acts at the office, missed deadlines, endings.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced, affected};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::OfficeId;

use super::{parse, stored};
use crate::domain::office_acts::OfficeActs;

/// Confirmed selections whose deadline passed before `today`, whose citizen has not come, and that
/// nobody has ended yet.
pub(crate) async fn list_overdue(
    executor: impl PgExecutor<'_>,
    today: Date,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.list_overdue
        SELECT s.application_id AS "application: ApplicationId"
        FROM selections s JOIN applications a USING (application_id)
        WHERE s.deadline < $1 AND s.closed_at IS NULL AND s.registered_on IS NULL
          AND s.arrived_on IS NULL AND s.undoing_at IS NULL
          AND a.state = 'confirmed' AND (s.next_check_at IS NULL OR s.next_check_at <= $2)
        ORDER BY s.deadline LIMIT $3"#,
        today.to_sqlx() as _,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_overdue")
    .await?)
}

/// Ended selections whose number has not gone back yet.
pub(crate) async fn list_unreturned(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.list_unreturned
        SELECT application_id AS "application: ApplicationId"
        FROM selections
        WHERE closed_at IS NOT NULL AND returned_at IS NULL AND registered_on IS NULL
          AND (next_check_at IS NULL OR next_check_at <= $1)
        ORDER BY deadline LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_unreturned")
    .await?)
}

/// Puts the next look at a selection off.
pub(crate) async fn mark_next_check(
    connection: &mut PgConnection,
    application: ApplicationId,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_next_check
        UPDATE selections SET next_check_at = $2 WHERE application_id = $1",
        application.as_uuid(),
        at.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_next_check")
    .await?;
    Ok(())
}

/// Notes that the pool has closed the application (P9).
pub(crate) async fn mark_closed(
    connection: &mut PgConnection,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_closed
        UPDATE selections SET closed_at = $2, next_check_at = NULL
        WHERE application_id = $1 AND closed_at IS NULL",
        application.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_closed")
    .await?;
    Ok(())
}

/// Notes the day of registration.
pub(crate) async fn mark_registered(
    connection: &mut PgConnection,
    application: ApplicationId,
    on: Date,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.selections.mark_registered
        UPDATE selections SET registered_on = $2 WHERE application_id = $1",
        application.as_uuid(),
        on.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_registered")
    .await?;
    affected(1, &result)
}

/// Notes that the number went back to the pool.
pub(crate) async fn mark_returned(
    connection: &mut PgConnection,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.selections.mark_returned
        UPDATE selections SET returned_at = $2 WHERE application_id = $1 AND returned_at IS NULL",
        application.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.selections.mark_returned")
    .await?;
    Ok(())
}

/// Writes the acts at the office.
pub(crate) async fn record_acts(
    connection: &mut PgConnection,
    application: ApplicationId,
    acts: &OfficeActs,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.selections.record_acts
        UPDATE selections
        SET arrived_on = $2, inspected_on = $3, inspection_passed = $4, collected_on = $5
        WHERE application_id = $1",
        application.as_uuid(),
        acts.arrived_on.map(Date::to_sqlx) as _,
        acts.inspection.map(|inspection| inspection.on.to_sqlx()) as _,
        acts.inspection.map(|inspection| inspection.passed),
        acts.collected_on.map(Date::to_sqlx) as _,
    )
    .execute(connection)
    .traced("db.selections.record_acts")
    .await?;
    affected(1, &result)
}

/// Notes that the citizen takes the number back, or that it turned out to be registered meanwhile.
pub(crate) async fn mark_undoing(
    connection: &mut PgConnection,
    application: ApplicationId,
    at: Option<Timestamp>,
) -> Result<(), Error> {
    let result = sqlx::query!(
        "-- selection.selections.mark_undoing
        UPDATE selections SET undoing_at = $2 WHERE application_id = $1",
        application.as_uuid(),
        stored(at) as _,
    )
    .execute(connection)
    .traced("db.selections.mark_undoing")
    .await?;
    affected(1, &result)
}

/// Numbers taken back that the pool has not closed yet, since before `before`.
pub(crate) async fn list_undoing(
    executor: impl PgExecutor<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.list_undoing
        SELECT application_id AS "application: ApplicationId"
        FROM selections WHERE undoing_at <= $1 AND closed_at IS NULL
        ORDER BY undoing_at LIMIT $2"#,
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_undoing")
    .await?)
}

/// Offices with confirmed numbers due between two days, both included, whose citizens have not come.
pub(crate) async fn list_offices_due(
    executor: impl PgExecutor<'_>,
    from: Date,
    to: Date,
) -> Result<Vec<OfficeId>, Error> {
    let offices = sqlx::query_scalar!(
        "-- selection.selections.list_offices_due
        SELECT DISTINCT office FROM selections
        WHERE deadline BETWEEN $1 AND $2 AND closed_at IS NULL AND registered_on IS NULL
          AND arrived_on IS NULL",
        from.to_sqlx() as _,
        to.to_sqlx() as _,
    )
    .fetch_all(executor)
    .traced("db.selections.list_offices_due")
    .await?;
    let read = offices.iter();
    read.map(|office| parse("selections.office", office))
        .collect()
}

/// Confirmed numbers of an office due on a day, decided before `decided_before`, whose citizens have not
/// come and were not told of it today.
pub(crate) async fn list_to_remind(
    executor: impl PgExecutor<'_>,
    office: OfficeId,
    deadline: Date,
    today: Date,
    decided_before: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.selections.list_to_remind
        SELECT s.application_id AS "application: ApplicationId"
        FROM selections s JOIN applications a USING (application_id)
        WHERE s.office = $1 AND s.deadline = $2 AND a.state = 'confirmed' AND s.decided_at < $4
          AND s.arrived_on IS NULL AND s.undoing_at IS NULL AND s.closed_at IS NULL
          AND NOT EXISTS (SELECT FROM messages m
                          WHERE m.application_id = s.application_id
                            AND m.template = 'deadline_reminder' AND m.day = $3)
        ORDER BY s.application_id LIMIT $5"#,
        office.as_str(),
        deadline.to_sqlx() as _,
        today.to_sqlx() as _,
        decided_before.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.selections.list_to_remind")
    .await?)
}
