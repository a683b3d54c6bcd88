//! SQL and rows; nothing here decides. Times and ids come from the callers.

pub(crate) mod announcements;
pub(crate) mod appeals;
pub(crate) mod applications;
pub(crate) mod audit;
pub(crate) mod blacklist;
pub(crate) mod calendars;
pub(crate) mod claims;
pub(crate) mod endings;
pub(crate) mod hints;
pub(crate) mod messages;
pub(crate) mod notices;
pub(crate) mod operations;
pub(crate) mod policies;
pub(crate) mod proofs;
pub(crate) mod quotas;
pub(crate) mod selections;
pub(crate) mod undos;

use std::error::Error as StdError;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::Error;

fn parse<T>(what: &'static str, text: &str) -> Result<T, Error>
where
    T: FromStr<Err: StdError + Send + Sync + 'static>,
{
    text.parse().map_err(|source| Error::corrupt(what, source))
}

fn number<T, F>(what: &'static str, value: F) -> Result<T, Error>
where
    T: TryFrom<F, Error: StdError + Send + Sync + 'static>,
{
    T::try_from(value).map_err(|source| Error::corrupt(what, source))
}

fn json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    value: serde_json::Value,
) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|source| Error::corrupt(what, source))
}

fn to_json(what: &'static str, value: &impl serde::Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value).map_err(|source| Error::corrupt(what, source))
}

/// A small count in a `smallint` column.
fn small(what: &'static str, value: u16) -> Result<i16, Error> {
    number(what, value)
}

fn at(instant: Option<jiff_sqlx::Timestamp>) -> Option<Timestamp> {
    instant.map(jiff_sqlx::Timestamp::to_jiff)
}

fn stored(instant: Option<Timestamp>) -> Option<jiff_sqlx::Timestamp> {
    instant.map(Timestamp::to_sqlx)
}

fn day(date: Option<jiff_sqlx::Date>) -> Option<Date> {
    date.map(jiff_sqlx::Date::to_jiff)
}
