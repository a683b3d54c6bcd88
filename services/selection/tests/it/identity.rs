//! A peer that acts as identity: holders of accounts, captchas, residences.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as identity;
use xuanhao_proto::identity::v1::challenge_service_server::ChallengeService;
use xuanhao_proto::identity::v1::identity_service_server::IdentityService;

use crate::peers::unasked;

/// What every captcha's right answer is.
pub(crate) const ANSWER: &str = "k7m4";

#[derive(Debug, Default)]
pub(crate) struct People {
    /// Accounts that are another account's person.
    same: HashMap<String, String>,
    pub(crate) level: Option<identity::RegistrationLevel>,
    pub(crate) organisation: bool,
    pub(crate) residences: HashMap<String, String>,
    /// Captchas that were checked; each is good once.
    pub(crate) captchas: Vec<identity::CheckCaptchaRequest>,
}

/// Every account is another person, named after it, unless two are told to be one.
#[derive(Clone, Debug, Default)]
pub(crate) struct FakeIdentity(Arc<Mutex<People>>);

impl FakeIdentity {
    pub(crate) fn people(&self) -> MutexGuard<'_, People> {
        self.0.lock().unwrap()
    }

    /// The second account is the first one's person too.
    pub(crate) fn same_person(&self, account: &str, other: &str) {
        let (account, other) = (account.to_owned(), other.to_owned());
        self.people().same.insert(other, account);
    }
}

#[tonic::async_trait]
impl IdentityService for FakeIdentity {
    async fn get_holder(
        &self,
        request: Request<identity::GetHolderRequest>,
    ) -> Result<Response<identity::GetHolderResponse>, Status> {
        let account = request.into_inner().account_id;
        let people = self.people();
        let person = people.same.get(&account).cloned();
        let person = person.unwrap_or_else(|| account.clone());
        let mut person_key = person.as_bytes().to_vec();
        person_key.truncate(32);
        let level = people.level.unwrap_or(identity::RegistrationLevel::Online);
        let (kind, name, code) = if people.organisation {
            let kind = identity::HolderKind::Organisation;
            (kind, "湛江市海风贸易有限公司", "91350100M000100Y43")
        } else {
            (identity::HolderKind::Person, "", "")
        };
        Ok(Response::new(identity::GetHolderResponse {
            person_id: person,
            person_key,
            full_name: "王小明".to_owned(),
            resident_id: "11010519491231002X".to_owned(),
            mobile: "+8613800138000".to_owned(),
            level: level.into(),
            kind: kind.into(),
            organisation_name: name.to_owned(),
            credit_code: code.to_owned(),
            residence: people.residences.get(&account).cloned().unwrap_or_default(),
            locale: "zh-CN".to_owned(),
        }))
    }

    async fn keep_residence(
        &self,
        request: Request<identity::KeepResidenceRequest>,
    ) -> Result<Response<identity::KeepResidenceResponse>, Status> {
        let request = request.into_inner();
        let residences = &mut self.people().residences;
        residences.insert(request.account_id, request.residence);
        Ok(Response::new(identity::KeepResidenceResponse {}))
    }

    async fn register_account(
        &self,
        _: Request<identity::RegisterAccountRequest>,
    ) -> Result<Response<identity::RegisterAccountResponse>, Status> {
        unasked()
    }

    async fn sign_in(
        &self,
        _: Request<identity::SignInRequest>,
    ) -> Result<Response<identity::SignInResponse>, Status> {
        unasked()
    }

    async fn sign_out(
        &self,
        _: Request<identity::SignOutRequest>,
    ) -> Result<Response<identity::SignOutResponse>, Status> {
        unasked()
    }

    async fn issue_principal(
        &self,
        _: Request<identity::IssuePrincipalRequest>,
    ) -> Result<Response<identity::IssuePrincipalResponse>, Status> {
        unasked()
    }

    async fn get_account(
        &self,
        _: Request<identity::GetAccountRequest>,
    ) -> Result<Response<identity::GetAccountResponse>, Status> {
        unasked()
    }

    async fn change_password(
        &self,
        _: Request<identity::ChangePasswordRequest>,
    ) -> Result<Response<identity::ChangePasswordResponse>, Status> {
        unasked()
    }

    async fn reset_password(
        &self,
        _: Request<identity::ResetPasswordRequest>,
    ) -> Result<Response<identity::ResetPasswordResponse>, Status> {
        unasked()
    }

    async fn replace_initial_password(
        &self,
        _: Request<identity::ReplaceInitialPasswordRequest>,
    ) -> Result<Response<identity::ReplaceInitialPasswordResponse>, Status> {
        unasked()
    }

    async fn change_mobile(
        &self,
        _: Request<identity::ChangeMobileRequest>,
    ) -> Result<Response<identity::ChangeMobileResponse>, Status> {
        unasked()
    }
}

#[tonic::async_trait]
impl ChallengeService for FakeIdentity {
    async fn check_captcha(
        &self,
        request: Request<identity::CheckCaptchaRequest>,
    ) -> Result<Response<identity::CheckCaptchaResponse>, Status> {
        let request = request.into_inner();
        let captchas = &mut self.people().captchas;
        let used = captchas
            .iter()
            .any(|before| before.captcha_id == request.captcha_id);
        let right = request.answer == ANSWER;
        captchas.push(request);
        match (used, right) {
            (true, _) => Err(Refusal::new(Reason::CaptchaExpired).into()),
            (false, false) => Err(Refusal::new(Reason::CaptchaWrong).into()),
            (false, true) => Ok(Response::new(identity::CheckCaptchaResponse {})),
        }
    }

    async fn issue_captcha(
        &self,
        _: Request<identity::IssueCaptchaRequest>,
    ) -> Result<Response<identity::IssueCaptchaResponse>, Status> {
        unasked()
    }

    async fn issue_challenge(
        &self,
        _: Request<identity::IssueChallengeRequest>,
    ) -> Result<Response<identity::IssueChallengeResponse>, Status> {
        unasked()
    }

    async fn verify_challenge(
        &self,
        _: Request<identity::VerifyChallengeRequest>,
    ) -> Result<Response<identity::VerifyChallengeResponse>, Status> {
        unasked()
    }
}
