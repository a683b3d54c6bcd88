//! What can go wrong between a service and its database, and what may be tried again.

use std::error::Error as StdError;
use std::path::PathBuf;

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

/// A failure of the database or of the way to it. The server's text is in the source only, because
/// it may quote values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A statement failed or its answer could not be read.
    #[error("a database statement failed")]
    Statement(#[source] sqlx::Error),
    /// The connection was lost while committing: the transaction happened wholly or not at all,
    /// and the caller finds out by asking again with the same request id.
    #[error("the outcome of a commit is unknown")]
    CommitUnknown(#[source] sqlx::Error),
    /// A statement touched another number of rows than it must.
    #[error("a statement touched {found} rows instead of {wanted}")]
    Affected {
        /// How many rows it had to touch.
        wanted: u64,
        /// How many it did.
        found: u64,
    },
    /// A row holds what the program cannot read.
    #[error("a stored {what} cannot be read")]
    Corrupt {
        /// The column or the thing.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The configuration is wrong.
    #[error("database configuration: {0}")]
    Config(&'static str),
    /// The file that holds the address cannot be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process is migrating and did not finish in time.
    #[error("another process has been migrating this database for too long")]
    MigrationLocked,
    /// A migration failed; it left nothing behind unless it runs outside a transaction.
    #[error("a migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The schema lacks a migration this program needs.
    #[error("the schema lacks migration {missing}: run `xuanhao migrate` first")]
    SchemaOlder {
        /// The first migration that is missing.
        missing: i64,
    },
    /// A migration was applied from another text than the program carries.
    #[error("migration {version} was applied from another text")]
    SchemaDiffers {
        /// The migration.
        version: i64,
    },
}

impl Error {
    /// A stored value that cannot be read.
    pub fn corrupt(what: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Corrupt {
            what,
            source: source.into(),
        }
    }

    /// Whether the same call may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::CommitUnknown(_) | Self::MigrationLocked => true,
            Self::Statement(error) => is_transient(error),
            _ => false,
        }
    }

    /// Whether a statement was refused because `constraint` (by name) holds unique rows.
    pub fn is_unique_violation(&self, constraint: &str) -> bool {
        self.violates(constraint, DatabaseError::is_unique_violation)
    }

    /// Whether a statement was refused by the check named `constraint`.
    pub fn is_check_violation(&self, constraint: &str) -> bool {
        self.violates(constraint, DatabaseError::is_check_violation)
    }

    fn violates(&self, constraint: &str, kind: fn(&dyn DatabaseError) -> bool) -> bool {
        let Self::Statement(sqlx::Error::Database(error)) = self else {
            return false;
        };
        kind(error.as_ref()) && error.constraint() == Some(constraint)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Statement(error)
    }
}

/// Checks that a statement touched exactly `wanted` rows.
///
/// # Errors
/// [`Error::Affected`] when it did not.
pub fn affected(wanted: u64, result: &sqlx::postgres::PgQueryResult) -> Result<(), Error> {
    let found = result.rows_affected();
    if found == wanted {
        Ok(())
    } else {
        Err(Error::Affected { wanted, found })
    }
}

/// [`Error::is_transient`] for an error that was not wrapped.
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            // Serialisation and deadlock; connection; resources; shutdown and cancelled statements.
            ["40", "08", "53", "57"].contains(&code.get(..2).unwrap_or_default())
        }),
        _ => false,
    }
}

/// Why a transaction may be run again from its beginning (R2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// 40001: another transaction changed what this one had read.
    Serialization,
    /// 40P01: this transaction was chosen to break a deadlock.
    Deadlock,
    /// 23505 of the request-id key: the same request is answered by another transaction.
    RequestId,
}

impl Conflict {
    /// The conflict at the bottom of `error`, if that is what it is.
    pub(super) fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        // A transparent wrapper hides one level, so the database's own error is looked for too.
        let mut below = Some(error);
        while let Some(error) = below {
            if let Some(sqlx::Error::Database(error)) = error.downcast_ref::<sqlx::Error>() {
                return Self::of(error.as_ref());
            }
            if let Some(error) = error.downcast_ref::<PgDatabaseError>() {
                return Self::of(error);
            }
            below = error.source();
        }
        None
    }

    fn of(error: &dyn DatabaseError) -> Option<Self> {
        match error.code()?.as_ref() {
            "40001" => Some(Self::Serialization),
            "40P01" => Some(Self::Deadlock),
            "23505" if error.constraint() == Some(crate::idempotency::PRIMARY_KEY) => {
                Some(Self::RequestId)
            }
            _ => None,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Serialization => "serialization",
            Self::Deadlock => "deadlock",
            Self::RequestId => "request_id",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_by_itself_is_transient() {
        assert!(Error::Statement(sqlx::Error::PoolTimedOut).is_transient());
        assert!(Error::CommitUnknown(sqlx::Error::WorkerCrashed).is_transient());
        assert!(!Error::Statement(sqlx::Error::RowNotFound).is_transient());
        assert!(
            !Error::Affected {
                wanted: 1,
                found: 0
            }
            .is_transient()
        );
    }
}
