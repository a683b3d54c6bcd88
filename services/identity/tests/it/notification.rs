//! A peer that acts as notification: takes what identity hands over, or is away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
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
    /// The order in which contact points were set.
    told: Vec<pb::SetContactPointRequest>,
    /// The next contact point is taken only when this is notified.
    gate: Option<Arc<Notify>>,
}

impl FakeNotification {
    pub(crate) fn new() -> Self {
        let (messages, contact_points) = (Vec::new(), HashMap::new());
        Self(Arc::new(Mutex::new(State {
            mood: Mood::Takes,
            messages,
            contact_points,
            told: Vec::new(),
            gate: None,
        })))
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    /// Has the next contact point wait until the gate is notified.
    pub(crate) fn shut(&self) -> Arc<Notify> {
        let gate = Arc::new(Notify::new());
        self.0.lock().unwrap().gate = Some(Arc::clone(&gate));
        gate
    }

    /// Whether somebody waits at the gate.
    pub(crate) fn is_waited_at(&self) -> bool {
        self.0.lock().unwrap().gate.is_none()
    }

    /// Where messages go now: as the last call said.
    pub(crate) fn last_told(&self) -> pb::SetContactPointRequest {
        self.0.lock().unwrap().told.last().cloned().unwrap()
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

    /// Messages of a template, oldest first.
    pub(crate) fn of_template(&self, template: &str) -> Vec<pb::EnqueueMessageRequest> {
        let mut messages = self.messages();
        messages.retain(|message| message.template == template);
        messages
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
        if let Some(Recipient::PersonId(person)) = &request.recipient
            && !state
                .contact_points
                .values()
                .any(|point| point.person_id == *person)
        {
            return Err(Refusal::new(Reason::ContactPointUnknown).into());
        }
        // As notification does it: the same request is the same message.
        if !state
            .messages
            .iter()
            .any(|message| message.request_id == message_id)
        {
            state.messages.push(request);
        }
        Ok(Response::new(pb::EnqueueMessageResponse { message_id }))
    }

    async fn set_contact_point(
        &self,
        request: Request<pb::SetContactPointRequest>,
    ) -> Result<Response<pb::SetContactPointResponse>, Status> {
        let gate = self.0.lock().unwrap().gate.take();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        let mut state = self.0.lock().unwrap();
        if state.mood == Mood::IsAway {
            return Err(away());
        }
        let request = request.into_inner();
        if !state.contact_points.contains_key(&request.request_id) {
            state.told.push(request.clone());
        }
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

    async fn list_templates(
        &self,
        _request: Request<pb::ListTemplatesRequest>,
    ) -> Result<Response<pb::ListTemplatesResponse>, Status> {
        Err(Status::unimplemented("identity does not ask"))
    }

    async fn set_template_approval(
        &self,
        _request: Request<pb::SetTemplateApprovalRequest>,
    ) -> Result<Response<pb::SetTemplateApprovalResponse>, Status> {
        Err(Status::unimplemented("identity does not ask"))
    }

    async fn list_providers(
        &self,
        _request: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        Err(Status::unimplemented("identity does not ask"))
    }
}
