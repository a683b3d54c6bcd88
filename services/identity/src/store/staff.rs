//! Members of staff.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx, affected};
use xuanhao_chassis::ids::{PersonId, StaffId};
use xuanhao_vocabulary::ProvinceId;

use super::{known, office, province};
use crate::domain::staff::Scope;

/// Constraint: the login name is taken.
pub(crate) const LOGIN_KEY: &str = "staff_login_key";
/// Constraint: the first administrator was made.
pub(crate) const BOOTSTRAPPED: &str = "staff_bootstrap_pkey";

/// A member of staff as stored; the name sealed.
#[derive(Debug, Clone)]
pub(crate) struct Staff {
    /// The member's id.
    pub(crate) staff_id: StaffId,
    /// The person's key in the store of data keys.
    pub(crate) person_id: PersonId,
    /// Scope of the first grant.
    pub(crate) scope: Scope,
    /// As first written.
    pub(crate) login_name: String,
    /// What login names are compared by.
    pub(crate) login_key: String,
    /// Sealed name.
    pub(crate) full_name: Vec<u8>,
    /// PHC string.
    pub(crate) password_hash: String,
    /// Nothing but replacing the password is allowed.
    pub(crate) must_change_password: bool,
    /// When added.
    pub(crate) added_at: Timestamp,
}

struct StaffRow {
    staff_id: StaffId,
    person_id: PersonId,
    province: String,
    office: Option<String>,
    login_name: String,
    login_key: String,
    full_name: Vec<u8>,
    password_hash: String,
    must_change_password: bool,
    added_at: jiff_sqlx::Timestamp,
}

impl TryFrom<StaffRow> for Staff {
    type Error = db::Error;

    fn try_from(row: StaffRow) -> Result<Self, db::Error> {
        let scope = Scope::new(province(&row.province)?, office(row.office.as_deref())?);
        Ok(Self {
            staff_id: row.staff_id,
            person_id: row.person_id,
            scope: known("office", scope.ok())?,
            login_name: row.login_name,
            login_key: row.login_key,
            full_name: row.full_name,
            password_hash: row.password_hash,
            must_change_password: row.must_change_password,
            added_at: row.added_at.to_jiff(),
        })
    }
}

/// Adds a member.
///
/// # Errors
/// [`LOGIN_KEY`] among them.
pub(crate) async fn add(tx: &mut Tx, staff: &Staff) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.staff.add
        INSERT INTO staff
            (staff_id, person_id, province, office, login_name, login_key, full_name, password_hash,
             must_change_password, password_changed_at, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        staff.staff_id.as_uuid(),
        staff.person_id.as_uuid(),
        staff.scope.province.as_str(),
        staff.scope.office.map(|office| office.to_string()),
        staff.login_name,
        staff.login_key,
        staff.full_name,
        staff.password_hash,
        staff.must_change_password,
        staff.added_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff.add")
    .await?;
    Ok(())
}

/// Notes that the first administrator was made; once for ever.
///
/// # Errors
/// [`BOOTSTRAPPED`] among them.
pub(crate) async fn add_bootstrap(tx: &mut Tx, now: Timestamp) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.staff.add_bootstrap
        INSERT INTO staff_bootstrap (single, made_at) VALUES (true, $1)",
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff.add_bootstrap")
    .await?;
    Ok(())
}

/// Whether there is any member.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn exists_any(tx: &mut Tx) -> Result<bool, db::Error> {
    Ok(sqlx::query_scalar!(
        r#"-- identity.staff.exists_any
        SELECT EXISTS (SELECT FROM staff) AS "any!""#
    )
    .fetch_one(&mut **tx)
    .traced("db.staff.exists_any")
    .await?)
}

/// A member by id.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(pool: &PgPool, staff_id: StaffId) -> Result<Option<Staff>, db::Error> {
    sqlx::query_as!(
        StaffRow,
        r#"-- identity.staff.lookup
        SELECT staff_id AS "staff_id: StaffId", person_id AS "person_id: PersonId", province, office,
               login_name, login_key, full_name, password_hash, must_change_password,
               added_at AS "added_at: jiff_sqlx::Timestamp"
        FROM staff WHERE staff_id = $1"#,
        staff_id.as_uuid(),
    )
    .fetch_optional(pool)
    .traced("db.staff.lookup")
    .await?
    .map(Staff::try_from)
    .transpose()
}

/// A member by login name.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_by_login(
    pool: &PgPool,
    login_key: &str,
) -> Result<Option<Staff>, db::Error> {
    sqlx::query_as!(
        StaffRow,
        r#"-- identity.staff.find_by_login
        SELECT staff_id AS "staff_id: StaffId", person_id AS "person_id: PersonId", province, office,
               login_name, login_key, full_name, password_hash, must_change_password,
               added_at AS "added_at: jiff_sqlx::Timestamp"
        FROM staff WHERE login_key = $1"#,
        login_key,
    )
    .fetch_optional(pool)
    .traced("db.staff.find_by_login")
    .await?
    .map(Staff::try_from)
    .transpose()
}

/// Members who hold a role in a province, or in some offices of it if any are named, by login name,
/// after `after`.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_by_province(
    pool: &PgPool,
    province: ProvinceId,
    offices: &[String],
    after: &str,
    limit: i64,
) -> Result<Vec<Staff>, db::Error> {
    sqlx::query_as!(
        StaffRow,
        r#"-- identity.staff.list_by_province
        SELECT staff_id AS "staff_id: StaffId", person_id AS "person_id: PersonId", province, office,
               login_name, login_key, full_name, password_hash, must_change_password,
               added_at AS "added_at: jiff_sqlx::Timestamp"
        FROM staff m
        WHERE login_key > $2
          AND EXISTS (
              SELECT FROM role_grants g
              WHERE g.staff_id = m.staff_id AND g.province = $1
                AND (cardinality($4::text[]) = 0 OR g.office = ANY ($4)))
        ORDER BY login_key LIMIT $3"#,
        province.as_str(),
        after,
        limit,
        offices,
    )
    .fetch_all(pool)
    .traced("db.staff.list_by_province")
    .await?
    .into_iter()
    .map(Staff::try_from)
    .collect()
}

/// Replaces the password hash if it is still the one that was looked at, hashed again with more
/// work: the password is the same.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn replace_hash(
    tx: &mut Tx,
    staff_id: StaffId,
    seen: &str,
    fresh: &str,
) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- identity.staff.replace_hash
        UPDATE staff SET password_hash = $3 WHERE staff_id = $1 AND password_hash = $2",
        staff_id.as_uuid(),
        seen,
        fresh,
    )
    .execute(&mut **tx)
    .traced("db.staff.replace_hash")
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes that the member chose the present password.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_password_changed(
    tx: &mut Tx,
    staff_id: StaffId,
    now: Timestamp,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- identity.staff.mark_password_changed
        UPDATE staff SET password_changed_at = $2, must_change_password = false WHERE staff_id = $1",
        staff_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.staff.mark_password_changed")
    .await?;
    affected(1, &updated)
}

/// Locks a member's row and tells the hash.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock_hash(tx: &mut Tx, staff_id: StaffId) -> Result<Option<String>, db::Error> {
    Ok(sqlx::query_scalar!(
        "-- identity.staff.lock_hash
        SELECT password_hash FROM staff WHERE staff_id = $1 FOR UPDATE",
        staff_id.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.staff.lock_hash")
    .await?)
}
