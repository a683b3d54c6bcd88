//! `SelectionService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::grpc::CallContext;
use xuanhao_proto::selection::v1 as wire;
use xuanhao_proto::selection::v1::selection_service_server::SelectionService;

use super::{read, write};
use crate::app::{Act, Answered, App, Operate, Who};
use crate::domain::entry::Step;
use crate::domain::operation::Typed;
use crate::peers::{Captcha, Submitted};

/// Largest page of a list.
const LARGEST_PAGE: u16 = 100;
/// Page of a list that asks for none.
const USUAL_PAGE: u16 = 20;

/// The citizen's road.
#[derive(Debug, Clone)]
pub struct Selections(pub Arc<App>);

/// What a request for an operation says.
struct Wished<'a> {
    application_id: &'a str,
    typed: Typed,
    captcha: Captcha,
    proof: String,
}

impl<'a> Wished<'a> {
    fn new(application_id: &'a str, typed: Typed) -> Self {
        Self {
            application_id,
            typed,
            captcha: Captcha::default(),
            proof: String::new(),
        }
    }
}

impl Selections {
    /// Has an operation done for the citizen of a request.
    async fn operate<T>(
        &self,
        request: &Request<T>,
        wished: Wished<'_>,
        act: Act,
    ) -> Result<Answered, Status> {
        let wish = Operate {
            who: Who::Citizen(read::citizen(request)?),
            application: read::application(wished.application_id)?,
            typed: wished.typed,
            captcha: wished.captcha,
            proof: wished.proof,
            act,
        };
        let until = CallContext::of(request).deadline();
        Ok(self.0.operate(wish, until).await?)
    }
}

#[tonic::async_trait]
impl SelectionService for Selections {
    async fn enter_office(
        &self,
        request: Request<wire::EnterOfficeRequest>,
    ) -> Result<Response<wire::EnterOfficeResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let office = read::office(&request.get_ref().office)?;
        let (step, view) = self.0.enter_office(citizen, office).await?;
        let step = match step {
            Step::Description => wire::EntryStep::Description,
            Step::Info => wire::EntryStep::Info,
            Step::Explanation => wire::EntryStep::Explanation,
            Step::Completed => wire::EntryStep::Completed,
            Step::Exhausted => wire::EntryStep::Exhausted,
        };
        let application = view.map(|view| write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::EnterOfficeResponse {
            step: step.into(),
            application,
        }))
    }

    async fn open_application(
        &self,
        request: Request<wire::OpenApplicationRequest>,
    ) -> Result<Response<wire::OpenApplicationResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let office = read::office(&message.office)?;
        let view = self
            .0
            .open_application(citizen, &act, office, message.notice_version)
            .await?;
        let application = Some(write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::OpenApplicationResponse { application }))
    }

    async fn submit_info(
        &self,
        request: Request<wire::SubmitInfoRequest>,
    ) -> Result<Response<wire::SubmitInfoResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let id = read::application(&message.application_id)?;
        let submitted = Submitted {
            address: message.address,
            ..read::submitted(
                message.vin,
                message.purchase_proof,
                message.import_confirmed,
                message.import_certificate_number,
            )
        };
        let view = self.0.submit_info(citizen, &act, id, &submitted).await?;
        let application = Some(write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::SubmitInfoResponse { application }))
    }

    async fn confirm_info(
        &self,
        request: Request<wire::ConfirmInfoRequest>,
    ) -> Result<Response<wire::ConfirmInfoResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let id = read::application(&message.application_id)?;
        let view = self
            .0
            .confirm_info(citizen, &act, id, &message.challenge_proof)
            .await?;
        let application = Some(write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::ConfirmInfoResponse { application }))
    }

    async fn start_selecting(
        &self,
        request: Request<wire::StartSelectingRequest>,
    ) -> Result<Response<wire::StartSelectingResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let id = read::application(&message.application_id)?;
        let view = self
            .0
            .start_selecting(
                citizen,
                &act,
                id,
                &message.challenge_proof,
                message.more_time,
            )
            .await?;
        let application = Some(write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::StartSelectingResponse { application }))
    }

    async fn draw(
        &self,
        request: Request<wire::DrawRequest>,
    ) -> Result<Response<wire::DrawResponse>, Status> {
        let message = request.get_ref();
        let typed = Typed::Draw {
            exclude_four: message.exclude_four,
        };
        let captcha = Captcha {
            id: message.captcha_id.clone(),
            answer: message.captcha_answer.clone(),
        };
        // A repeat after another captcha is the same request.
        let mut unmarked = message.clone();
        unmarked.captcha_id.clear();
        unmarked.captcha_answer.clear();
        let act = read::act(&message.request_id, &unmarked)?;
        let wished = Wished {
            captcha,
            ..Wished::new(&message.application_id, typed)
        };
        let answered = self.operate(&request, wished, act).await?;
        let (outcome, application) =
            write::answered(answered, Some(read::citizen(&request)?.session));
        let (outcome, application) = (Some(outcome), Some(application));
        Ok(Response::new(wire::DrawResponse {
            outcome,
            application,
        }))
    }

    async fn keep(
        &self,
        request: Request<wire::KeepRequest>,
    ) -> Result<Response<wire::KeepResponse>, Status> {
        let message = request.get_ref();
        let typed = Typed::Keep {
            plate: message.plate.clone(),
        };
        let act = read::act(&message.request_id, message)?;
        let wished = Wished::new(&message.application_id, typed);
        let answered = self.operate(&request, wished, act).await?;
        let (outcome, application) =
            write::answered(answered, Some(read::citizen(&request)?.session));
        let (outcome, application) = (Some(outcome), Some(application));
        Ok(Response::new(wire::KeepResponse {
            outcome,
            application,
        }))
    }

    async fn compose(
        &self,
        request: Request<wire::ComposeRequest>,
    ) -> Result<Response<wire::ComposeResponse>, Status> {
        let message = request.get_ref();
        let typed = Typed::Compose {
            wishes: message.wishes.clone(),
        };
        let captcha = Captcha {
            id: message.captcha_id.clone(),
            answer: message.captcha_answer.clone(),
        };
        // A repeat after another captcha is the same request.
        let mut unmarked = message.clone();
        unmarked.captcha_id.clear();
        unmarked.captcha_answer.clear();
        let act = read::act(&message.request_id, &unmarked)?;
        let wished = Wished {
            captcha,
            ..Wished::new(&message.application_id, typed)
        };
        let answered = self.operate(&request, wished, act).await?;
        let (outcome, application) =
            write::answered(answered, Some(read::citizen(&request)?.session));
        let (outcome, application) = (Some(outcome), Some(application));
        Ok(Response::new(wire::ComposeResponse {
            outcome,
            application,
        }))
    }

    async fn choose_plate(
        &self,
        request: Request<wire::ChoosePlateRequest>,
    ) -> Result<Response<wire::ChoosePlateResponse>, Status> {
        let message = request.get_ref();
        let typed = Typed::Choose {
            plate: message.plate.clone(),
        };
        let act = read::act(&message.request_id, message)?;
        let wished = Wished::new(&message.application_id, typed);
        let answered = self.operate(&request, wished, act).await?;
        let (outcome, application) =
            write::answered(answered, Some(read::citizen(&request)?.session));
        let (outcome, application) = (Some(outcome), Some(application));
        Ok(Response::new(wire::ChoosePlateResponse {
            outcome,
            application,
        }))
    }

    async fn confirm_plate(
        &self,
        request: Request<wire::ConfirmPlateRequest>,
    ) -> Result<Response<wire::ConfirmPlateResponse>, Status> {
        let message = request.get_ref();
        let typed = Typed::Confirm {
            plate: message.plate.clone(),
        };
        let act = read::act(&message.request_id, message)?;
        let wished = Wished {
            proof: message.challenge_proof.clone(),
            ..Wished::new(&message.application_id, typed)
        };
        let answered = self.operate(&request, wished, act).await?;
        let (outcome, application) =
            write::answered(answered, Some(read::citizen(&request)?.session));
        let (outcome, application) = (Some(outcome), Some(application));
        Ok(Response::new(wire::ConfirmPlateResponse {
            outcome,
            application,
        }))
    }

    async fn give_up(
        &self,
        request: Request<wire::GiveUpRequest>,
    ) -> Result<Response<wire::GiveUpResponse>, Status> {
        let message = request.get_ref();
        let act = read::act(&message.request_id, message)?;
        let wished = Wished::new(&message.application_id, Typed::GiveUp);
        let answered = self.operate(&request, wished, act).await?;
        let application = Some(write::application(
            answered.view,
            Some(read::citizen(&request)?.session),
        ));
        Ok(Response::new(wire::GiveUpResponse { application }))
    }

    async fn undo_selection(
        &self,
        request: Request<wire::UndoSelectionRequest>,
    ) -> Result<Response<wire::UndoSelectionResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.into_inner();
        let act = read::act(&message.request_id, &message)?;
        let id = read::application(&message.application_id)?;
        let view = self.0.undo_selection(citizen, &act, id).await?;
        let application = Some(write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::UndoSelectionResponse { application }))
    }

    async fn get_submitted_info(
        &self,
        request: Request<wire::GetSubmittedInfoRequest>,
    ) -> Result<Response<wire::GetSubmittedInfoResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let id = read::application(&request.get_ref().application_id)?;
        let submitted = self.0.submitted_info(citizen, id).await?;
        Ok(Response::new(write::submitted_info(submitted)))
    }

    async fn get_keyboard(
        &self,
        request: Request<wire::GetKeyboardRequest>,
    ) -> Result<Response<wire::GetKeyboardResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.get_ref();
        let id = read::application(&message.application_id)?;
        let (keyboard, scrambled) = self
            .0
            .keyboard(citizen, id, &message.issuing_code, &message.partial)
            .await?;
        Ok(Response::new(wire::GetKeyboardResponse {
            keys: keyboard.keys.into_iter().collect(),
            characters: keyboard.places,
            scrambled,
        }))
    }

    async fn get_application(
        &self,
        request: Request<wire::GetApplicationRequest>,
    ) -> Result<Response<wire::GetApplicationResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let id = read::application(&request.get_ref().application_id)?;
        let view = self.0.get_application(citizen, id).await?;
        let application = Some(write::application(view, Some(citizen.session)));
        Ok(Response::new(wire::GetApplicationResponse { application }))
    }

    async fn list_applications(
        &self,
        request: Request<wire::ListApplicationsRequest>,
    ) -> Result<Response<wire::ListApplicationsResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let message = request.get_ref();
        let size = read::page_size(message.page_size, USUAL_PAGE, LARGEST_PAGE)?;
        let listed = self.0.list_applications(citizen, size, &message.page_token);
        let page = listed.await?;
        Ok(Response::new(wire::ListApplicationsResponse {
            applications: page
                .items
                .into_iter()
                .map(|view| write::application(view, Some(citizen.session)))
                .collect(),
            next_page_token: page.next,
        }))
    }

    async fn get_voucher(
        &self,
        request: Request<wire::GetVoucherRequest>,
    ) -> Result<Response<wire::GetVoucherResponse>, Status> {
        let citizen = read::citizen(&request)?;
        let id = read::application(&request.get_ref().application_id)?;
        let rendered = self.0.voucher(citizen, id).await?;
        Ok(Response::new(wire::GetVoucherResponse {
            pdf: rendered.pdf,
            signed_voucher: rendered.signed,
            voucher_number: rendered.number.to_string(),
        }))
    }
}
