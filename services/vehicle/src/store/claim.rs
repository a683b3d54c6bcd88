//! Claims.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::types::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::ApplicationId;

use super::assessment::Assessment;
use super::blind_key;
use crate::domain::claim::{Live, Taken};

/// The live claims that concern an application or what it wants; three at most.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn live(
    tx: &mut Tx,
    application: ApplicationId,
    wanted: &Taken,
) -> Result<Vec<Live>, db::Error> {
    let rows = sqlx::query!(
        r#"-- vehicle.claim.live
        SELECT application_id AS "application_id: ApplicationId", vehicle_key, purchase_proof_key
        FROM claims
        WHERE released_at IS NULL
          AND (application_id = $1 OR vehicle_key = $2 OR purchase_proof_key = $3)"#,
        application.as_uuid(),
        &wanted.vehicle[..],
        &wanted.purchase_proof[..],
    )
    .fetch_all(&mut **tx)
    .traced("db.claim.live")
    .await?;
    rows.into_iter()
        .map(|row| {
            let taken = Taken {
                vehicle: blind_key("vehicle_key", row.vehicle_key)?,
                purchase_proof: blind_key("purchase_proof_key", row.purchase_proof_key)?,
            };
            Ok(Live {
                application: row.application_id,
                taken,
            })
        })
        .collect()
}

/// Adds one. If somebody took it since [`live`] was asked, the transaction runs again, which then
/// finds it.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    claim_id: Uuid,
    assessment: &Assessment,
    now: Timestamp,
) -> Result<(), db::Error> {
    // Under REPEATABLE READ a conflict with a row this snapshot does not show is a serialisation
    // failure; without the clause it would be a violation, which is not tried again.
    let added = sqlx::query!(
        "-- vehicle.claim.add
        INSERT INTO claims
            (claim_id, application_id, assessment_id, province, office, vehicle_key,
             purchase_proof_key, claimed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING",
        claim_id,
        assessment.application_id.as_uuid(),
        assessment.assessment_id.as_uuid(),
        assessment.office.province().as_str(),
        assessment.office.as_str(),
        &assessment.taken.vehicle[..],
        &assessment.taken.purchase_proof[..],
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.claim.add")
    .await?;
    db::affected(1, &added)
}

/// Ends the live claim of an application, if it has one.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn release(
    tx: &mut Tx,
    application: ApplicationId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- vehicle.claim.release
        UPDATE claims SET released_at = GREATEST(claimed_at, $2)
        WHERE application_id = $1 AND released_at IS NULL",
        application.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.claim.release")
    .await?;
    Ok(())
}
