//! Why a request is not answered as asked: a refusal for the person, a cause for the log.

use std::fmt;
use std::sync::Arc;

use tonic::Status;
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::grpc;
use xuanhao_chassis::reason::Reason;

/// A refusal, and what stands behind it where that is worth a log entry. Cheap to clone: it travels
/// in a response's extensions to the one place that writes problems.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    refusal: Refusal,
    cause: Option<String>,
}

/// What happened on our side of the door.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("a peer's answer lacks or garbles `{0}`")]
    PeerAnswer(&'static str),
    #[error("a peer's refusal carries no reason")]
    NoReason,
    #[error("a handler panicked")]
    Panic,
}

impl Error {
    /// The refusal as the person is told it.
    pub fn refusal(&self) -> &Refusal {
        &self.0.refusal
    }

    /// What happened, for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// A peer answered with something that is no answer.
    pub(crate) fn peer_answer(field: &'static str) -> Self {
        Self::fault(&Fault::PeerAnswer(field))
    }

    /// A handler panicked; the panic itself is in the log.
    pub(crate) fn panicked() -> Self {
        Self::fault(&Fault::Panic)
    }

    fn fault(cause: &Fault) -> Self {
        let (refusal, cause) = (Refusal::new(Reason::Internal), Some(cause.to_string()));
        Self(Arc::new(Inner { refusal, cause }))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let cause = None;
        Self(Arc::new(Inner { refusal, cause }))
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Refusal::new(reason).into()
    }
}

/// A peer's refusal is the person's where it is about the request; that *we* were refused, or that
/// the peer is away, is told as that.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let status = grpc::status::relay(status);
        let Some(refusal) = Refusal::from_status(&status) else {
            return Self::fault(&Fault::NoReason);
        };
        let cause = std::error::Error::source(&status).map(chain);
        Self(Arc::new(Inner { refusal, cause }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.refusal.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("reason", &self.0.refusal.reason())
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl std::error::Error for Error {}
