//! Accounts.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx, affected};
use xuanhao_chassis::ids::{AccountId, EventId, PersonId};
use xuanhao_vocabulary::ProvinceId;

use super::{known, province};
use crate::domain::level::Level;

/// Constraint: the login name is taken.
pub(crate) const LOGIN_KEY: &str = "accounts_login_key";
/// Constraint: the person has an account.
pub(crate) const RESIDENT_ID_KEY: &str = "accounts_resident_id_key";
/// Constraint: the number has an account.
pub(crate) const MOBILE_KEY: &str = "accounts_mobile_key";

/// An account as stored; personal data sealed.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Its id.
    pub(crate) account_id: AccountId,
    /// The person's key in the store of data keys.
    pub(crate) person_id: PersonId,
    /// Where it was registered.
    pub(crate) province: ProvinceId,
    /// As its owner wrote it.
    pub(crate) login_name: String,
    /// What login names are compared by.
    pub(crate) login_key: String,
    /// Sealed name.
    pub(crate) full_name: Vec<u8>,
    /// Sealed resident identity number.
    pub(crate) resident_id: Vec<u8>,
    /// Sealed mobile number, E.164.
    pub(crate) mobile: Vec<u8>,
    /// Blind index of the resident identity number.
    pub(crate) resident_id_index: Vec<u8>,
    /// Blind index of the mobile number.
    pub(crate) mobile_index: Vec<u8>,
    /// How far the person is known.
    pub(crate) level: Level,
    /// PHC string.
    pub(crate) password_hash: String,
    /// Version of the last fact.
    pub(crate) version: i64,
    /// When it was registered.
    pub(crate) registered_at: Timestamp,
    /// Request id for notification.
    pub(crate) contact_request_id: EventId,
    /// Language of messages.
    pub(crate) contact_locale: String,
}

struct AccountRow {
    account_id: AccountId,
    person_id: PersonId,
    province: String,
    login_name: String,
    login_key: String,
    full_name: Vec<u8>,
    resident_id: Vec<u8>,
    mobile: Vec<u8>,
    resident_id_index: Vec<u8>,
    mobile_index: Vec<u8>,
    level: String,
    password_hash: String,
    version: i64,
    registered_at: jiff_sqlx::Timestamp,
    contact_request_id: EventId,
    contact_locale: String,
}

impl TryFrom<AccountRow> for Account {
    type Error = db::Error;

    fn try_from(row: AccountRow) -> Result<Self, db::Error> {
        Ok(Self {
            account_id: row.account_id,
            person_id: row.person_id,
            province: province(&row.province)?,
            login_name: row.login_name,
            login_key: row.login_key,
            full_name: row.full_name,
            resident_id: row.resident_id,
            mobile: row.mobile,
            resident_id_index: row.resident_id_index,
            mobile_index: row.mobile_index,
            level: known("level", Level::from_word(&row.level))?,
            password_hash: row.password_hash,
            version: row.version,
            registered_at: row.registered_at.to_jiff(),
            contact_request_id: row.contact_request_id,
            contact_locale: row.contact_locale,
        })
    }
}

/// Adds a new account; notification is due to be told at once.
///
/// # Errors
/// [`LOGIN_KEY`], [`RESIDENT_ID_KEY`] and [`MOBILE_KEY`] among them.
pub(crate) async fn add(tx: &mut Tx, account: &Account) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.account.add
        INSERT INTO accounts
            (account_id, person_id, province, login_name, login_key, full_name, resident_id, mobile,
             resident_id_index, mobile_index, level, password_hash, password_changed_at, version,
             registered_at, contact_request_id, contact_locale, contact_due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $13, $14, $15, $16, $14)",
        account.account_id.as_uuid(),
        account.person_id.as_uuid(),
        account.province.as_str(),
        account.login_name,
        account.login_key,
        account.full_name,
        account.resident_id,
        account.mobile,
        account.resident_id_index,
        account.mobile_index,
        account.level.as_str(),
        account.password_hash,
        account.version,
        account.registered_at.to_sqlx() as _,
        account.contact_request_id.as_uuid(),
        account.contact_locale,
    )
    .execute(&mut **tx)
    .traced("db.account.add")
    .await?;
    Ok(())
}

/// An account by id.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    pool: &PgPool,
    account_id: AccountId,
) -> Result<Option<Account>, db::Error> {
    sqlx::query_as!(
        AccountRow,
        r#"-- identity.account.lookup
        SELECT account_id AS "account_id: AccountId", person_id AS "person_id: PersonId", province,
               login_name, login_key, full_name, resident_id, mobile, resident_id_index, mobile_index,
               level, password_hash, version, registered_at AS "registered_at: jiff_sqlx::Timestamp",
               contact_request_id AS "contact_request_id: EventId", contact_locale
        FROM accounts WHERE account_id = $1"#,
        account_id.as_uuid(),
    )
    .fetch_optional(pool)
    .traced("db.account.lookup")
    .await?
    .map(Account::try_from)
    .transpose()
}

/// An account by its login name.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_by_login(
    pool: &PgPool,
    login_key: &str,
) -> Result<Option<Account>, db::Error> {
    sqlx::query_as!(
        AccountRow,
        r#"-- identity.account.find_by_login
        SELECT account_id AS "account_id: AccountId", person_id AS "person_id: PersonId", province,
               login_name, login_key, full_name, resident_id, mobile, resident_id_index, mobile_index,
               level, password_hash, version, registered_at AS "registered_at: jiff_sqlx::Timestamp",
               contact_request_id AS "contact_request_id: EventId", contact_locale
        FROM accounts WHERE login_key = $1"#,
        login_key,
    )
    .fetch_optional(pool)
    .traced("db.account.find_by_login")
    .await?
    .map(Account::try_from)
    .transpose()
}

/// What of a would-be account exists already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// The login name.
    pub(crate) login: bool,
    /// The person or the number.
    pub(crate) person: bool,
}

/// Looks whether an account could be added, to spare the work for one that could not.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_taken(
    pool: &PgPool,
    login_key: &str,
    resident_id_index: &[u8],
    mobile_index: &[u8],
) -> Result<Taken, db::Error> {
    let row = sqlx::query!(
        r#"-- identity.account.find_taken
        SELECT EXISTS (SELECT FROM accounts WHERE login_key = $1) AS "login!",
               EXISTS (SELECT FROM accounts WHERE resident_id_index = $2 OR mobile_index = $3) AS "person!""#,
        login_key,
        resident_id_index,
        mobile_index,
    )
    .fetch_one(pool)
    .traced("db.account.find_taken")
    .await?;
    Ok(Taken {
        login: row.login,
        person: row.person,
    })
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

/// Notes that the password was replaced, not only hashed again.
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
        UPDATE accounts SET password_changed_at = $2 WHERE account_id = $1",
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

/// Accounts whose contact point notification has to be told, the longest due first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_contact_due(
    pool: &PgPool,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Account>, db::Error> {
    sqlx::query_as!(
        AccountRow,
        r#"-- identity.account.list_contact_due
        SELECT account_id AS "account_id: AccountId", person_id AS "person_id: PersonId", province,
               login_name, login_key, full_name, resident_id, mobile, resident_id_index, mobile_index,
               level, password_hash, version, registered_at AS "registered_at: jiff_sqlx::Timestamp",
               contact_request_id AS "contact_request_id: EventId", contact_locale
        FROM accounts
        WHERE contact_acknowledged_at IS NULL AND contact_due_at <= $1
        ORDER BY contact_due_at LIMIT $2"#,
        now.to_sqlx() as _,
        limit,
    )
    .fetch_all(pool)
    .traced("db.account.list_contact_due")
    .await?
    .into_iter()
    .map(Account::try_from)
    .collect()
}

/// Notes that notification knows the contact point.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn mark_contact_acknowledged(
    tx: &mut Tx,
    account_id: AccountId,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.account.mark_contact_acknowledged
        UPDATE accounts SET contact_acknowledged_at = $2
        WHERE account_id = $1 AND contact_acknowledged_at IS NULL",
        account_id.as_uuid(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.account.mark_contact_acknowledged")
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
