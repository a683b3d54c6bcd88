//! Selection's counter and appeals, as far as xuanctl sees them.

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::appeal_service_server::AppealService;
use xuanhao_proto::selection::v1::counter_service_server::CounterService;
use xuanhao_proto::selection::v1::selecting_outcome::Result as Told;

use crate::fake_selection::APPLICATION;
use crate::house::Log;

pub(crate) const APPEAL: &str = "0199e5a0-0000-7000-8000-000000000031";

#[derive(Clone)]
pub(crate) struct FakeCounter {
    pub(crate) log: Log,
}

fn application(state: pb::ApplicationState) -> Option<pb::Application> {
    Some(pb::Application {
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        state: state.into(),
        vin: "LSGPC52U6AF102554".to_owned(),
        plate_class: 2,
        verification: pb::Verification::Verified.into(),
        ..Default::default()
    })
}

fn chances() -> Option<pb::CounterChances> {
    Some(pb::CounterChances {
        wishes_left: 5,
        draws_left: 1,
        draw_count: 50,
    })
}

fn outcome(result: Told) -> Option<pb::SelectingOutcome> {
    Some(pb::SelectingOutcome {
        result: Some(result),
    })
}

fn result() -> pb::Result {
    pb::Result {
        plate: "粤G12345".to_owned(),
        decided_at: None,
        deadline: "2026-11-27".to_owned(),
        voucher_number: "QLUD-AB5A-PMSN".to_owned(),
    }
}

#[tonic::async_trait]
impl CounterService for FakeCounter {
    async fn open_at_counter(
        &self,
        request: Request<pb::OpenAtCounterRequest>,
    ) -> Result<Response<pb::OpenAtCounterResponse>, Status> {
        self.log.note("OpenAtCounter", request);
        Ok(Response::new(pb::OpenAtCounterResponse {
            application: application(pb::ApplicationState::Selecting),
            chances: chances(),
        }))
    }

    async fn draw_at_counter(
        &self,
        request: Request<pb::DrawAtCounterRequest>,
    ) -> Result<Response<pb::DrawAtCounterResponse>, Status> {
        self.log.note("DrawAtCounter", request);
        let holding = pb::Holding {
            column: vec!["粤G12345".to_owned(), "粤G54321".to_owned()],
            ..Default::default()
        };
        let mut own = application(pb::ApplicationState::Selecting).unwrap();
        own.holding = Some(holding.clone());
        Ok(Response::new(pb::DrawAtCounterResponse {
            outcome: outcome(Told::Held(holding)),
            application: Some(own),
            chances: chances(),
        }))
    }

    async fn compose_at_counter(
        &self,
        request: Request<pb::ComposeAtCounterRequest>,
    ) -> Result<Response<pb::ComposeAtCounterResponse>, Status> {
        let request = self.log.note("ComposeAtCounter", request);
        let wishes = request.wishes;
        Ok(Response::new(pb::ComposeAtCounterResponse {
            outcome: outcome(Told::AllMissed(pb::AllMissed { wishes })),
            application: application(pb::ApplicationState::Selecting),
            chances: chances(),
        }))
    }

    async fn confirm_at_counter(
        &self,
        request: Request<pb::ConfirmAtCounterRequest>,
    ) -> Result<Response<pb::ConfirmAtCounterResponse>, Status> {
        self.log.note("ConfirmAtCounter", request);
        let mut own = application(pb::ApplicationState::Confirmed).unwrap();
        own.result = Some(result());
        Ok(Response::new(pb::ConfirmAtCounterResponse {
            outcome: outcome(Told::Allocated(result())),
            application: Some(own),
        }))
    }

    async fn get_at_counter(
        &self,
        request: Request<pb::GetAtCounterRequest>,
    ) -> Result<Response<pb::GetAtCounterResponse>, Status> {
        let request = self.log.note("GetAtCounter", request);
        if request.application_id != APPLICATION {
            return Err(Refusal::new(Reason::CounterNotOffered).into());
        }
        Ok(Response::new(pb::GetAtCounterResponse {
            application: application(pb::ApplicationState::Exhausted),
            chances: chances(),
            now: None,
        }))
    }
}

fn appeal(state: pb::AppealState) -> pb::Appeal {
    pb::Appeal {
        appeal_id: APPEAL.to_owned(),
        application_id: APPLICATION.to_owned(),
        office: "gd-zhanjiang".to_owned(),
        state: state.into(),
        statement: "我已在期限内办理。".to_owned(),
        due_on: "2026-12-04".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl AppealService for FakeCounter {
    async fn file_appeal(
        &self,
        _: Request<pb::FileAppealRequest>,
    ) -> Result<Response<pb::FileAppealResponse>, Status> {
        Err(Status::unimplemented("for citizens only"))
    }

    async fn get_appeal(
        &self,
        _: Request<pb::GetAppealRequest>,
    ) -> Result<Response<pb::GetAppealResponse>, Status> {
        Err(Status::unimplemented("for citizens only"))
    }

    /// One was upheld, on the second page; none waits.
    async fn list_appeals(
        &self,
        request: Request<pb::ListAppealsRequest>,
    ) -> Result<Response<pb::ListAppealsResponse>, Status> {
        let request = self.log.note("ListAppeals", request);
        let upheld = request.state() == pb::AppealState::Upheld;
        let first = request.page_token.is_empty();
        let appeals = match (upheld, first) {
            (true, false) => vec![appeal(pb::AppealState::Upheld)],
            _ => Vec::new(),
        };
        let next = if upheld && first { "more" } else { "" };
        Ok(Response::new(pb::ListAppealsResponse {
            appeals,
            next_page_token: next.to_owned(),
        }))
    }

    async fn decide_appeal(
        &self,
        request: Request<pb::DecideAppealRequest>,
    ) -> Result<Response<pb::DecideAppealResponse>, Status> {
        let request = self.log.note("DecideAppeal", request);
        let state = if request.uphold {
            pb::AppealState::Upheld
        } else {
            return Err(Refusal::new(Reason::ApproverIsActor).into());
        };
        Ok(Response::new(pb::DecideAppealResponse {
            appeal: Some(appeal(state)),
        }))
    }
}
