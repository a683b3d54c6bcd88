//! Messages to citizens.

use jiff::Timestamp;
use jiff::civil::Date;
use xuanhao_chassis::grpc::{CallExt, ClientChannel, call, timestamp};
use xuanhao_chassis::ids::{EventId, PersonId};
use xuanhao_proto::notification::v1 as wire;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_proto::notification::v1::notification_service_client::NotificationServiceClient;
use xuanhao_vocabulary::{OfficeId, PlateNumber};

use super::failure;
use crate::error::Error;

/// The template of the result's message (R-DONE-03).
const TEMPLATE: &str = "selection_confirmed";

/// What the message says.
#[derive(Debug, Clone)]
pub(crate) struct Confirmation {
    /// The fact; also the request id, so that repeats send nothing twice (P11).
    pub(crate) event: EventId,
    pub(crate) person: PersonId,
    pub(crate) office: OfficeId,
    pub(crate) office_name: String,
    pub(crate) plate: PlateNumber,
    pub(crate) deadline: Date,
    pub(crate) voucher_number: String,
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

    /// Hands the result's message over.
    pub(crate) async fn enqueue(&self, confirmation: Confirmation) -> Result<(), Error> {
        let parameters = [
            ("plate", confirmation.plate.to_string()),
            ("office", confirmation.office_name),
            ("deadline", confirmation.deadline.to_string()),
            ("voucher", confirmation.voucher_number),
        ];
        let message = wire::EnqueueMessageRequest {
            request_id: confirmation.event.to_string(),
            province: confirmation.office.province().to_string(),
            office: confirmation.office.to_string(),
            template: TEMPLATE.to_owned(),
            locale: "zh-CN".to_owned(),
            recipient: Some(Recipient::PersonId(confirmation.person.to_string())),
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            secret_parameters: std::collections::BTreeMap::new(),
            expires_at: Some(timestamp(confirmation.expires_at)),
        };
        let enqueued = self
            .0
            .clone()
            .enqueue_message(call(message).idempotent())
            .await;
        enqueued.map(drop).map_err(failure)
    }
}
