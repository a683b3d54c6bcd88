//! The door: reads requests, calls the use cases, writes answers. The only place that turns errors
//! into statuses.

mod bindings;
mod reviews;
mod vehicles;

use std::sync::Arc;

use tonic::{Request, Status};
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_chassis::grpc::CallContext;
use xuanhao_chassis::ids::AccountId;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed;
use xuanhao_proto::common::v1 as common;
use xuanhao_vocabulary::PlateClass;

use crate::app::App;
use crate::error::Error;

/// Vehicles.
#[derive(Clone, Debug)]
pub struct Vehicles(pub Arc<App>);

/// Suspicions under review, and answers by file.
#[derive(Clone, Debug)]
pub struct Reviews(pub Arc<App>);

/// What holders bind.
#[derive(Clone, Debug)]
pub struct Bindings(pub Arc<App>);

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Db(source) | Error::Sealed(sealed::Error::Db(source))
                if source.is_transient() =>
            {
                error::unavailable(source)
            }
            Error::Peer(source) => error::unavailable(*source),
            other => error::fault(other),
        }
    }
}

/// The signed-in citizen's account.
fn account<T>(request: &Request<T>) -> Result<AccountId, Refusal> {
    let context = CallContext::of(request);
    let account = context.require_principal()?.account();
    account.ok_or_else(|| Refusal::new(Reason::PermissionDenied))
}

/// The class as messages spell it.
pub(crate) fn wire_class(class: Option<PlateClass>) -> common::PlateClass {
    match class {
        None => common::PlateClass::Unspecified,
        Some(PlateClass::Small) => common::PlateClass::Small,
        Some(PlateClass::Large) => common::PlateClass::Large,
        Some(PlateClass::NevSmall) => common::PlateClass::NevSmall,
        Some(PlateClass::NevLarge) => common::PlateClass::NevLarge,
    }
}

fn read_class(class: common::PlateClass) -> Option<PlateClass> {
    PlateClass::ALL
        .into_iter()
        .find(|known| wire_class(Some(*known)) == class)
}
