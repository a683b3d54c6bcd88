//! What there is in place of an answer, how it is told and which exit code it gives.

use std::io;

use tonic::Status;
use xuanhao_chassis::error::{Refusal, chain};
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::reason::{Locale, Reason};

use crate::output::{bilingual, complain};

/// Why a command gave no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line or the configuration is wrong.
    Usage(String),
    /// Something on this machine is not as it must be: a session, a data file.
    Here(String),
    /// A service said no. Nothing has changed.
    Refused(Refusal),
    /// No service answered, or not in time.
    Unanswered {
        /// What the channel told.
        status: Box<Status>,
        /// The request id of a write, whose outcome is unknown until it is repeated.
        request: Option<RequestId>,
    },
    /// The answer cannot be written.
    Output(io::Error),
}

impl Failure {
    /// A service answered, and left out what it has to tell.
    pub(crate) fn incomplete() -> Self {
        Self::Here(bilingual(
            "服务的应答不完整",
            "the service's answer is not whole",
        ))
    }

    /// What a status means to a write: unanswered, it is repeated under the same id.
    pub(crate) fn of_write(status: Status, id: RequestId) -> Self {
        match Self::from(status) {
            Self::Unanswered { status, .. } => Self::Unanswered {
                status,
                request: Some(id),
            },
            other => other,
        }
    }

    /// Tells it on the standard error: Chinese, English, then the code.
    pub(crate) fn tell(&self) {
        match self {
            Self::Usage(text) | Self::Here(text) => complain(text),
            Self::Refused(refusal) => tell_refusal(refusal),
            Self::Unanswered { status, request } => {
                match Refusal::from_status(status) {
                    Some(refusal) => tell_refusal(&refusal),
                    None => tell_refusal(&Reason::Unavailable.into()),
                }
                complain(&bilingual(
                    "服务没有应答",
                    &format!("no answer: {}", cause(status)),
                ));
                if let Some(id) = request {
                    complain(&bilingual(
                        &format!("结果未知，请加上 --request-id {id} 重复同一命令"),
                        &format!("the outcome is unknown: repeat with --request-id {id}"),
                    ));
                }
            }
            Self::Output(error) => {
                complain(&format!("无法写出结果 · cannot write the answer: {error}"));
            }
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Here(_) | Self::Refused(_) | Self::Output(_) => 1,
            Self::Unanswered { .. } => 3,
        }
    }
}

fn tell_refusal(refusal: &Refusal) {
    complain(&refusal.text(Locale::ZhCn));
    complain(&refusal.text(Locale::En));
    match refusal.field() {
        Some(field) => complain(&format!("{} ({field})", refusal.reason().code())),
        None => complain(refusal.reason().code()),
    }
}

/// The errors below a status of our own channel; a peer's status is told by its code alone, because
/// its message is for nobody.
fn cause(status: &Status) -> String {
    match std::error::Error::source(status) {
        Some(below) => chain(below),
        None => status.code().to_string(),
    }
}

/// Refusals are final words of a service. What says "not now, for want of an answer" is none.
impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        match Refusal::from_status(&status) {
            Some(refusal)
                if !matches!(
                    refusal.reason(),
                    Reason::Unavailable | Reason::DeadlineExceeded
                ) =>
            {
                Self::Refused(refusal)
            }
            _ => Self::Unanswered {
                status: Box::new(status),
                request: None,
            },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_and_silence_are_told_apart() {
        let code = |status: Status| Failure::from(status).code();
        assert_eq!(code(Refusal::not_found("batch").into()), 1);
        assert_eq!(code(Reason::Overloaded.into_status()), 1);
        assert_eq!(code(xuanhao_chassis::error::unavailable("refused")), 3);
        assert_eq!(code(Reason::DeadlineExceeded.into_status()), 3);
        assert_eq!(code(Status::unknown("h2 protocol error")), 3);
        let id = crate::args::Request::default().id();
        let failure = Failure::of_write(xuanhao_chassis::error::unavailable("refused"), id);
        assert!(matches!(failure, Failure::Unanswered { request: Some(told), .. } if told == id));
    }

    trait IntoStatus {
        fn into_status(self) -> Status;
    }

    impl IntoStatus for Reason {
        fn into_status(self) -> Status {
            Refusal::new(self).into()
        }
    }
}
