//! The door: reads requests, calls the use cases, writes answers. The only place that turns errors
//! into statuses.

mod appeal;
mod counter;
mod outcome;
mod policy;
mod read;
mod selection;
mod write;

use tonic::Status;
use xuanhao_chassis::error;
use xuanhao_chassis::grpc::status::relay;

use crate::error::Error;

pub use appeal::Appeals;
pub use counter::Counters;
pub use outcome::Outcomes;
pub use policy::Policies;
pub use selection::Selections;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Db(source) if source.is_transient() => error::unavailable(source),
            Error::Peer(status) => relay(*status),
            Error::CutOff => error::unavailable(error),
            other => error::fault(other),
        }
    }
}
