//! A peer that acts as notification: takes what identity hands over, or is away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tonic::{Request, Response, Status};
use xuanhao_proto::notification::v1 as pb;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;
use xuanhao_proto::notification::v1::notification_service_server::NotificationService;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Takes,
    IsAway,
}

/// Notification as identity sees it.
#[derive(Clone, Debug)]
pub(crate) struct FakeNotification(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    mood: Mood,
    messages: Vec<pb::EnqueueMessageRequest>,
    contact_points: HashMap<String, pb::SetContactPointRequest>,
}

impl FakeNotification {
    pub(crate) fn new() -> Self {
        let (messages, contact_points) = (Vec::new(), HashMap::new());
        Self(Arc::new(Mutex::new(State {
            mood: Mood::Takes,
            messages,
            contact_points,
        })))
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    pub(crate) fn messages(&self) -> Vec<pb::EnqueueMessageRequest> {
        self.0.lock().unwrap().messages.clone()
    }

    /// The code of a challenge, if it was handed over.
    pub(crate) fn code(&self, challenge_id: &str) -> Option<String> {
        let found = self
            .messages()
            .into_iter()
            .find(|message| message.request_id == challenge_id)?;
        found.secret_parameters.get("code").cloned()
    }

    pub(crate) fn sent_to(&self, mobile: &str) -> usize {
        let to = Some(Recipient::Mobile(format!("+86{mobile}")));
        self.messages()
            .iter()
            .filter(|message| message.recipient == to)
            .count()
    }

    pub(crate) fn contact_points(&self) -> Vec<pb::SetContactPointRequest> {
        self.0
            .lock()
            .unwrap()
            .contact_points
            .values()
            .cloned()
            .collect()
    }
}

fn away() -> Status {
    Status::unavailable("away")
}

#[tonic::async_trait]
impl NotificationService for FakeNotification {
    async fn enqueue_message(
        &self,
        request: Request<pb::EnqueueMessageRequest>,
    ) -> Result<Response<pb::EnqueueMessageResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        if state.mood == Mood::IsAway {
            return Err(away());
        }
        let request = request.into_inner();
        let message_id = request.request_id.clone();
        state.messages.push(request);
        Ok(Response::new(pb::EnqueueMessageResponse { message_id }))
    }

    async fn set_contact_point(
        &self,
        request: Request<pb::SetContactPointRequest>,
    ) -> Result<Response<pb::SetContactPointResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        if state.mood == Mood::IsAway {
            return Err(away());
        }
        let request = request.into_inner();
        state
            .contact_points
            .insert(request.request_id.clone(), request);
        Ok(Response::new(pb::SetContactPointResponse {}))
    }

    async fn get_message(
        &self,
        _request: Request<pb::GetMessageRequest>,
    ) -> Result<Response<pb::GetMessageResponse>, Status> {
        Err(Status::unimplemented("identity does not ask"))
    }

    async fn list_messages(
        &self,
        _request: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        Err(Status::unimplemented("identity does not ask"))
    }
}
