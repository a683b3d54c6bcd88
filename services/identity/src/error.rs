//! What can go wrong in identity, in one type. `grpc` turns it into a status.

use xuanhao_chassis::db;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Refusable;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::{sealed, signed};

/// A refusal, or a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is told no.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] db::Error),
    /// Sealed data could not be written or read.
    #[error("sealed data failed")]
    Sealed(#[from] sealed::Error),
    /// A token could not be signed.
    #[error("signing failed")]
    Signed(#[from] signed::Error),
    /// A password could not be hashed.
    #[error("hashing failed")]
    Hashing(#[from] crate::app::passwords::Error),
    /// A picture code could not be made.
    #[error("drawing failed")]
    Drawing(#[from] crate::app::captcha_picture::Error),
    /// A task of ours ended before its work did.
    #[error("a task ended early")]
    Task(#[from] tokio::task::JoinError),
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
