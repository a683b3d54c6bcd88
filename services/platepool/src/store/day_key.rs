//! Keys and public values of days (E10).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, PgPool};
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::OfficeId;

/// A day of an office.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DrawDay {
    pub(crate) office: OfficeId,
    pub(crate) day: Date,
    /// The key, sealed.
    pub(crate) sealed: Vec<u8>,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) hash_published_at: Timestamp,
    pub(crate) value: Option<PublicValue>,
    /// The key, once the day is over.
    pub(crate) revealed_key: Option<Vec<u8>>,
}

impl std::fmt::Debug for DrawDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DrawDay")
            .field("office", &self.office)
            .field("day", &self.day)
            .finish_non_exhaustive()
    }
}

/// What anybody can check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicValue {
    pub(crate) value: String,
    pub(crate) source: String,
    pub(crate) fixed_at: Timestamp,
}

struct Row {
    office: String,
    day: jiff_sqlx::Date,
    sealed: Vec<u8>,
    key_hash: Vec<u8>,
    hash_published_at: jiff_sqlx::Timestamp,
    public_value: Option<String>,
    public_value_source: Option<String>,
    value_fixed_at: Option<jiff_sqlx::Timestamp>,
    revealed_key: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<DrawDay, db::Error> {
        let value = match (
            self.public_value,
            self.public_value_source,
            self.value_fixed_at,
        ) {
            (Some(value), Some(source), Some(at)) => Some(PublicValue {
                value,
                source,
                fixed_at: at.to_jiff(),
            }),
            _ => None,
        };
        Ok(DrawDay {
            office: OfficeId::parse(&self.office)
                .map_err(|source| db::Error::corrupt("office", source))?,
            day: self.day.to_jiff(),
            sealed: self.sealed,
            key_hash: self.key_hash,
            hash_published_at: self.hash_published_at.to_jiff(),
            value,
            revealed_key: self.revealed_key,
        })
    }
}

/// A day.
pub(crate) async fn lookup(
    connection: &mut PgConnection,
    office: OfficeId,
    day: Date,
) -> Result<Option<DrawDay>, db::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"-- platepool.day_key.lookup
        SELECT office, day AS "day: _", sealed, key_hash, hash_published_at AS "hash_published_at: _",
               public_value, public_value_source, value_fixed_at AS "value_fixed_at: _", revealed_key
        FROM day_keys WHERE office = $1 AND day = $2"#,
        office.as_str(),
        day.to_sqlx() as _,
    )
    .fetch_optional(connection)
    .traced("db.day_key.lookup")
    .await?;
    row.map(Row::read).transpose()
}

/// The days of an office up to `until` whose keys are revealed.
pub(crate) async fn revealed_until(
    pool: &PgPool,
    office: OfficeId,
    until: Date,
) -> Result<Vec<DrawDay>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.day_key.list_revealed
        SELECT office, day AS "day: _", sealed, key_hash, hash_published_at AS "hash_published_at: _",
               public_value, public_value_source, value_fixed_at AS "value_fixed_at: _", revealed_key
        FROM day_keys WHERE office = $1 AND day <= $2 AND revealed_key IS NOT NULL ORDER BY day"#,
        office.as_str(),
        until.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.day_key.list_revealed")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The offices that have a key of a day.
pub(crate) async fn offices_with(pool: &PgPool, day: Date) -> Result<Vec<String>, db::Error> {
    Ok(sqlx::query_scalar!(
        "-- platepool.day_key.list_offices
        SELECT office FROM day_keys WHERE day = $1",
        day.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.day_key.list_offices")
    .await?)
}

/// The days from `from` on whose public values are fixed, of one office or of all.
pub(crate) async fn fixed_from(
    pool: &PgPool,
    office: Option<OfficeId>,
    from: Date,
) -> Result<Vec<DrawDay>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.day_key.list_fixed
        SELECT office, day AS "day: _", sealed, key_hash, hash_published_at AS "hash_published_at: _",
               public_value, public_value_source, value_fixed_at AS "value_fixed_at: _", revealed_key
        FROM day_keys
        WHERE ($1::text IS NULL OR office = $1) AND day >= $2 AND value_fixed_at IS NOT NULL
        ORDER BY day"#,
        office.as_ref().map(OfficeId::as_str),
        from.to_sqlx() as _,
    )
    .fetch_all(pool)
    .traced("db.day_key.list_fixed")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Days before `before` whose keys are still secret.
pub(crate) async fn unrevealed(
    pool: &PgPool,
    before: Date,
    limit: i64,
) -> Result<Vec<DrawDay>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.day_key.list_unrevealed
        SELECT office, day AS "day: _", sealed, key_hash, hash_published_at AS "hash_published_at: _",
               public_value, public_value_source, value_fixed_at AS "value_fixed_at: _", revealed_key
        FROM day_keys WHERE revealed_at IS NULL AND day < $1 ORDER BY day LIMIT $2"#,
        before.to_sqlx() as _,
        limit,
    )
    .fetch_all(pool)
    .traced("db.day_key.list_unrevealed")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Publishes the hash of a new key; the first to do so counts.
pub(crate) async fn add(tx: &mut Tx, day: &DrawDay) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.day_key.add
        INSERT INTO day_keys (office, day, province, sealed, key_hash, hash_published_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (office, day) DO NOTHING",
        day.office.as_str(),
        day.day.to_sqlx() as _,
        day.office.province().as_str(),
        day.sealed,
        day.key_hash,
        day.hash_published_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.day_key.add")
    .await?;
    Ok(())
}

/// Fixes the public value, once for all.
pub(crate) async fn fix_value(
    tx: &mut Tx,
    office: OfficeId,
    day: Date,
    value: &PublicValue,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.day_key.fix_value
        UPDATE day_keys SET public_value = $3, public_value_source = $4, value_fixed_at = $5
        WHERE office = $1 AND day = $2 AND value_fixed_at IS NULL AND revealed_at IS NULL",
        office.as_str(),
        day.to_sqlx() as _,
        value.value,
        value.source,
        value.fixed_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.day_key.fix_value")
    .await?;
    db::affected(1, &updated)
}

/// Reveals a key.
pub(crate) async fn reveal(
    tx: &mut Tx,
    office: OfficeId,
    day: Date,
    key: &[u8],
    at: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.day_key.reveal
        UPDATE day_keys SET revealed_key = $3, revealed_at = $4
        WHERE office = $1 AND day = $2 AND revealed_at IS NULL",
        office.as_str(),
        day.to_sqlx() as _,
        key,
        at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.day_key.reveal")
    .await?;
    Ok(())
}
