//! Selection's policies and outcomes, as far as xuanctl sees them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::lookup_selection_request::By;
use xuanhao_proto::selection::v1::outcome_service_server::OutcomeService;
use xuanhao_proto::selection::v1::policy_service_server::PolicyService;

use crate::house::Log;

pub(crate) const APPLICATION: &str = "0199e5a0-0000-7000-8000-00000000000a";

#[derive(Clone)]
pub(crate) struct FakeSelection {
    log: Log,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    policies: BTreeMap<String, String>,
    notices: BTreeMap<String, pb::GetNoticeResponse>,
    version: i32,
}

impl FakeSelection {
    pub(crate) fn new(log: Log) -> Self {
        let state = Arc::default();
        Self { log, state }
    }
}

fn selection(state: &str) -> pb::Selection {
    pb::Selection {
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        vin: "LSGPC52U6AF102554".to_owned(),
        plate_class: 2,
        plate: "粤G12345".to_owned(),
        decided_at: Some(prost_types::Timestamp {
            seconds: 1_795_000_000,
            nanos: 500_000_000,
        }),
        deadline: "2026-11-26".to_owned(),
        voucher_number: "QLUD-AB5A-PMSN".to_owned(),
        state: state.to_owned(),
        ..Default::default()
    }
}

/// One that has come to the office so far.
fn arrived(acts: pb::OfficeActs) -> Option<pb::Selection> {
    Some(pb::Selection {
        office_acts: Some(acts),
        ..selection("arrived")
    })
}

#[tonic::async_trait]
impl PolicyService for FakeSelection {
    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        let request = self.log.note("GetPolicy", request);
        let state = self.state.lock().unwrap();
        let yaml = state.policies.get(&request.office);
        let yaml = yaml.ok_or_else(|| Refusal::new(Reason::OfficeUnknown))?;
        Ok(Response::new(pb::GetPolicyResponse {
            name: "two".to_owned(),
            version: state.version,
            yaml: yaml.clone(),
            applied_at: None,
        }))
    }

    async fn describe_policy(
        &self,
        request: Request<pb::DescribePolicyRequest>,
    ) -> Result<Response<pb::DescribePolicyResponse>, Status> {
        self.log.note("DescribePolicy", request);
        Ok(Response::new(pb::DescribePolicyResponse {
            name: "hebei-2016".to_owned(),
            version: 3,
            fields: vec![pb::PolicyField {
                path: "compose.hold_ttl_s".to_owned(),
                value: "60".to_owned(),
                unit: "s".to_owned(),
                range: "0, 10–600".to_owned(),
                mark: "frozen".to_owned(),
            }],
        }))
    }

    /// Two pages.
    async fn list_policy_versions(
        &self,
        request: Request<pb::ListPolicyVersionsRequest>,
    ) -> Result<Response<pb::ListPolicyVersionsResponse>, Status> {
        let request = self.log.note("ListPolicyVersions", request);
        let (version, next) = match request.page_token.as_str() {
            "" => (2, "more"),
            _ => (1, ""),
        };
        Ok(Response::new(pb::ListPolicyVersionsResponse {
            versions: vec![pb::PolicyVersion {
                version,
                name: "guangdong-2023".to_owned(),
                applied_at: None,
                applied_by: "op".to_owned(),
                reason: "rules of the season".to_owned(),
            }],
            next_page_token: next.to_owned(),
        }))
    }

    async fn list_notice_versions(
        &self,
        request: Request<pb::ListNoticeVersionsRequest>,
    ) -> Result<Response<pb::ListNoticeVersionsResponse>, Status> {
        self.log.note("ListNoticeVersions", request);
        Ok(Response::new(pb::ListNoticeVersionsResponse {
            versions: vec![pb::NoticeVersion {
                version: 1,
                title_zh: "业务须知".to_owned(),
                published_at: None,
                published_by: "op".to_owned(),
                reason: "first".to_owned(),
                agreements: 12,
            }],
            next_page_token: String::new(),
        }))
    }

    async fn apply_policy(
        &self,
        request: Request<pb::ApplyPolicyRequest>,
    ) -> Result<Response<pb::ApplyPolicyResponse>, Status> {
        let request = self.log.note("ApplyPolicy", request);
        if request.yaml.contains("wrong") {
            return Err(Refusal::new(Reason::PolicyInvalid)
                .param("field", "compose.quota")
                .on_field("yaml")
                .into());
        }
        let mut state = self.state.lock().unwrap();
        let changed = |office: &&String| state.policies.get(*office) != Some(&request.yaml);
        let differences = request.offices.iter().filter(changed);
        let differences = differences.map(|office| pb::PolicyDifference {
            office: office.clone(),
            field: "compose.quota".to_owned(),
            before: "20".to_owned(),
            after: "50".to_owned(),
        });
        let differences: Vec<_> = differences.collect();
        if !request.dry_run {
            state.version += 1;
            for office in &request.offices {
                state.policies.insert(office.clone(), request.yaml.clone());
            }
        }
        Ok(Response::new(pb::ApplyPolicyResponse {
            differences,
            version: if request.dry_run { 0 } else { state.version },
        }))
    }

    async fn get_notice(
        &self,
        request: Request<pb::GetNoticeRequest>,
    ) -> Result<Response<pb::GetNoticeResponse>, Status> {
        let request = self.log.note("GetNotice", request);
        let state = self.state.lock().unwrap();
        let notice = state.notices.get(&request.office);
        let notice = notice.ok_or_else(|| Refusal::not_found("notice"))?;
        Ok(Response::new(notice.clone()))
    }

    async fn publish_notice(
        &self,
        request: Request<pb::PublishNoticeRequest>,
    ) -> Result<Response<pb::PublishNoticeResponse>, Status> {
        let request = self.log.note("PublishNotice", request);
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        let version = state.version;
        for office in &request.offices {
            let notice = pb::GetNoticeResponse {
                version,
                title_zh: request.title_zh.clone(),
                body_zh: request.body_zh.clone(),
                title_en: request.title_en.clone(),
                body_en: request.body_en.clone(),
                published_at: None,
                warnings: Vec::new(),
            };
            state.notices.insert(office.clone(), notice);
        }
        Ok(Response::new(pb::PublishNoticeResponse { version }))
    }

    async fn apply_calendar(
        &self,
        request: Request<pb::ApplyCalendarRequest>,
    ) -> Result<Response<pb::ApplyCalendarResponse>, Status> {
        self.log.note("ApplyCalendar", request);
        Ok(Response::new(pb::ApplyCalendarResponse {}))
    }

    async fn list_calendars(
        &self,
        request: Request<pb::ListCalendarsRequest>,
    ) -> Result<Response<pb::ListCalendarsResponse>, Status> {
        self.log.note("ListCalendars", request);
        Ok(Response::new(pb::ListCalendarsResponse {
            years: vec![2025, 2026],
        }))
    }
}

#[tonic::async_trait]
impl OutcomeService for FakeSelection {
    async fn lookup_selection(
        &self,
        request: Request<pb::LookupSelectionRequest>,
    ) -> Result<Response<pb::LookupSelectionResponse>, Status> {
        let request = self.log.note("LookupSelection", request);
        if matches!(request.by, Some(By::VoucherNumber(_))) {
            return Err(Refusal::not_found("voucher").into());
        }
        let selection = Some(selection("confirmed"));
        Ok(Response::new(pb::LookupSelectionResponse { selection }))
    }

    async fn record_arrival(
        &self,
        request: Request<pb::RecordArrivalRequest>,
    ) -> Result<Response<pb::RecordArrivalResponse>, Status> {
        let request = self.log.note("RecordArrival", request);
        if request.arrived_on == "2027-01-01" {
            return Err(Refusal::invalid("arrived_on", "not_in_the_future").into());
        }
        let selection = arrived(pb::OfficeActs {
            arrived_on: "2026-11-24".to_owned(),
            ..Default::default()
        });
        Ok(Response::new(pb::RecordArrivalResponse { selection }))
    }

    async fn record_inspection(
        &self,
        request: Request<pb::RecordInspectionRequest>,
    ) -> Result<Response<pb::RecordInspectionResponse>, Status> {
        let request = self.log.note("RecordInspection", request);
        let selection = arrived(pb::OfficeActs {
            arrived_on: "2026-11-24".to_owned(),
            inspected_on: "2026-11-24".to_owned(),
            inspection_passed: Some(request.passed),
            ..Default::default()
        });
        Ok(Response::new(pb::RecordInspectionResponse { selection }))
    }

    async fn record_collection(
        &self,
        request: Request<pb::RecordCollectionRequest>,
    ) -> Result<Response<pb::RecordCollectionResponse>, Status> {
        self.log.note("RecordCollection", request);
        let selection = arrived(pb::OfficeActs {
            collected_on: "2026-11-25".to_owned(),
            ..Default::default()
        });
        Ok(Response::new(pb::RecordCollectionResponse { selection }))
    }

    /// Two pages.
    async fn list_selections(
        &self,
        request: Request<pb::ListSelectionsRequest>,
    ) -> Result<Response<pb::ListSelectionsResponse>, Status> {
        let request = self.log.note("ListSelections", request);
        let next = if request.page_token.is_empty() {
            "more"
        } else {
            ""
        };
        Ok(Response::new(pb::ListSelectionsResponse {
            selections: vec![selection("confirmed")],
            next_page_token: next.to_owned(),
        }))
    }

    async fn mark_registered(
        &self,
        request: Request<pb::MarkRegisteredRequest>,
    ) -> Result<Response<pb::MarkRegisteredResponse>, Status> {
        self.log.note("MarkRegistered", request);
        let selection = Some(selection("registered"));
        Ok(Response::new(pb::MarkRegisteredResponse { selection }))
    }

    async fn void_application(
        &self,
        request: Request<pb::VoidApplicationRequest>,
    ) -> Result<Response<pb::VoidApplicationResponse>, Status> {
        self.log.note("VoidApplication", request);
        Ok(Response::new(pb::VoidApplicationResponse {}))
    }

    async fn credit_chances(
        &self,
        request: Request<pb::CreditChancesRequest>,
    ) -> Result<Response<pb::CreditChancesResponse>, Status> {
        let request = self.log.note("CreditChances", request);
        Ok(Response::new(pb::CreditChancesResponse {
            counters: Some(pb::Counters {
                compose_left: request.compose,
                draws_left: request.draws,
            }),
        }))
    }

    async fn list_outcomes(
        &self,
        request: Request<pb::ListOutcomesRequest>,
    ) -> Result<Response<pb::ListOutcomesResponse>, Status> {
        let request = self.log.note("ListOutcomes", request);
        let outcome = |position: i64, selection: Option<pb::Selection>| pb::PositionedOutcome {
            position,
            r#type: "selection.v1.selection.voided".to_owned(),
            occurred_at: None,
            selection,
        };
        Ok(Response::new(pb::ListOutcomesResponse {
            outcomes: vec![
                outcome(request.after + 1, Some(selection("voided"))),
                outcome(request.after + 4, None),
            ],
            position: request.after + 5,
        }))
    }
}
