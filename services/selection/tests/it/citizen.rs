//! A citizen at the door.

use jiff::SignedDuration;
use serde_json::json;
use tonic::Status;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::principal::Kind;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::selecting_outcome::Result as Became;
use xuanhao_proto::vehicle::v1 as vehicle;

use crate::house::{House, OFFICE, uuid};

pub(crate) struct Citizen<'a> {
    pub(crate) house: &'a House,
    pub(crate) number: u128,
    pub(crate) application: String,
    pub(crate) vin: String,
    /// The web session he calls from.
    pub(crate) session: u128,
    pub(crate) level: &'static str,
    /// Given where policy asks for it.
    pub(crate) address: String,
    pub(crate) paper: bool,
}

macro_rules! ask {
    ($self:ident, $method:ident, $request:expr) => {
        $self
            .house
            .citizens()
            .$method(call($request).principal(&$self.token()))
            .await
            .map(tonic::Response::into_inner)
    };
}

impl House {
    /// Who has just signed in.
    pub(crate) fn visitor(&self, number: u128) -> Citizen<'_> {
        Citizen {
            house: self,
            number,
            application: String::new(),
            vin: self.new_vin(),
            session: 1,
            level: "online",
            address: String::new(),
            paper: false,
        }
    }

    /// Whose application is open.
    pub(crate) async fn opened(&self, number: u128) -> Citizen<'_> {
        let mut citizen = self.visitor(number);
        citizen.open().await.unwrap();
        citizen
    }

    /// Whose information is locked.
    pub(crate) async fn locked(&self, number: u128) -> Citizen<'_> {
        let citizen = self.opened(number).await;
        citizen.submit(&citizen.vin.clone()).await.unwrap();
        citizen.confirm_info().await.unwrap();
        citizen
    }

    /// Who may draw and compose.
    pub(crate) async fn selecting(&self, number: u128) -> Citizen<'_> {
        let citizen = self.locked(number).await;
        citizen.start().await.unwrap();
        self.wait(10);
        citizen
    }

    /// Who has a number.
    pub(crate) async fn confirmed(&self, number: u128) -> (Citizen<'_>, pb::Result) {
        let citizen = self.selecting(number).await;
        let plate = citizen.draw().await.unwrap().column[0].clone();
        citizen.keep(&plate).await.unwrap();
        let result = citizen.confirm(&plate).await.unwrap();
        (citizen, result)
    }
}

pub(crate) fn draw_request(application: &str) -> pb::DrawRequest {
    pb::DrawRequest {
        request_id: uuid(),
        application_id: application.to_owned(),
        exclude_four: false,
        captcha_id: String::new(),
        captcha_answer: String::new(),
    }
}

impl Citizen<'_> {
    pub(crate) fn account(&self) -> String {
        uuid::Uuid::from_u128(self.number).to_string()
    }

    pub(crate) fn token(&self) -> String {
        let (kind, roles) = (Kind::Person, &[]);
        self.house.principal_in(
            self.session,
            self.level,
            kind,
            self.number,
            roles,
            "gd",
            &[],
        )
    }

    /// A proof whose code was asked for so many seconds ago.
    pub(crate) fn proof(&self, purpose: &str, asked_before_s: i64) -> String {
        let now = self.house.clock.now();
        let claims = json!({
            "jti": uuid(),
            "purpose": purpose,
            "account": self.account(),
            "mobile": "ab",
            "subject": self.application,
            "iat": now.as_second(),
            "exp": (now + SignedDuration::from_secs(300)).as_second(),
            "asked_at": now.as_second() - asked_before_s,
        });
        self.house.key.sign("xuanhao-proof+jwt", &claims).unwrap()
    }

    pub(crate) async fn enter(&self) -> Result<pb::EnterOfficeResponse, Status> {
        ask!(
            self,
            enter_office,
            pb::EnterOfficeRequest {
                office: OFFICE.to_owned()
            }
        )
    }

    pub(crate) async fn open(&mut self) -> Result<pb::Application, Status> {
        let notice = pb::GetNoticeRequest {
            office: OFFICE.to_owned(),
        };
        let notice = self.house.policies().get_notice(notice).await?.into_inner();
        let opened = self.open_with(notice.version).await?;
        self.application.clone_from(&opened.application_id);
        Ok(opened)
    }

    pub(crate) async fn open_with(&self, notice_version: i32) -> Result<pb::Application, Status> {
        let request = pb::OpenApplicationRequest {
            request_id: uuid(),
            office: OFFICE.to_owned(),
            notice_version,
        };
        ask!(self, open_application, request).map(|answer| answer.application.unwrap())
    }

    pub(crate) fn info(&self, vin: &str) -> pb::SubmitInfoRequest {
        use vehicle::purchase_proof::Kind::{ElectronicInvoice, PaperInvoice};
        let kind = Some(if self.paper {
            PaperInvoice(vehicle::PaperInvoice {
                code: "144002321660".to_owned(),
                number: "00123456".to_owned(),
            })
        } else {
            ElectronicInvoice("25442000000012345678".to_owned())
        });
        pb::SubmitInfoRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
            vin: vin.to_owned(),
            purchase_proof: Some(vehicle::PurchaseProof { kind }),
            import_confirmed: false,
            import_certificate_number: String::new(),
            address: self.address.clone(),
        }
    }

    pub(crate) async fn submit(&self, vin: &str) -> Result<pb::Application, Status> {
        ask!(self, submit_info, self.info(vin)).map(|answer| answer.application.unwrap())
    }

    pub(crate) async fn confirm_info(&self) -> Result<pb::Application, Status> {
        self.confirm_info_with(&uuid(), &self.proof("confirm_info", 20))
            .await
    }

    pub(crate) async fn confirm_info_with(
        &self,
        request_id: &str,
        proof: &str,
    ) -> Result<pb::Application, Status> {
        let request = pb::ConfirmInfoRequest {
            request_id: request_id.to_owned(),
            application_id: self.application.clone(),
            challenge_proof: proof.to_owned(),
        };
        ask!(self, confirm_info, request).map(|answer| answer.application.unwrap())
    }

    pub(crate) async fn start(&self) -> Result<pb::Application, Status> {
        self.start_with(&self.proof("start_selecting", 20)).await
    }

    pub(crate) async fn start_with(&self, proof: &str) -> Result<pb::Application, Status> {
        self.start_saying(proof, false).await
    }

    /// Says, besides, whether more time is needed.
    pub(crate) async fn start_saying(
        &self,
        proof: &str,
        more_time: bool,
    ) -> Result<pb::Application, Status> {
        let request = pb::StartSelectingRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
            challenge_proof: proof.to_owned(),
            more_time,
        };
        ask!(self, start_selecting, request).map(|answer| answer.application.unwrap())
    }

    pub(crate) async fn draw_with(
        &self,
        request: pb::DrawRequest,
    ) -> Result<pb::DrawResponse, Status> {
        ask!(self, draw, request)
    }

    pub(crate) async fn draw(&self) -> Result<pb::Holding, Status> {
        let answer = self.draw_with(draw_request(&self.application)).await?;
        match answer.outcome.unwrap().result.unwrap() {
            Became::Held(holding) => Ok(holding),
            other => panic!("a draw came to {other:?}"),
        }
    }

    pub(crate) async fn keep(&self, plate: &str) -> Result<pb::Holding, Status> {
        let request = pb::KeepRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
            plate: plate.to_owned(),
        };
        match ask!(self, keep, request)?.outcome.unwrap().result.unwrap() {
            Became::Held(holding) => Ok(holding),
            other => panic!("keeping came to {other:?}"),
        }
    }

    pub(crate) async fn compose_with(
        &self,
        request_id: &str,
        wishes: &[&str],
    ) -> Result<pb::ComposeResponse, Status> {
        let request = pb::ComposeRequest {
            request_id: request_id.to_owned(),
            application_id: self.application.clone(),
            wishes: wishes.iter().map(|wish| (*wish).to_owned()).collect(),
            captcha_id: String::new(),
            captcha_answer: String::new(),
        };
        ask!(self, compose, request)
    }

    pub(crate) async fn compose(&self, wishes: &[&str]) -> Result<Became, Status> {
        let answer = self.compose_with(&uuid(), wishes).await?;
        Ok(answer.outcome.unwrap().result.unwrap())
    }

    pub(crate) fn confirm_request(&self, plate: &str) -> pb::ConfirmPlateRequest {
        pb::ConfirmPlateRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
            plate: plate.to_owned(),
            challenge_proof: String::new(),
        }
    }

    pub(crate) async fn confirm_with(
        &self,
        request: pb::ConfirmPlateRequest,
    ) -> Result<pb::ConfirmPlateResponse, Status> {
        ask!(self, confirm_plate, request)
    }

    pub(crate) async fn confirm(&self, plate: &str) -> Result<pb::Result, Status> {
        let answer = self.confirm_with(self.confirm_request(plate)).await?;
        match answer.outcome.unwrap().result.unwrap() {
            Became::Allocated(result) => Ok(result),
            other => panic!("confirming came to {other:?}"),
        }
    }

    pub(crate) async fn give_up(&self) -> Result<pb::Application, Status> {
        let request = pb::GiveUpRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
        };
        ask!(self, give_up, request).map(|answer| answer.application.unwrap())
    }

    pub(crate) async fn look(&self) -> pb::Application {
        let request = pb::GetApplicationRequest {
            application_id: self.application.clone(),
        };
        ask!(self, get_application, request)
            .unwrap()
            .application
            .unwrap()
    }

    /// Wishes and rounds left.
    pub(crate) async fn left(&self) -> (i32, i32) {
        let counters = self.look().await.counters.unwrap();
        (counters.compose_left, counters.draws_left)
    }

    pub(crate) async fn voucher(&self) -> Result<pb::GetVoucherResponse, Status> {
        let request = pb::GetVoucherRequest {
            application_id: self.application.clone(),
        };
        ask!(self, get_voucher, request)
    }

    pub(crate) async fn list(
        &self,
        page_size: i32,
        page_token: &str,
    ) -> pb::ListApplicationsResponse {
        let page_token = page_token.to_owned();
        ask!(
            self,
            list_applications,
            pb::ListApplicationsRequest {
                page_size,
                page_token
            }
        )
        .unwrap()
    }
}

/// What only some policies ask for.
impl Citizen<'_> {
    pub(crate) async fn compose_request(
        &self,
        request: pb::ComposeRequest,
    ) -> Result<pb::ComposeResponse, Status> {
        ask!(self, compose, request)
    }

    pub(crate) async fn choose(&self, plate: &str) -> Result<pb::ChoosePlateResponse, Status> {
        let request = pb::ChoosePlateRequest {
            request_id: uuid(),
            application_id: self.application.clone(),
            plate: plate.to_owned(),
        };
        ask!(self, choose_plate, request)
    }

    pub(crate) async fn keyboard(
        &self,
        issuing_code: &str,
        partial: &str,
    ) -> Result<pb::GetKeyboardResponse, Status> {
        let request = pb::GetKeyboardRequest {
            application_id: self.application.clone(),
            issuing_code: issuing_code.to_owned(),
            partial: partial.to_owned(),
        };
        ask!(self, get_keyboard, request)
    }

    pub(crate) async fn submitted_info(&self) -> Result<pb::GetSubmittedInfoResponse, Status> {
        let request = pb::GetSubmittedInfoRequest {
            application_id: self.application.clone(),
        };
        ask!(self, get_submitted_info, request)
    }

    pub(crate) async fn try_look(&self) -> Result<pb::Application, Status> {
        let request = pb::GetApplicationRequest {
            application_id: self.application.clone(),
        };
        ask!(self, get_application, request).map(|answer| answer.application.unwrap())
    }
}
