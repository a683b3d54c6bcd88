//! The door: reads requests, calls the use cases, writes answers. The only place that turns errors
//! into statuses.

mod challenge;
mod document;
mod enrolment;
mod identity;
pub(crate) mod read;
mod staff;

use tonic::Status;
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_chassis::reason::Reason;

use crate::app::{captcha_picture, passwords};
use crate::error::Error;

pub use challenge::Challenges;
pub use document::Documents;
pub use enrolment::Enrolments;
pub use identity::Accounts;
pub use staff::StaffMembers;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Db(source) if source.is_transient() => error::unavailable(source),
            Error::Sealed(xuanhao_chassis::sealed::Error::Db(source)) if source.is_transient() => {
                error::unavailable(source)
            }
            Error::Hashing(passwords::Error::Busy)
            | Error::Drawing(captcha_picture::Error::Busy) => Refusal::new(Reason::Overloaded)
                .retry_after(std::time::Duration::from_secs(1))
                .into(),
            other => error::fault(other),
        }
    }
}
