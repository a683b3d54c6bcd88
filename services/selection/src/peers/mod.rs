//! The services selection asks, in selection's own words. No other room but `grpc` knows a message.
//!
//! Calls go out under the service's own certificate; no citizen's principal is passed on.

mod convert;
mod documents;
mod identity;
mod notification;
mod pool;
mod vehicle;

use tonic::Status;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_chassis::reason::Kind;

pub(crate) use convert::{class_from_proto, class_to_proto, instant};
pub(crate) use documents::Documents;
pub(crate) use identity::{Captcha, Holder, Identity};
pub(crate) use notification::{Note, Notification};
pub(crate) use pool::{Asked, Pool, Standing};
pub(crate) use vehicle::{Submitted, Typed as PurchaseProof, Vehicle};

use crate::error::Error;

/// One client for each service asked.
#[derive(Debug, Clone)]
pub(crate) struct Peers {
    pub(crate) pool: Pool,
    pub(crate) vehicle: Vehicle,
    pub(crate) identity: Identity,
    pub(crate) documents: Documents,
    pub(crate) notification: Notification,
}

impl Peers {
    /// Clients over the channels.
    pub(crate) fn new(
        platepool: ClientChannel,
        vehicle: ClientChannel,
        identity: ClientChannel,
        notification: ClientChannel,
    ) -> Self {
        Self {
            pool: Pool::new(platepool),
            vehicle: Vehicle::new(vehicle),
            identity: Identity::new(identity.clone()),
            documents: Documents::new(identity),
            notification: Notification::new(notification),
        }
    }
}

/// A peer's refusal where it is about what was asked; else a failure of the peer.
fn failure(status: Status) -> Error {
    match Refusal::from_status(&status).filter(is_about_the_request) {
        Some(refusal) => refusal.into(),
        None => status.into(),
    }
}

/// That *we* were refused, or the peer was busy, says nothing about the request.
fn is_about_the_request(refusal: &Refusal) -> bool {
    use xuanhao_chassis::reason::Reason;
    match refusal.reason() {
        Reason::PermissionDenied | Reason::Unauthenticated => false,
        Reason::CheckUnavailable => true,
        reason => !matches!(
            reason.kind(),
            Kind::Fault | Kind::Busy | Kind::Overload | Kind::Late | Kind::SignIn
        ),
    }
}
