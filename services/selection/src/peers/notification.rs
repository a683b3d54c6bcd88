//! Messages to citizens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call, timestamp};
use xuanhao_chassis::ids::PersonId;
use xuanhao_proto::notification::v1 as wire;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_proto::notification::v1::notification_service_client::NotificationServiceClient;
use xuanhao_vocabulary::OfficeId;

use super::failure;
use crate::error::Error;

/// A message to a person.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// Repeats under the same id send nothing twice (P11).
    pub(crate) request_id: Uuid,
    pub(crate) person: PersonId,
    /// The person's language: `zh-CN` or `en`.
    pub(crate) locale: String,
    pub(crate) office: OfficeId,
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    /// No use in sending it later.
    pub(crate) expires_at: Timestamp,
}

/// The notification service.
#[derive(Debug, Clone)]
pub(crate) struct Notification(NotificationServiceClient<ClientChannel>);

impl Notification {
    pub(super) fn new(channel: ClientChannel) -> Self {
        Self(NotificationServiceClient::new(channel))
    }

    /// Hands a message over.
    pub(crate) async fn enqueue(&self, note: Note) -> Result<(), Error> {
        let message = wire::EnqueueMessageRequest {
            request_id: note.request_id.to_string(),
            province: note.office.province().to_string(),
            office: note.office.to_string(),
            template: note.template,
            locale: note.locale,
            recipient: Some(Recipient::PersonId(note.person.to_string())),
            parameters: note.parameters,
            secret_parameters: BTreeMap::new(),
            expires_at: Some(timestamp(note.expires_at)),
        };
        let enqueued = self
            .0
            .clone()
            .enqueue_message(call(message).idempotent())
            .await;
        enqueued.map(drop).map_err(failure)
    }
}
