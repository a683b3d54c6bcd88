//! `PolicyService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::grpc::timestamp;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_proto::selection::v1::policy_service_server::PolicyService;

use super::read;
use crate::app::{App, ApplyCalendar, ApplyPolicy, PublishNotice};

/// Largest page of a list.
const LARGEST_PAGE: u16 = 100;
/// Page of a list that asks for none.
const USUAL_PAGE: u16 = 20;

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

    async fn describe_policy(
        &self,
        request: Request<wire::DescribePolicyRequest>,
    ) -> Result<Response<wire::DescribePolicyResponse>, Status> {
        let office = read::office(&request.get_ref().office)?;
        let (found, fields) = self.0.describe_policy(office).await?;
        let fields = fields.into_iter().map(|(field, value)| wire::PolicyField {
            path: field.path.to_owned(),
            value,
            unit: field.unit.to_owned(),
            range: field.range.to_string(),
            mark: field.mark.to_string(),
        });
        Ok(Response::new(wire::DescribePolicyResponse {
            fields: fields.collect(),
            name: found.policy.name,
            version: found.version,
        }))
    }

    async fn list_policy_versions(
        &self,
        request: Request<wire::ListPolicyVersionsRequest>,
    ) -> Result<Response<wire::ListPolicyVersionsResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.get_ref();
        let office = read::office(&message.office)?;
        let size = read::page_size(message.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let page = self
            .0
            .list_policy_versions(&staff, office, size, &message.page_token)
            .await?;
        let versions = page.items.into_iter().map(|applied| wire::PolicyVersion {
            version: applied.version,
            name: applied.name,
            applied_at: Some(timestamp(applied.applied_at)),
            applied_by: applied.applied_by.to_string(),
            reason: applied.reason,
        });
        Ok(Response::new(wire::ListPolicyVersionsResponse {
            versions: versions.collect(),
            next_page_token: page.next,
        }))
    }

    async fn get_notice(
        &self,
        request: Request<wire::GetNoticeRequest>,
    ) -> Result<Response<wire::GetNoticeResponse>, Status> {
        let office = read::office(&request.get_ref().office)?;
        let notice = self.0.get_notice(office).await?;
        let warnings = self.0.get_warnings(office).await?;
        let warnings = warnings.into_iter().map(|warning| wire::Warning {
            warning: warning.name.to_owned(),
            text_zh: warning.zh,
            text_en: warning.en,
        });
        Ok(Response::new(wire::GetNoticeResponse {
            version: notice.version,
            title_zh: notice.title_zh,
            body_zh: notice.body_zh,
            title_en: notice.title_en,
            body_en: notice.body_en,
            published_at: Some(timestamp(notice.published_at)),
            warnings: warnings.collect(),
        }))
    }

    async fn list_notice_versions(
        &self,
        request: Request<wire::ListNoticeVersionsRequest>,
    ) -> Result<Response<wire::ListNoticeVersionsResponse>, Status> {
        let staff = read::staff(&request)?;
        let message = request.get_ref();
        let office = read::office(&message.office)?;
        let size = read::page_size(message.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let page = self
            .0
            .list_notice_versions(&staff, office, size, &message.page_token)
            .await?;
        let versions = page.items.into_iter().map(|version| wire::NoticeVersion {
            version: version.version,
            title_zh: version.title_zh,
            published_at: Some(timestamp(version.published_at)),
            published_by: version.published_by.to_string(),
            reason: version.reason,
            agreements: version.agreements,
        });
        Ok(Response::new(wire::ListNoticeVersionsResponse {
            versions: versions.collect(),
            next_page_token: page.next,
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
