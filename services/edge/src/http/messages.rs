//! The citizen's messages.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::notification::v1 as pb;

use super::Edge;
use super::extract::{Citizen, QueryOf};
use super::page::Page;
use super::wire::{instant, optional_instant, text};
use crate::error::Error;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list_messages))
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
struct Messages {
    messages: Vec<Message>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MessageStatus {
    /// Waiting to be sent.
    Queued,
    /// On its way.
    Sent,
    /// Reported as delivered.
    Delivered,
    /// Given up.
    Failed,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
struct Message {
    #[schema(format = "uuid")]
    message_id: String,
    /// What kind of message it is.
    #[schema(example = "selection_confirmed")]
    template: String,
    status: MessageStatus,
    /// As sent.
    text: String,
    #[schema(format = DateTime)]
    enqueued_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    /// A stable word for why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl TryFrom<pb::Message> for Message {
    type Error = Error;

    fn try_from(told: pb::Message) -> Result<Self, Error> {
        let status = match told.status() {
            pb::MessageStatus::Unspecified => return Err(Error::peer_answer("status")),
            pb::MessageStatus::Queued => MessageStatus::Queued,
            pb::MessageStatus::Sent => MessageStatus::Sent,
            pb::MessageStatus::Delivered => MessageStatus::Delivered,
            pb::MessageStatus::Failed => MessageStatus::Failed,
        };
        Ok(Self {
            status,
            message_id: told.message_id,
            template: told.template,
            text: told.text,
            enqueued_at: instant(told.enqueued_at, "enqueued_at")?,
            finished_at: optional_instant(told.finished_at, "finished_at")?,
            failure: text(told.failure),
        })
    }
}

/// List one's messages
///
/// Newest first; messages that held a code are left out.
#[utoipa::path(
    get,
    path = "/api/v1/messages",
    operation_id = "listMessages",
    tag = "messages",
    params(Page),
    responses((status = 200, description = "A page of messages.", body = Messages)),
    security(("session" = []))
)]
async fn list_messages(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    QueryOf(page): QueryOf<Page>,
) -> Result<axum::Json<Messages>, Error> {
    let asked = citizen.repeatable(pb::ListMessagesRequest {
        page_size: page.size()?,
        page_token: page.token(),
    });
    let told = edge.peers().notification().list_messages(asked).await?;
    let told = told.into_inner();
    let messages = told.messages.into_iter().map(Message::try_from);
    Ok(axum::Json(Messages {
        messages: messages.collect::<Result<_, Error>>()?,
        next_page_token: text(told.next_page_token),
    }))
}
