//! The door: reads requests, calls the use cases, writes answers. The only place that turns errors
//! into statuses.

mod admin;
mod carried;
mod numbers;
mod peer;
mod pool;
mod publication;
mod read;
mod refusals;
mod replaying;
mod write;
mod writers;

pub use admin::Administration;
pub use peer::Peer;
pub use pool::Operations;
pub use publication::Publication;

use tonic::Status;
use xuanhao_chassis::error;

use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Engine(refused) => refusals::refusal(refused).into(),
            Error::Db(source) if source.is_transient() => error::unavailable(source),
            other @ (Error::Db(_) | Error::Sealed(_) | Error::Answer) => error::fault(other),
        }
    }
}
