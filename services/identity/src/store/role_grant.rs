//! Roles that members of staff hold.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::StaffId;
use xuanhao_vocabulary::ProvinceId;

use super::{known, office, province};
use crate::domain::staff::{Grant, Scope};

/// Adds a grant; one that is there already stays. Tells whether it was new.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    staff_id: StaffId,
    grant: &Grant,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let added = sqlx::query!(
        "-- identity.role_grant.add
        INSERT INTO role_grants (staff_id, role, province, office, granted_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT role_grants_key DO NOTHING",
        staff_id.as_uuid(),
        grant.role.as_str(),
        grant.scope.province.as_str(),
        grant.scope.office.map(|office| office.to_string()),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.role_grant.add")
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Takes a grant away. Tells whether it was there.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn delete(
    tx: &mut Tx,
    staff_id: StaffId,
    grant: &Grant,
) -> Result<bool, db::Error> {
    let deleted = sqlx::query!(
        "-- identity.role_grant.delete
        DELETE FROM role_grants
        WHERE staff_id = $1 AND role = $2 AND province = $3 AND office IS NOT DISTINCT FROM $4",
        staff_id.as_uuid(),
        grant.role.as_str(),
        grant.scope.province.as_str(),
        grant.scope.office.map(|office| office.to_string()),
    )
    .execute(&mut **tx)
    .traced("db.role_grant.delete")
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Administrators of a whole province, locked for the rest of the transaction: two of them cannot
/// take the role from each other at once.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock_administrators(
    tx: &mut Tx,
    province: ProvinceId,
) -> Result<Vec<StaffId>, db::Error> {
    Ok(sqlx::query_scalar!(
        r#"-- identity.role_grant.lock_administrators
        SELECT staff_id AS "staff_id: StaffId" FROM role_grants
        WHERE province = $1 AND role = 'administrator' AND office IS NULL
        ORDER BY staff_id FOR UPDATE"#,
        province.as_str(),
    )
    .fetch_all(&mut **tx)
    .traced("db.role_grant.lock_administrators")
    .await?)
}

/// The grants of members.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(
    pool: &PgPool,
    staff: &[StaffId],
) -> Result<Vec<(StaffId, Grant)>, db::Error> {
    let staff: Vec<uuid::Uuid> = staff.iter().map(|id| id.as_uuid()).collect();
    sqlx::query!(
        r#"-- identity.role_grant.list
        SELECT staff_id AS "staff_id: StaffId", role, province, office FROM role_grants
        WHERE staff_id = ANY ($1) ORDER BY staff_id, province, office NULLS FIRST, role"#,
        &staff,
    )
    .fetch_all(pool)
    .traced("db.role_grant.list")
    .await?
    .into_iter()
    .map(|row| {
        let scope = Scope::new(province(&row.province)?, office(row.office.as_deref())?);
        let role = known("role", Role::from_word(&row.role))?;
        Ok((
            row.staff_id,
            Grant {
                role,
                scope: known("office", scope.ok())?,
            },
        ))
    })
    .collect()
}
