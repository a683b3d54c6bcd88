//! Changes of accounts.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Traced, Tx, affected};
use xuanhao_chassis::ids::{AccountId, EventId};

use super::account::Account;

/// Writes an account anew if nothing it stands on has changed since it was seen; `false` otherwise. A
/// new contact request id has notification told, a new password hash starts the password's age.
///
/// # Errors
/// `account::MOBILE_KEY` among them.
pub(crate) async fn replace(
    tx: &mut Tx,
    seen: &Account,
    next: &Account,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let organisation = next.organisation.as_ref();
    let updated = sqlx::query!(
        "-- identity.account.replace
        UPDATE accounts SET
            office = $5, full_name = $6, resident_id = $7, mobile = $8, resident_id_index = $9,
            mobile_index = $10, level = $11, version = $12,
            password_changed_at = CASE WHEN password_hash = $13 THEN password_changed_at ELSE $22 END,
            password_hash = $13,
            contact_due_at = CASE WHEN contact_request_id = $14 THEN contact_due_at ELSE $22 END,
            contact_acknowledged_at = CASE WHEN contact_request_id = $14 THEN contact_acknowledged_at END,
            contact_request_id = $14, contact_locale = $15,
            organisation_name = $16, credit_code = $17, credit_code_index = $18,
            authorised_until = $19, must_change_password = $20, initial_password_until = $21
        WHERE account_id = $1 AND version = $2 AND mobile_index = $3 AND password_hash = $4",
        seen.account_id.as_uuid(),
        seen.version,
        seen.mobile_index,
        seen.password_hash,
        next.office.map(|office| office.to_string()),
        next.full_name,
        next.resident_id,
        next.mobile,
        next.resident_id_index,
        next.mobile_index,
        next.level.as_str(),
        next.version,
        next.password_hash,
        next.contact_request_id.as_uuid(),
        next.contact_locale,
        organisation.map(|own| &own.name[..]),
        organisation.map(|own| &own.credit_code[..]),
        organisation.map(|own| &own.credit_code_index[..]),
        organisation.map(|own| own.authorised_until.to_sqlx()) as _,
        next.must_change_password(),
        next.initial_password_until.map(|at| at.to_sqlx()) as _,
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.account.replace")
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// The blind index of the number an account has now.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup_mobile_index(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Option<Vec<u8>>, db::Error> {
    Ok(sqlx::query_scalar!(
        "-- identity.account.lookup_mobile_index
        SELECT mobile_index FROM accounts WHERE account_id = $1",
        account_id.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.account.lookup_mobile_index")
    .await?)
}

/// Keeps the residential address.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn set_residence(
    tx: &mut Tx,
    account_id: AccountId,
    residence: &[u8],
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- identity.account.set_residence
        UPDATE accounts SET residence = $2 WHERE account_id = $1",
        account_id.as_uuid(),
        residence,
    )
    .execute(&mut **tx)
    .traced("db.account.set_residence")
    .await?;
    affected(1, &updated)
}

/// Replaces the password hash if it is still the one that was looked at.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn replace_hash(
    tx: &mut Tx,
    account_id: AccountId,
    seen: &str,
    fresh: &str,
) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- identity.account.replace_hash
        UPDATE accounts SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2",
        account_id.as_uuid(),
        seen,
        fresh,
    )
    .execute(&mut **tx)
    .traced("db.account.replace_hash")
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes that its owner replaced the password, not only we hashed it again: it is no initial one any
/// more.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_password_changed(
    tx: &mut Tx,
    account_id: AccountId,
    now: Timestamp,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- identity.account.mark_password_changed
        UPDATE accounts
        SET password_changed_at = $2, must_change_password = false, initial_password_until = NULL
        WHERE account_id = $1",
        account_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.account.mark_password_changed")
    .await?;
    affected(1, &updated)
}

/// Locks an account for the rest of the transaction and tells its hash.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lock_hash(
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<Option<String>, db::Error> {
    Ok(sqlx::query_scalar!(
        "-- identity.account.lock_hash
        SELECT password_hash FROM accounts WHERE account_id = $1 FOR UPDATE",
        account_id.as_uuid(),
    )
    .fetch_optional(&mut **tx)
    .traced("db.account.lock_hash")
    .await?)
}

/// Notes that notification knows the contact point it was told under `told`; whether that is still the
/// account's.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_contact_acknowledged(
    tx: &mut Tx,
    account_id: AccountId,
    told: EventId,
    now: Timestamp,
) -> Result<bool, db::Error> {
    let updated = sqlx::query!(
        "-- identity.account.mark_contact_acknowledged
        UPDATE accounts SET contact_acknowledged_at = coalesce(contact_acknowledged_at, $3)
        WHERE account_id = $1 AND contact_request_id = $2",
        account_id.as_uuid(),
        told.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.account.mark_contact_acknowledged")
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Has notification told once more, under a fresh request id: it may have been told a number that is
/// not the account's any more after the one that is.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_contact_again(
    tx: &mut Tx,
    account_id: AccountId,
    fresh: EventId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.account.mark_contact_again
        UPDATE accounts
        SET contact_request_id = $2, contact_due_at = $3, contact_acknowledged_at = NULL
        WHERE account_id = $1",
        account_id.as_uuid(),
        fresh.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.account.mark_contact_again")
    .await?;
    Ok(())
}

/// Puts off telling notification, so that one account that fails does not hold up the others.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_contact_due(
    tx: &mut Tx,
    account_id: AccountId,
    due: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.account.mark_contact_due
        UPDATE accounts SET contact_due_at = $2 WHERE account_id = $1",
        account_id.as_uuid(),
        due.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.account.mark_contact_due")
    .await?;
    Ok(())
}
