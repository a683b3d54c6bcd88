//! Bindings and the attempts to make them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, PersonId};
use xuanhao_vocabulary::PlateClass;

use super::known;
use crate::domain::binding::BindingId;
use crate::domain::claim::BlindKey;

/// The column a number is sealed for.
pub(crate) const NUMBER: &str = "bindings.number";

/// A binding as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) binding_id: BindingId,
    /// Whose data key seals the number.
    pub(crate) person_id: PersonId,
    /// Of a vehicle; none for a licence.
    pub(crate) class: Option<PlateClass>,
    /// Sealed plate number or file number.
    pub(crate) number: Vec<u8>,
    pub(crate) description: String,
    pub(crate) bound_at: Timestamp,
}

/// Adds one. A race for the same number runs the transaction again.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn add(
    tx: &mut Tx,
    account: AccountId,
    province: &str,
    number_key: &BlindKey,
    new: &Binding,
) -> Result<(), db::Error> {
    let kind = if new.class.is_some() {
        "vehicle"
    } else {
        "licence"
    };
    let added = sqlx::query!(
        "-- vehicle.binding.add
        INSERT INTO bindings (binding_id, province, account_id, person_id, kind, plate_class, number,
                              number_key, description, bound_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT DO NOTHING",
        new.binding_id.as_uuid(),
        province,
        account.as_uuid(),
        new.person_id.as_uuid(),
        kind,
        new.class.map(PlateClass::as_str),
        new.number,
        &number_key[..],
        new.description,
        new.bound_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.binding.add")
    .await?;
    db::affected(1, &added)
}

/// Whether the account has it bound.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn is_bound(
    tx: &mut Tx,
    account: AccountId,
    number_key: &BlindKey,
) -> Result<bool, db::Error> {
    let bound = sqlx::query_scalar!(
        r#"-- vehicle.binding.is_bound
        SELECT EXISTS (SELECT FROM bindings
            WHERE account_id = $1 AND number_key = $2 AND unbound_at IS NULL) AS "bound!""#,
        account.as_uuid(),
        &number_key[..],
    )
    .fetch_one(&mut **tx)
    .traced("db.binding.is_bound")
    .await?;
    Ok(bound)
}

/// The live bindings of an account, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list(pool: &PgPool, account: AccountId) -> Result<Vec<Binding>, db::Error> {
    let rows = sqlx::query!(
        r#"-- vehicle.binding.list
        SELECT binding_id AS "binding_id: BindingId", person_id AS "person_id: PersonId",
               plate_class, number, description, bound_at AS "bound_at: jiff_sqlx::Timestamp"
        FROM bindings WHERE account_id = $1 AND unbound_at IS NULL ORDER BY binding_id"#,
        account.as_uuid(),
    )
    .fetch_all(pool)
    .traced("db.binding.list")
    .await?;
    rows.into_iter()
        .map(|row| {
            let class = row
                .plate_class
                .map(|word| known("plate_class", word.parse().ok()));
            Ok(Binding {
                binding_id: row.binding_id,
                person_id: row.person_id,
                class: class.transpose()?,
                number: row.number,
                description: row.description,
                bound_at: row.bound_at.to_jiff(),
            })
        })
        .collect()
}

/// Undoes a binding of the account, if it lives; `false` if the account never had it.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn unbind(
    tx: &mut Tx,
    account: AccountId,
    binding_id: BindingId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let undone = sqlx::query!(
        "-- vehicle.binding.unbind
        UPDATE bindings SET unbound_at = COALESCE(unbound_at, GREATEST(bound_at, $3))
        WHERE binding_id = $1 AND account_id = $2",
        binding_id.as_uuid(),
        account.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.binding.unbind")
    .await?;
    Ok(undone.rows_affected() == 1)
}

/// Counts an attempt in the account's window, which begins anew if it began by `over`. Gives when the
/// window began and the attempts in it.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn count_attempt(
    tx: &mut Tx,
    account: AccountId,
    over: Timestamp,
    now: Timestamp,
) -> Result<(Timestamp, i32), db::Error> {
    let row = sqlx::query!(
        r#"-- vehicle.binding.count_attempt
        INSERT INTO binding_attempts AS window_of (account_id, started_at, attempts)
        VALUES ($1, $3, 1)
        ON CONFLICT (account_id) DO UPDATE
        SET attempts = CASE WHEN window_of.started_at <= $2 THEN 1 ELSE window_of.attempts + 1 END,
            started_at = CASE WHEN window_of.started_at <= $2 THEN $3 ELSE window_of.started_at END
        RETURNING started_at AS "started_at: jiff_sqlx::Timestamp", attempts"#,
        account.as_uuid(),
        over.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .fetch_one(&mut **tx)
    .traced("db.binding.count_attempt")
    .await?;
    Ok((row.started_at.to_jiff(), row.attempts))
}
