//! `ChallengeService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::idempotency;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::challenge_service_server::ChallengeService;

use super::identity::account_of;
use super::read;
use crate::app::captcha::{Answer, Question};
use crate::app::captcha_picture::Size;
use crate::app::{App, IssueChallenge, Target, VerifyChallenge};
use crate::domain::captcha::Form;
use crate::domain::challenge::{Holder, Purpose};

/// Captchas and SMS codes.
#[derive(Clone, Debug)]
pub struct Challenges(pub Arc<App>);

/// The longest subject; an id is much shorter.
const LONGEST_SUBJECT: usize = 64;

fn purpose(request: &pb::IssueChallengeRequest) -> Result<Purpose, Refusal> {
    match request.purpose() {
        pb::ChallengePurpose::Unspecified if request.purpose == 0 => {
            Err(Refusal::required("purpose"))
        }
        pb::ChallengePurpose::Unspecified => Err(Refusal::invalid("purpose", "unknown_value")),
        pb::ChallengePurpose::Register => Ok(Purpose::Register),
        pb::ChallengePurpose::ResetPassword => Ok(Purpose::ResetPassword),
        pb::ChallengePurpose::ConfirmInfo => Ok(Purpose::ConfirmInfo),
        pb::ChallengePurpose::StartSelecting => Ok(Purpose::StartSelecting),
        pb::ChallengePurpose::ConfirmPlate => Ok(Purpose::ConfirmPlate),
        pb::ChallengePurpose::ChangeMobile => Ok(Purpose::ChangeMobile),
    }
}

/// Whose number gets the code: a citizen's for the purposes of citizens, else a visitor's.
fn target(
    context: &CallContext,
    request: &pb::IssueChallengeRequest,
    purpose: Purpose,
) -> Result<Target, Refusal> {
    let visitor = || {
        let pre_session = read::id("pre_session_id", &request.pre_session_id)?;
        Ok::<_, Refusal>((pre_session, read::province("province", &request.province)?))
    };
    match purpose {
        Purpose::Register => {
            let (pre_session, province) = visitor()?;
            Ok(Target::Register {
                pre_session,
                province,
                mobile: read::mobile(&request.mobile)?,
            })
        }
        Purpose::ResetPassword => {
            let (pre_session, province) = visitor()?;
            let login_name = read::login_name(&request.login_name)?;
            Ok(Target::Reset {
                pre_session,
                province,
                login_name,
            })
        }
        Purpose::ChangeMobile => Ok(Target::ChangeMobile {
            account_id: account_of(context)?,
            session_id: context.require_principal()?.session,
            mobile: read::mobile(&request.mobile)?,
        }),
        Purpose::ConfirmInfo | Purpose::StartSelecting | Purpose::ConfirmPlate => {
            Ok(Target::Account {
                account_id: account_of(context)?,
                session_id: context.require_principal()?.session,
                subject: read::text("subject", &request.subject, LONGEST_SUBJECT)?,
            })
        }
    }
}

fn answer(captcha_id: &str, text: &str) -> Result<Option<Answer>, Refusal> {
    if captcha_id.is_empty() {
        return Ok(None);
    }
    Ok(Some(Answer {
        captcha_id: read::id("captcha_id", captcha_id)?,
        text: text.to_owned(),
    }))
}

/// Who asks: a signed-in citizen, else a visitor.
fn holder(context: &CallContext, pre_session_id: &str) -> Result<Holder, Refusal> {
    match context.principal() {
        Some(_) => Ok(Holder::Account(account_of(context)?)),
        None => Ok(Holder::PreSession(read::id(
            "pre_session_id",
            pre_session_id,
        )?)),
    }
}

fn form(form: i32) -> Result<Form, Refusal> {
    match pb::CaptchaForm::try_from(form) {
        Ok(pb::CaptchaForm::Unspecified | pb::CaptchaForm::Picture) => Ok(Form::Picture),
        Ok(pb::CaptchaForm::ProofOfWork) => Ok(Form::Puzzle),
        Err(_) => Err(Refusal::invalid("form", "unknown_value")),
    }
}

#[tonic::async_trait]
impl ChallengeService for Challenges {
    async fn issue_captcha(
        &self,
        request: Request<pb::IssueCaptchaRequest>,
    ) -> Result<Response<pb::IssueCaptchaResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let holder = holder(&context, &request.pre_session_id)?;
        let size = if request.large {
            Size::Double
        } else {
            Size::Normal
        };
        let captcha = self
            .0
            .issue_captcha(holder, form(request.form)?, size)
            .await?;
        let (png, puzzle) = match captcha.question {
            Question::Picture(png) => (png, None),
            Question::Puzzle { prefix, zero_bits } => {
                let zero_bits = zero_bits.into();
                (Vec::new(), Some(pb::Puzzle { prefix, zero_bits }))
            }
        };
        Ok(Response::new(pb::IssueCaptchaResponse {
            captcha_id: captcha.captcha_id.to_string(),
            png,
            expires_at: Some(timestamp(captcha.expires_at)),
            puzzle,
        }))
    }

    async fn check_captcha(
        &self,
        request: Request<pb::CheckCaptchaRequest>,
    ) -> Result<Response<pb::CheckCaptchaResponse>, Status> {
        let request = request.into_inner();
        let account_id = read::id("account_id", &request.account_id)?;
        let answer = answer(&request.captcha_id, &request.answer)?;
        self.0.check_captcha(account_id, answer.as_ref()).await?;
        Ok(Response::new(pb::CheckCaptchaResponse {}))
    }

    async fn issue_challenge(
        &self,
        request: Request<pb::IssueChallengeRequest>,
    ) -> Result<Response<pb::IssueChallengeResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let purpose = purpose(&request)?;
        let recognised = pb::IssueChallengeRequest {
            mobile: self.0.keyed().fingerprint(&request.mobile),
            captcha_answer: String::new(),
            client_address: String::new(),
            ..request.clone()
        };
        let command = IssueChallenge {
            request_id: read::request_id(&request.request_id)?,
            request_hash: idempotency::hash_of(&recognised),
            target: target(&context, &request, purpose)?,
            purpose,
            captcha: answer(&request.captcha_id, &request.captcha_answer)?,
            network: read::network(&request.client_address)?,
            locale: read::locale(&request.locale)?,
        };
        let issued = self.0.issue_challenge(command).await?;
        Ok(Response::new(pb::IssueChallengeResponse {
            challenge_id: issued.challenge_id.to_string(),
            mobile_masked: issued.mobile_masked,
            expires_at: Some(timestamp(issued.expires_at)),
            resend_at: Some(timestamp(issued.resend_at)),
        }))
    }

    async fn verify_challenge(
        &self,
        request: Request<pb::VerifyChallengeRequest>,
    ) -> Result<Response<pb::VerifyChallengeResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let is_code = request.code.len() == 6 && request.code.bytes().all(|b| b.is_ascii_digit());
        if !is_code {
            return Err(Refusal::invalid("code", "wrong_format").into());
        }
        let holder = holder(&context, &request.pre_session_id)?;
        let session_id = context.principal().map(|principal| principal.session);
        let command = VerifyChallenge {
            holder,
            session_id,
            challenge_id: read::id("challenge_id", &request.challenge_id)?,
            code: request.code,
        };
        let proof = self.0.verify_challenge(command).await?;
        Ok(Response::new(pb::VerifyChallengeResponse {
            proof: proof.token,
            expires_at: Some(timestamp(proof.expires_at)),
        }))
    }
}
