//! What can go wrong in vehicle, in one type. `grpc` turns it into a status.

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Refusable;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::{db, sealed};

use crate::outside::Unavailable;

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
    /// What was sealed is not what we sealed.
    #[error("sealed data is not in its form")]
    Form,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unavailable> for Error {
    fn from(_: Unavailable) -> Self {
        // Never `invalid`: nothing was learnt about the vehicle.
        Self::Refused(Refusal::new(Reason::CheckUnavailable))
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
