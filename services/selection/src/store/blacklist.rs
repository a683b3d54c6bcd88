//! Bans in force.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;
use xuanhao_chassis::db::{Error, Traced};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_vocabulary::OfficeId;

use super::parse;
use crate::domain::ban::Ban;

/// A ban as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) office: OfficeId,
    pub(crate) person_key: Vec<u8>,
    pub(crate) application: ApplicationId,
    pub(crate) ban: Ban,
}

/// The ban of a person that lasts longest, if any covers the day.
pub(crate) async fn find(
    executor: impl PgExecutor<'_>,
    person_key: &[u8],
    today: Date,
) -> Result<Option<Ban>, Error> {
    let row = sqlx::query!(
        r#"-- selection.blacklist_entries.find
        SELECT from_on AS "from_on: jiff_sqlx::Date", until_on AS "until_on: jiff_sqlx::Date"
        FROM blacklist_entries WHERE person_key = $1 AND from_on <= $2 AND until_on > $2
        ORDER BY until_on DESC LIMIT 1"#,
        person_key,
        today.to_sqlx() as _,
    )
    .fetch_optional(executor)
    .traced("db.blacklist_entries.find")
    .await?;
    Ok(row.map(|row| Ban {
        from: row.from_on.to_jiff(),
        until: row.until_on.to_jiff(),
    }))
}

/// Adds a ban.
pub(crate) async fn add(
    connection: &mut PgConnection,
    added: &Entry,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "-- selection.blacklist_entries.add
        INSERT INTO blacklist_entries (entry_id, province, office, person_key, application_id,
                                       from_on, until_on, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        added.id,
        added.office.province().as_str(),
        added.office.as_str(),
        added.person_key,
        added.application.as_uuid(),
        added.ban.from.to_sqlx() as _,
        added.ban.until.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .traced("db.blacklist_entries.add")
    .await?;
    Ok(())
}

/// Lifts the ban an application led to; the person's blind index goes with it (C4).
pub(crate) async fn lift(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Option<Entry>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- selection.blacklist_entries.lift
        DELETE FROM blacklist_entries WHERE application_id = $1
        RETURNING entry_id, office, person_key, application_id AS "application: ApplicationId",
                  from_on AS "from_on: jiff_sqlx::Date", until_on AS "until_on: jiff_sqlx::Date""#,
        application.as_uuid(),
    )
    .fetch_optional(connection)
    .traced("db.blacklist_entries.lift")
    .await?;
    row.map(Entry::try_from).transpose()
}

/// Takes away bans that have ended (C4).
pub(crate) async fn delete_elapsed(
    connection: &mut PgConnection,
    today: Date,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- selection.blacklist_entries.delete_elapsed
        DELETE FROM blacklist_entries WHERE entry_id = ANY (ARRAY(
            SELECT entry_id FROM blacklist_entries WHERE until_on <= $1
            ORDER BY until_on LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING entry_id, office, person_key, application_id AS "application: ApplicationId",
                  from_on AS "from_on: jiff_sqlx::Date", until_on AS "until_on: jiff_sqlx::Date""#,
        today.to_sqlx() as _,
        limit,
    )
    .fetch_all(connection)
    .traced("db.blacklist_entries.delete_elapsed")
    .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

struct Row {
    entry_id: Uuid,
    office: String,
    person_key: Vec<u8>,
    application: ApplicationId,
    from_on: jiff_sqlx::Date,
    until_on: jiff_sqlx::Date,
}

impl TryFrom<Row> for Entry {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.entry_id,
            office: parse("blacklist_entries.office", &row.office)?,
            person_key: row.person_key,
            application: row.application,
            ban: Ban {
                from: row.from_on.to_jiff(),
                until: row.until_on.to_jiff(),
            },
        })
    }
}

/// The ban an application led to, if it covers the day.
pub(crate) async fn of_application(
    executor: impl PgExecutor<'_>,
    application: ApplicationId,
    today: Date,
) -> Result<Option<Ban>, Error> {
    let row = sqlx::query!(
        r#"-- selection.blacklist_entries.of_application
        SELECT from_on AS "from_on: jiff_sqlx::Date", until_on AS "until_on: jiff_sqlx::Date"
        FROM blacklist_entries WHERE application_id = $1 AND until_on > $2"#,
        application.as_uuid(),
        today.to_sqlx() as _,
    )
    .fetch_optional(executor)
    .traced("db.blacklist_entries.of_application")
    .await?;
    Ok(row.map(|row| Ban {
        from: row.from_on.to_jiff(),
        until: row.until_on.to_jiff(),
    }))
}
