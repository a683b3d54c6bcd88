//! Reading peers' statuses.

use http::HeaderMap;
use tonic::{Code, Status};

use crate::error::{self, Refusal};
use crate::reason::Reason;

/// What a peer's failure means to our own caller: its refusal if it is one, else that something we
/// need is away (worth another try) or our own fault.
pub fn relay(status: Status) -> Status {
    if Refusal::from_status(&status).is_some_and(|refusal| is_for_callers(refusal.reason())) {
        return status;
    }
    match status.code() {
        Code::Unavailable | Code::ResourceExhausted | Code::Aborted => error::unavailable(status),
        Code::DeadlineExceeded | Code::Cancelled => {
            error::caused(Refusal::new(Reason::DeadlineExceeded), status)
        }
        _ => error::fault(status),
    }
}

/// That *we* were refused (a missing row in the peer's table, an expired token of ours) is not the
/// caller's doing.
fn is_for_callers(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::PermissionDenied | Reason::Unauthenticated | Reason::Internal
    )
}

/// The code of a response that failed before its first message; `Ok` if it did not.
pub(super) fn code_in(headers: &HeaderMap) -> Code {
    headers
        .get(Status::GRPC_STATUS)
        .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()))
}

/// The code as metrics and logs write it.
pub(super) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
