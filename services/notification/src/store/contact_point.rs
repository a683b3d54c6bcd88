//! Contact points.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{AccountId, PersonId};

use super::known;
use crate::domain::template::Language;

/// Where a person's messages go.
#[derive(Debug, Clone)]
pub(crate) struct ContactPoint {
    /// The person.
    pub(crate) person_id: PersonId,
    /// Whose inbox shows the messages.
    pub(crate) account_id: AccountId,
    /// Sealed number.
    pub(crate) mobile: Vec<u8>,
    /// Language.
    pub(crate) language: Language,
}

/// The column a number is sealed for.
pub(crate) const MOBILE: &str = "contact_points.mobile";

/// Sets a person's contact point.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn set(
    tx: &mut Tx,
    point: &ContactPoint,
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- notification.contact_point.set
        INSERT INTO contact_points (person_id, account_id, mobile, locale, set_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (person_id) DO UPDATE
        SET account_id = EXCLUDED.account_id, mobile = EXCLUDED.mobile, locale = EXCLUDED.locale,
            set_at = EXCLUDED.set_at",
        point.person_id.as_uuid(),
        point.account_id.as_uuid(),
        point.mobile,
        point.language.tag(),
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.contact_point.set")
    .await?;
    Ok(())
}

/// The contact point of a person.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    person_id: PersonId,
) -> Result<Option<ContactPoint>, db::Error> {
    let row = sqlx::query!(
        r#"-- notification.contact_point.lookup
        SELECT account_id AS "account_id: AccountId", mobile, locale
        FROM contact_points WHERE person_id = $1"#,
        person_id.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.contact_point.lookup")
    .await?;
    row.map(|row| {
        Ok(ContactPoint {
            person_id,
            account_id: row.account_id,
            mobile: row.mobile,
            language: known("locale", Language::from_tag(&row.locale))?,
        })
    })
    .transpose()
}
