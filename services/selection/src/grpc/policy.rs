//! `PolicyService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_proto::selection::v1::policy_service_server::PolicyService;

use super::read;
use crate::app::{App, ApplyCalendar, ApplyPolicy, PublishNotice};

/// Policies, notices and calendars.
#[derive(Debug, Clone)]
pub struct Policies(pub Arc<App>);

#[tonic::async_trait]
impl PolicyService for Policies {
    async fn get_policy(
        &self,
        request: Request<wire::GetPolicyRequest>,
    ) -> Result<Response<wire::GetPolicyResponse>, Status> {
        let office = read::office(&request.get_ref().office)?;
        let found = self.0.get_policy(office).await?;
        Ok(Response::new(wire::GetPolicyResponse {
            name: found.policy.name,
            version: found.version,
            yaml: found.yaml,
            applied_at: Some(timestamp(found.applied_at)),
        }))
    }

    async fn apply_policy(
        &self,
        request: Request<wire::ApplyPolicyRequest>,
    ) -> Result<Response<wire::ApplyPolicyResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = ApplyPolicy {
            offices: read::offices(&message.offices)?,
            yaml: message.yaml,
            reason: message.reason,
            dry_run: message.dry_run,
        };
        let applied = self.0.apply_policy(&staff, &act, &wish).await?;
        let differences = applied
            .differences
            .into_iter()
            .map(|found| wire::PolicyDifference {
                office: found.office.to_string(),
                field: found.difference.field.to_owned(),
                before: found.difference.before,
                after: found.difference.after,
            });
        Ok(Response::new(wire::ApplyPolicyResponse {
            differences: differences.collect(),
            version: applied.version,
        }))
    }

    async fn get_notice(
        &self,
        request: Request<wire::GetNoticeRequest>,
    ) -> Result<Response<wire::GetNoticeResponse>, Status> {
        let office = read::office(&request.get_ref().office)?;
        let notice = self.0.get_notice(office).await?;
        Ok(Response::new(wire::GetNoticeResponse {
            version: notice.version,
            title_zh: notice.title_zh,
            body_zh: notice.body_zh,
            title_en: notice.title_en,
            body_en: notice.body_en,
            published_at: Some(timestamp(notice.published_at)),
        }))
    }

    async fn publish_notice(
        &self,
        request: Request<wire::PublishNoticeRequest>,
    ) -> Result<Response<wire::PublishNoticeResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let wish = PublishNotice {
            offices: read::offices(&message.offices)?,
            title_zh: message.title_zh,
            body_zh: message.body_zh,
            title_en: message.title_en,
            body_en: message.body_en,
            reason: message.reason,
        };
        let version = self.0.publish_notice(&staff, &act, &wish).await?;
        Ok(Response::new(wire::PublishNoticeResponse { version }))
    }

    async fn apply_calendar(
        &self,
        request: Request<wire::ApplyCalendarRequest>,
    ) -> Result<Response<wire::ApplyCalendarResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let dates = |field: &str, texts: &[String]| {
            texts
                .iter()
                .map(|text| read::date(field, text))
                .collect::<Result<Vec<_>, _>>()
        };
        let wish = ApplyCalendar {
            year: message.year,
            holidays: dates("holidays", &message.holidays)?,
            make_up_days: dates("make_up_days", &message.make_up_days)?,
            reason: message.reason,
        };
        self.0.apply_calendar(&staff, &act, &wish).await?;
        Ok(Response::new(wire::ApplyCalendarResponse {}))
    }

    async fn list_calendars(
        &self,
        request: Request<wire::ListCalendarsRequest>,
    ) -> Result<Response<wire::ListCalendarsResponse>, Status> {
        let staff = read::staff(&request)?;
        let years = self.0.list_calendars(&staff).await?;
        Ok(Response::new(wire::ListCalendarsResponse { years }))
    }
}
