//! What can go wrong in vehicle, in one type. `grpc` turns it into a status.

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Refusable;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::{db, sealed};

use crate::outside::Unavailable;
use crate::store::claim::VERIFIED;

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
    /// Identity did not answer as it should.
    #[error("identity did not answer")]
    Peer(#[source] Box<tonic::Status>),
    /// What was stored or answered is not in its form.
    #[error("data is not in its form")]
    Form,
}

impl Error {
    /// Whether somebody else's claim was verified between our look and our word. Asking again finds
    /// it: that index cannot tell a serialisation failure from a violation.
    pub(crate) fn lost_a_race(&self) -> bool {
        let Self::Db(error) = self else { return false };
        VERIFIED
            .iter()
            .any(|index| error.is_unique_violation(index))
    }
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
