//! Rows that put requests in a line.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Traced, Tx};

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Sign-ins of one login name.
    SignIn,
    /// Codes to one number.
    Mobile,
    /// Codes for one login name.
    Login,
    /// Codes for strangers at one address.
    Address,
    /// Documents of one account or officer.
    Document,
    /// Enrolments of one person or organisation that has no account yet.
    Enrolment,
}

impl Line {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Mobile => "mobile",
            Self::Login => "login",
            Self::Address => "address",
            Self::Document => "document",
            Self::Enrolment => "enrolment",
        }
    }
}

/// Joins the line. A transaction that began before another one left it is run again, so that it
/// counts what the other did. Must be the transaction's first statement.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn join(
    tx: &mut Tx,
    line: Line,
    key: &[u8; 32],
    now: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- identity.throttle.join
        INSERT INTO throttles (scope, key, touched_at) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT throttles_pkey DO UPDATE SET touched_at = excluded.touched_at",
        line.as_str(),
        &key[..],
        now.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.throttle.join")
    .await?;
    Ok(())
}
