//! Notification's templates and providers, as far as xuanctl sees them.

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1 as pb;
use xuanhao_proto::notification::v1::notification_service_server::NotificationService;

use crate::house::Log;

#[derive(Clone)]
pub(crate) struct FakeNotification {
    pub(crate) log: Log,
}

fn approval(provider: &str, state: i32) -> pb::TemplateApproval {
    pb::TemplateApproval {
        provider: provider.to_owned(),
        provider_template_id: "SMS_123456789".to_owned(),
        state,
        text_hash: "abcd".to_owned(),
        decided_at: None,
    }
}

#[tonic::async_trait]
impl NotificationService for FakeNotification {
    async fn enqueue_message(
        &self,
        _: Request<pb::EnqueueMessageRequest>,
    ) -> Result<Response<pb::EnqueueMessageResponse>, Status> {
        Err(Status::unimplemented("for services only"))
    }

    async fn set_contact_point(
        &self,
        _: Request<pb::SetContactPointRequest>,
    ) -> Result<Response<pb::SetContactPointResponse>, Status> {
        Err(Status::unimplemented("for services only"))
    }

    async fn get_message(
        &self,
        _: Request<pb::GetMessageRequest>,
    ) -> Result<Response<pb::GetMessageResponse>, Status> {
        Err(Status::unimplemented("for services only"))
    }

    async fn list_messages(
        &self,
        _: Request<pb::ListMessagesRequest>,
    ) -> Result<Response<pb::ListMessagesResponse>, Status> {
        Err(Status::unimplemented("for citizens only"))
    }

    async fn list_templates(
        &self,
        request: Request<pb::ListTemplatesRequest>,
    ) -> Result<Response<pb::ListTemplatesResponse>, Status> {
        self.log.note("ListTemplates", request);
        let state = pb::ApprovalState::Waiting.into();
        Ok(Response::new(pb::ListTemplatesResponse {
            templates: vec![pb::Template {
                template: "selection_confirmed".to_owned(),
                locale: "zh-CN".to_owned(),
                text: "您已选定{plate}。".to_owned(),
                approvals: vec![approval("aliyun", state)],
            }],
        }))
    }

    async fn set_template_approval(
        &self,
        request: Request<pb::SetTemplateApprovalRequest>,
    ) -> Result<Response<pb::SetTemplateApprovalResponse>, Status> {
        let request = self.log.note("SetTemplateApproval", request);
        if request.provider == "pigeon" {
            return Err(Refusal::new(Reason::ProviderUnknown).into());
        }
        Ok(Response::new(pb::SetTemplateApprovalResponse {
            approval: Some(approval(&request.provider, request.state)),
        }))
    }

    async fn list_providers(
        &self,
        request: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        self.log.note("ListProviders", request);
        let provider = |provider: &str, rank, sending, trouble: &str| pb::Provider {
            provider: provider.to_owned(),
            rank,
            sending,
            trouble: trouble.to_owned(),
            troubled_since: None,
        };
        Ok(Response::new(pb::ListProvidersResponse {
            providers: vec![
                provider("aliyun", 1, false, "slow"),
                provider("tencent", 2, true, ""),
            ],
        }))
    }
}
