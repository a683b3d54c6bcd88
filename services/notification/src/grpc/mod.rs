//! The door: reads requests, calls the use cases, writes answers. The only place that turns errors
//! into statuses.

mod operators;

use std::sync::Arc;

use jiff::Timestamp;
use tonic::{Request, Response, Status};
use xuanhao_chassis::error::{self, Refusal};
use xuanhao_chassis::grpc::read::{id, instant, page_size, request_id};
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::sealed;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient as WireRecipient;
use xuanhao_proto::notification::v1::notification_service_server::NotificationService;
use xuanhao_vocabulary::{Mobile, OfficeId, ProvinceId};
use zeroize::Zeroizing;

use crate::app::{App, Enqueue, Page, Recipient, SetContactPoint, View};
use crate::domain::message::Status as MessageStatus;
use crate::domain::template::Language;
use crate::error::Error;
use crate::provider::Wiped;

/// Messages and contact points.
#[derive(Clone, Debug)]
pub struct Messages(pub Arc<App>);

const USUAL_PAGE: u16 = 20;
const LARGEST_PAGE: u16 = 100;

#[tonic::async_trait]
impl NotificationService for Messages {
    async fn enqueue_message(
        &self,
        request: Request<pb::EnqueueMessageRequest>,
    ) -> Result<Response<pb::EnqueueMessageResponse>, Status> {
        let caller = CallContext::of(&request).caller().as_str();
        let request = request.into_inner();
        let recognised = self.recognised(&request);
        let command = Enqueue {
            caller,
            request_id: request_id(&request.request_id)?,
            province: ProvinceId::parse(&request.province)
                .map_err(|_| Refusal::invalid("province", "unknown_value"))?,
            office: office(&request.office)?,
            template: request.template,
            language: language(&request.locale)?,
            recipient: match request.recipient {
                None => return Err(Refusal::required("recipient").into()),
                Some(WireRecipient::PersonId(person)) => {
                    Recipient::Person(id("person_id", &person)?)
                }
                Some(WireRecipient::Mobile(number)) => Recipient::Stranger(mobile(&number)?),
            },
            parameters: request.parameters,
            secrets: Zeroizing::new(Wiped(request.secret_parameters)),
            expires_at: instant("expires_at", request.expires_at)?,
        };
        Ok(Response::new(self.0.enqueue(command, &recognised).await?))
    }

    async fn set_contact_point(
        &self,
        request: Request<pb::SetContactPointRequest>,
    ) -> Result<Response<pb::SetContactPointResponse>, Status> {
        let caller = CallContext::of(&request).caller().as_str();
        let request = request.into_inner();
        let recognised = pb::SetContactPointRequest {
            mobile: self.0.fingerprint(&request.mobile),
            ..request.clone()
        };
        let command = SetContactPoint {
            caller,
            request_id: request_id(&request.request_id)?,
            person_id: id("person_id", &request.person_id)?,
            account_id: id("account_id", &request.account_id)?,
            mobile: mobile(&request.mobile)?,
            language: language(&request.locale)?,
        };
        Ok(Response::new(
            self.0.set_contact_point(command, &recognised).await?,
        ))
    }

    async fn get_message(
        &self,
        request: Request<pb::GetMessageRequest>,
    ) -> Result<Response<pb::GetMessageResponse>, Status> {
        let message_id = id("message_id", &request.get_ref().message_id)?;
        let view = self.0.message(message_id).await?;
        Ok(Response::new(pb::GetMessageResponse {
            message: Some(wire(view)),
        }))
    }

    async fn list_messages(
        &self,
        request: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        let context = CallContext::of(&request);
        let account = context.require_principal()?.account();
        let account = account.ok_or_else(|| Refusal::new(Reason::PermissionDenied))?;
        let request = request.into_inner();
        let page = page(&request.page_token)?;
        let size = page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let (messages, next) = self.0.inbox(account, page, size.into()).await?;
        Ok(Response::new(pb::ListMessagesResponse {
            messages: messages.into_iter().map(wire).collect(),
            next_page_token: next.map(token).unwrap_or_default(),
        }))
    }

    async fn list_templates(
        &self,
        _: Request<pb::ListTemplatesRequest>,
    ) -> Result<Response<pb::ListTemplatesResponse>, Status> {
        let templates = self.0.templates().await?;
        Ok(Response::new(pb::ListTemplatesResponse {
            templates: templates.into_iter().map(operators::template).collect(),
        }))
    }

    async fn set_template_approval(
        &self,
        request: Request<pb::SetTemplateApprovalRequest>,
    ) -> Result<Response<pb::SetTemplateApprovalResponse>, Status> {
        let context = CallContext::of(&request);
        let command = operators::approve(context.require_principal()?, request.get_ref())?;
        let told = self.0.approve(command, request.get_ref()).await?;
        Ok(Response::new(pb::SetTemplateApprovalResponse {
            approval: Some(operators::approval(told)),
        }))
    }

    async fn list_providers(
        &self,
        _: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        Ok(Response::new(pb::ListProvidersResponse {
            providers: operators::providers(self.0.standings()),
        }))
    }
}

impl Messages {
    /// What the request is recognised by: its secrets stand in it as keyed hashes.
    fn recognised(&self, request: &pb::EnqueueMessageRequest) -> pb::EnqueueMessageRequest {
        let mut recognised = request.clone();
        if let Some(WireRecipient::Mobile(mobile)) = &mut recognised.recipient {
            *mobile = self.0.fingerprint(mobile);
        }
        for value in recognised.secret_parameters.values_mut() {
            *value = self.0.fingerprint(value);
        }
        recognised
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Db(source) | Error::Sealed(sealed::Error::Db(source))
                if source.is_transient() =>
            {
                error::unavailable(source)
            }
            other => error::fault(other),
        }
    }
}

fn wire(view: View) -> pb::Message {
    let status = match view.status {
        MessageStatus::Queued => pb::MessageStatus::Queued,
        MessageStatus::Sent => pb::MessageStatus::Sent,
        MessageStatus::Delivered => pb::MessageStatus::Delivered,
        MessageStatus::Failed => pb::MessageStatus::Failed,
    };
    pb::Message {
        message_id: view.message_id.to_string(),
        template: view.template,
        status: status.into(),
        text: view.text,
        enqueued_at: Some(timestamp(view.enqueued_at)),
        finished_at: view.finished_at.map(timestamp),
        provider: view.provider,
        failure: view.failure,
    }
}

fn office(text: &str) -> Result<Option<OfficeId>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    OfficeId::parse(text)
        .map(Some)
        .map_err(|_| Refusal::invalid("office", "unknown_value"))
}

fn mobile(text: &str) -> Result<Mobile, Refusal> {
    Mobile::parse(text).map_err(|_| Refusal::new(Reason::MobileInvalid).on_field("mobile"))
}

fn language(tag: &str) -> Result<Language, Refusal> {
    Language::from_tag(tag).ok_or_else(|| Refusal::invalid("locale", "unknown_value"))
}

fn token(page: Page) -> String {
    format!("{}.{}", page.enqueued_at.as_microsecond(), page.message_id)
}

fn page(token: &str) -> Result<Page, Refusal> {
    if token.is_empty() {
        return Ok(Page::first());
    }
    let read = || {
        let (at, message_id) = token.split_once('.')?;
        let enqueued_at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some(Page {
            enqueued_at,
            message_id: message_id.parse().ok()?,
        })
    };
    read().ok_or_else(|| Refusal::new(Reason::PageTokenInvalid).on_field("page_token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_tokens_are_read_back() {
        let message_id = "0198a3f0-0000-7000-8000-000000000001".parse().unwrap();
        let place = Page {
            enqueued_at: "2026-11-22T01:02:03.000004Z".parse().unwrap(),
            message_id,
        };
        assert_eq!(page(&token(place)).unwrap(), place);
        for forged in [
            "1",
            "x.y",
            "1.2",
            "99999999999999999999.0198a3f0-0000-7000-8000-000000000001",
        ] {
            assert_eq!(
                page(forged).unwrap_err().reason(),
                Reason::PageTokenInvalid,
                "{forged}"
            );
        }
    }
}
