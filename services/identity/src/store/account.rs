//! Accounts.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, EventId, PersonId};
use xuanhao_vocabulary::{OfficeId, ProvinceId};

use super::{known, office, province};
use crate::domain::holder::HolderKind;
use crate::domain::level::Level;

/// Constraint: the login name is taken.
pub(crate) const LOGIN_KEY: &str = "accounts_login_key";
/// Constraint: the person has an account.
pub(crate) const RESIDENT_ID_KEY: &str = "accounts_resident_id_key";
/// Constraint: the organisation has an account.
pub(crate) const CREDIT_CODE_KEY: &str = "accounts_credit_code_key";
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
    /// Office that enrolled its holder last.
    pub(crate) office: Option<OfficeId>,
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
    /// The organisation it belongs to, if not to a person; name and number above are then its agent's.
    pub(crate) organisation: Option<Organisation>,
    /// While the password is an initial one: until when it is of use.
    pub(crate) initial_password_until: Option<Timestamp>,
    /// Sealed residential address.
    pub(crate) residence: Option<Vec<u8>>,
}

/// What an organisation's account has beyond a person's.
#[derive(Debug, Clone)]
pub(crate) struct Organisation {
    /// Sealed name.
    pub(crate) name: Vec<u8>,
    /// Sealed credit code.
    pub(crate) credit_code: Vec<u8>,
    /// Blind index of the credit code.
    pub(crate) credit_code_index: Vec<u8>,
    /// Last civil day of the power of attorney (R-ACC-09).
    pub(crate) authorised_until: Date,
}

impl Account {
    /// Whose it is.
    pub(crate) fn kind(&self) -> HolderKind {
        match self.organisation {
            Some(_) => HolderKind::Organisation,
            None => HolderKind::Person,
        }
    }

    /// Blind index of the person or the organisation: what its ban is kept under.
    pub(crate) fn holder_index(&self) -> &[u8] {
        match &self.organisation {
            Some(own) => &own.credit_code_index,
            None => &self.resident_id_index,
        }
    }

    /// Whether the password is an initial one.
    pub(crate) fn must_change_password(&self) -> bool {
        self.initial_password_until.is_some()
    }
}

struct AccountRow {
    account_id: AccountId,
    person_id: PersonId,
    province: String,
    office: Option<String>,
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
    organisation_name: Option<Vec<u8>>,
    credit_code: Option<Vec<u8>>,
    credit_code_index: Option<Vec<u8>>,
    authorised_until: Option<jiff_sqlx::Date>,
    initial_password_until: Option<jiff_sqlx::Timestamp>,
    residence: Option<Vec<u8>>,
}

impl TryFrom<AccountRow> for Account {
    type Error = db::Error;

    fn try_from(row: AccountRow) -> Result<Self, db::Error> {
        let parts = row
            .organisation_name
            .zip(row.credit_code)
            .zip(row.credit_code_index.zip(row.authorised_until));
        let organisation = parts.map(|((name, credit_code), (index, until))| Organisation {
            name,
            credit_code,
            credit_code_index: index,
            authorised_until: until.to_jiff(),
        });
        Ok(Self {
            account_id: row.account_id,
            person_id: row.person_id,
            province: province(&row.province)?,
            office: office(row.office.as_deref())?,
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
            organisation,
            initial_password_until: row
                .initial_password_until
                .map(jiff_sqlx::Timestamp::to_jiff),
            residence: row.residence,
        })
    }
}

/// A query for whole accounts: the statement's name, what follows `FROM accounts`, the parameters.
macro_rules! accounts {
    ($name:literal, $tail:literal, $($parameter:expr),+ $(,)?) => {
        sqlx::query_as!(
            AccountRow,
            $name + r#"
            SELECT account_id AS "account_id: AccountId", person_id AS "person_id: PersonId", province,
                   office, login_name, login_key, full_name, resident_id, mobile, resident_id_index,
                   mobile_index, level, password_hash, version,
                   registered_at AS "registered_at: jiff_sqlx::Timestamp",
                   contact_request_id AS "contact_request_id: EventId", contact_locale,
                   organisation_name, credit_code, credit_code_index,
                   authorised_until AS "authorised_until: jiff_sqlx::Date",
                   initial_password_until AS "initial_password_until: jiff_sqlx::Timestamp",
                   residence
            FROM accounts "# + $tail,
            $($parameter),+
        )
    };
}

/// Adds a new account; notification is due to be told at once.
///
/// # Errors
/// [`LOGIN_KEY`], [`RESIDENT_ID_KEY`], [`CREDIT_CODE_KEY`] and [`MOBILE_KEY`] among them.
pub(crate) async fn add(tx: &mut Tx, account: &Account) -> Result<(), db::Error> {
    let organisation = account.organisation.as_ref();
    sqlx::query!(
        "-- identity.account.add
        INSERT INTO accounts
            (account_id, person_id, province, login_name, login_key, full_name, resident_id, mobile,
             resident_id_index, mobile_index, level, password_hash, password_changed_at, version,
             registered_at, contact_request_id, contact_locale, contact_due_at, office, kind,
             organisation_name, credit_code, credit_code_index, authorised_until,
             must_change_password, initial_password_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $13, $14, $15, $16, $14, $17,
                $18, $19, $20, $21, $22, $23, $24)",
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
        account.office.map(|office| office.to_string()),
        account.kind().as_str(),
        organisation.map(|own| &own.name[..]),
        organisation.map(|own| &own.credit_code[..]),
        organisation.map(|own| &own.credit_code_index[..]),
        organisation.map(|own| own.authorised_until.to_sqlx()) as _,
        account.must_change_password(),
        account.initial_password_until.map(|at| at.to_sqlx()) as _,
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
    accounts!(
        "-- identity.account.lookup",
        "WHERE account_id = $1",
        account_id.as_uuid()
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
    accounts!(
        "-- identity.account.find_by_login",
        "WHERE login_key = $1",
        login_key
    )
    .fetch_optional(pool)
    .traced("db.account.find_by_login")
    .await?
    .map(Account::try_from)
    .transpose()
}

/// The account of a person, by the blind index of the resident identity number.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_person(
    pool: &PgPool,
    index: &[u8; 32],
) -> Result<Option<Account>, db::Error> {
    accounts!(
        "-- identity.account.find_person",
        "WHERE resident_id_index = $1 AND kind = 'person'",
        &index[..]
    )
    .fetch_optional(pool)
    .traced("db.account.find_person")
    .await?
    .map(Account::try_from)
    .transpose()
}

/// The account of an organisation, by the blind index of its credit code.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn find_organisation(
    pool: &PgPool,
    index: &[u8; 32],
) -> Result<Option<Account>, db::Error> {
    accounts!(
        "-- identity.account.find_organisation",
        "WHERE credit_code_index = $1 AND kind = 'organisation'",
        &index[..]
    )
    .fetch_optional(pool)
    .traced("db.account.find_organisation")
    .await?
    .map(Account::try_from)
    .transpose()
}

/// Whether the person or the organisation of a would-be account has one already.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn has_holder(tx: &mut Tx, account: &Account) -> Result<bool, db::Error> {
    Ok(sqlx::query_scalar!(
        r#"-- identity.account.has_holder
        SELECT EXISTS (
            SELECT FROM accounts
            WHERE kind = $1 AND CASE kind WHEN 'person' THEN resident_id_index ELSE credit_code_index END = $2)
            AS "has!""#,
        account.kind().as_str(),
        account.holder_index(),
    )
    .fetch_one(&mut **tx)
    .traced("db.account.has_holder")
    .await?)
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
               EXISTS (SELECT FROM accounts
                       WHERE resident_id_index = $2 AND kind = 'person' OR mobile_index = $3) AS "person!""#,
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

/// Accounts whose contact point notification has to be told, the longest due first.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn list_contact_due(
    pool: &PgPool,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Account>, db::Error> {
    accounts!("-- identity.account.list_contact_due", "WHERE contact_acknowledged_at IS NULL AND contact_due_at <= $1 ORDER BY contact_due_at LIMIT $2", now.to_sqlx() as _, limit)
    .fetch_all(pool)
    .traced("db.account.list_contact_due")
    .await?
    .into_iter()
    .map(Account::try_from)
    .collect()
}
