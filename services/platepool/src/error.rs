//! What can go wrong in the pool, in one type. `grpc` turns it into a status.

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Refusable;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::{db, sealed};

use crate::domain;

/// A refusal, or a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is told no.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The engine says no.
    #[error("the engine refused")]
    Engine(#[from] domain::Error),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
    /// A day's key could not be sealed or opened.
    #[error("a day's key failed")]
    Sealed(#[from] sealed::Error),
    /// The engine answered otherwise than it can.
    #[error("the engine answered something else")]
    Answer,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::Refused(Refusal::new(reason))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(db::Error::from(error))
    }
}

impl Refusable for Error {
    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        }
    }
}
