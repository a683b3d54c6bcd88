//! Applications whose claim on their vehicle is to be asked about: those that are not verified yet, and
//! verified ones that a hint names.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::ApplicationId;

/// Applications whose claim is to be asked about: when it is due, or, of the unverified, since `before`
/// without having been asked at all.
pub(crate) async fn list_due(
    executor: impl PgExecutor<'_>,
    now: Timestamp,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationId>, Error> {
    Ok(sqlx::query_scalar!(
        r#"-- selection.applications.list_claims_due
        SELECT application_id AS "id: ApplicationId" FROM applications
        WHERE claim_check_at <= $1
           OR (claim_check_at IS NULL AND verification <> 'verified' AND state = 'info_confirmed'
               AND updated_at <= $2)
        ORDER BY claim_check_at NULLS FIRST LIMIT $3"#,
        now.to_sqlx() as _,
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(executor)
    .traced("db.applications.list_claims_due")
    .await?)
}

/// Notes when an application's claim is to be asked about next; tells whether there is such an
/// application and a claim's standing can still mean something for it.
pub(crate) async fn mark_check_at(
    connection: &mut PgConnection,
    application: ApplicationId,
    at: Timestamp,
) -> Result<bool, Error> {
    let result = sqlx::query!(
        "-- selection.applications.mark_claim_check
        UPDATE applications SET claim_check_at = $2
        WHERE application_id = $1
          AND state IN ('info_confirmed', 'selecting', 'exhausted', 'confirmed')",
        application.as_uuid(),
        at.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.applications.mark_claim_check")
    .await?;
    Ok(result.rows_affected() > 0)
}

/// Notes that a claim was asked about: an unverified one is asked about again at `again`, any other
/// when a hint names it.
pub(crate) async fn mark_asked(
    connection: &mut PgConnection,
    application: ApplicationId,
    again: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.applications.mark_claim_asked
        UPDATE applications
        SET claim_check_at = CASE
            WHEN verification <> 'verified' AND state = 'info_confirmed' THEN $2::timestamptz END
        WHERE application_id = $1",
        application.as_uuid(),
        again.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.applications.mark_claim_asked")
    .await?;
    Ok(())
}
