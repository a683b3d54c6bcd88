//! The services the edge asks, and nothing of its own: each call goes out under the edge's
//! certificate, on behalf of whoever is signed in, and ends with the request it answers.

mod call;

use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::grpc::{BadEndpoint, ClientChannel};
use xuanhao_chassis::lifecycle::Boot;
use xuanhao_proto::identity::v1::challenge_service_client::ChallengeServiceClient;
use xuanhao_proto::identity::v1::document_service_client::DocumentServiceClient;
use xuanhao_proto::identity::v1::enrolment_service_client::EnrolmentServiceClient;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;
use xuanhao_proto::notification::v1::notification_service_client::NotificationServiceClient;
use xuanhao_proto::platepool::v1::pool_publication_service_client::PoolPublicationServiceClient;
use xuanhao_proto::selection::v1::appeal_service_client::AppealServiceClient;
use xuanhao_proto::selection::v1::outcome_service_client::OutcomeServiceClient;
use xuanhao_proto::selection::v1::policy_service_client::PolicyServiceClient;
use xuanhao_proto::selection::v1::selection_service_client::SelectionServiceClient;
use xuanhao_proto::vehicle::v1::binding_service_client::BindingServiceClient;
use xuanhao_proto::vehicle::v1::review_service_client::ReviewServiceClient;

use crate::config::Config;

pub(crate) use call::{Principal, SessionToken, once, repeatable};

/// An answer with a document in it. How large a document may be, identity says; this is beyond any.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A channel to each service asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Peers {
    identity: ClientChannel,
    platepool: ClientChannel,
    selection: ClientChannel,
    notification: ClientChannel,
    vehicle: ClientChannel,
}

impl Peers {
    /// Channels as configured; they connect when first used.
    ///
    /// # Errors
    /// When an endpoint is malformed.
    pub fn connect(boot: &Boot, config: &Config) -> Result<Self, BadEndpoint> {
        Ok(Self {
            identity: boot.connect(&config.identity, Caller::Identity)?,
            platepool: boot.connect(&config.platepool, Caller::Platepool)?,
            selection: boot.connect(&config.selection, Caller::Selection)?,
            notification: boot.connect(&config.notification, Caller::Notification)?,
            vehicle: boot.connect(&config.vehicle, Caller::Vehicle)?,
        })
    }

    #[cfg(test)]
    pub(crate) fn over(channel: &ClientChannel) -> Self {
        let everywhere = || channel.clone();
        Self {
            identity: everywhere(),
            platepool: everywhere(),
            selection: everywhere(),
            notification: everywhere(),
            vehicle: everywhere(),
        }
    }

    /// Accounts and sessions.
    pub fn identity(&self) -> IdentityServiceClient<ClientChannel> {
        IdentityServiceClient::new(self.identity.clone())
    }

    /// Picture codes and SMS codes.
    pub fn challenges(&self) -> ChallengeServiceClient<ClientChannel> {
        ChallengeServiceClient::new(self.identity.clone())
    }

    /// Papers and pictures of persons. An answer may be as large as a document.
    pub fn documents(&self) -> DocumentServiceClient<ClientChannel> {
        DocumentServiceClient::new(self.identity.clone()).max_decoding_message_size(LARGEST_ANSWER)
    }

    /// Where people are enrolled face to face.
    pub fn enrolment(&self) -> EnrolmentServiceClient<ClientChannel> {
        EnrolmentServiceClient::new(self.identity.clone())
    }

    /// What everybody may see of a pool.
    pub fn publication(&self) -> PoolPublicationServiceClient<ClientChannel> {
        PoolPublicationServiceClient::new(self.platepool.clone())
    }

    /// The citizen's road.
    pub fn selection(&self) -> SelectionServiceClient<ClientChannel> {
        SelectionServiceClient::new(self.selection.clone())
    }

    /// Notices of offices.
    pub fn policies(&self) -> PolicyServiceClient<ClientChannel> {
        PolicyServiceClient::new(self.selection.clone())
    }

    /// Appeals of citizens.
    pub fn appeals(&self) -> AppealServiceClient<ClientChannel> {
        AppealServiceClient::new(self.selection.clone())
    }

    /// What became of selections: for the national gateway alone, because selection lets the edge ask
    /// without a principal.
    pub(crate) fn outcomes(&self) -> OutcomeServiceClient<ClientChannel> {
        OutcomeServiceClient::new(self.selection.clone())
    }

    /// The citizen's messages.
    pub fn notification(&self) -> NotificationServiceClient<ClientChannel> {
        NotificationServiceClient::new(self.notification.clone())
    }

    /// Suspicions about vehicles, and the evidence against them.
    pub fn reviews(&self) -> ReviewServiceClient<ClientChannel> {
        ReviewServiceClient::new(self.vehicle.clone())
    }

    /// Vehicles and driving licences bound to accounts.
    pub fn bindings(&self) -> BindingServiceClient<ClientChannel> {
        BindingServiceClient::new(self.vehicle.clone())
    }
}
