//! `IdentityService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallContext, timestamp};
use xuanhao_chassis::ids::AccountId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::identity_service_server::IdentityService;

use super::read;
use crate::app::{
    App, ChangeMobile, ChangePassword, RegisterAccount, ReplaceInitialPassword, ResetPassword,
    SignIn, View,
};
use crate::domain::password::Password;
use crate::events;

/// The fewest characters of an address somebody can live at.
const SHORTEST_RESIDENCE: usize = 4;
/// The most.
const LONGEST_RESIDENCE: usize = 200;

/// Accounts, credentials and sessions of citizens.
#[derive(Clone, Debug)]
pub struct Accounts(pub Arc<App>);

impl Accounts {
    /// What the request is recognised by: its secrets stand in it as keyed hashes.
    fn recognised(&self, request: &pb::RegisterAccountRequest) -> pb::RegisterAccountRequest {
        let keyed = self.0.keyed();
        pb::RegisterAccountRequest {
            password: keyed.fingerprint(&request.password),
            full_name: keyed.fingerprint(&request.full_name),
            resident_id: keyed.fingerprint(&request.resident_id),
            mobile: keyed.fingerprint(&request.mobile),
            ..request.clone()
        }
    }
}

/// The account a request is made for.
pub(super) fn account_of(context: &CallContext) -> Result<AccountId, Refusal> {
    context
        .require_principal()?
        .account()
        .ok_or_else(|| Reason::PermissionDenied.into())
}

pub(super) fn account(view: View) -> pb::Account {
    let (organisation_name, credit_code_masked) = view.organisation.unwrap_or_default();
    pb::Account {
        account_id: view.account_id.to_string(),
        login_name: view.login_name,
        full_name_masked: view.full_name_masked,
        resident_id_masked: view.resident_id_masked,
        mobile_masked: view.mobile_masked,
        level: events::level(view.level).into(),
        province: view.province,
        kind: events::kind(view.kind).into(),
        organisation_name,
        credit_code_masked,
    }
}

#[tonic::async_trait]
impl IdentityService for Accounts {
    async fn register_account(
        &self,
        request: Request<pb::RegisterAccountRequest>,
    ) -> Result<Response<pb::RegisterAccountResponse>, Status> {
        let request = request.into_inner();
        let command = RegisterAccount {
            request_id: read::request_id(&request.request_id)?,
            pre_session: read::id("pre_session_id", &request.pre_session_id)?,
            province: read::province("province", &request.province)?,
            login_name: read::login_name(&request.login_name)?,
            password: request.password.clone(),
            full_name: read::full_name(&request.full_name)?,
            resident_id: read::registrant(&request.resident_id)?,
            mobile: read::mobile(&request.mobile)?,
            proof: read::text("challenge_proof", &request.challenge_proof, 4_096)?,
            locale: read::locale(&request.locale)?,
        };
        Ok(Response::new(
            self.0.register(command, &self.recognised(&request)).await?,
        ))
    }

    async fn sign_in(
        &self,
        request: Request<pb::SignInRequest>,
    ) -> Result<Response<pb::SignInResponse>, Status> {
        let request = request.into_inner();
        let command = SignIn {
            login_name: read::text("login_name", &request.login_name, 128)?,
            password: Password::typed(request.password),
            network: read::network(&request.client_address)?,
        };
        let signed_in = self.0.sign_in(command).await?;
        Ok(Response::new(pb::SignInResponse {
            session_token: signed_in.session_token,
            expires_at: Some(timestamp(signed_in.expires_at)),
            must_change_password: signed_in.must_change_password,
            account: Some(account(signed_in.account)),
        }))
    }

    async fn sign_out(
        &self,
        request: Request<pb::SignOutRequest>,
    ) -> Result<Response<pb::SignOutResponse>, Status> {
        self.0.sign_out(&request.into_inner().session_token).await?;
        Ok(Response::new(pb::SignOutResponse {}))
    }

    async fn issue_principal(
        &self,
        request: Request<pb::IssuePrincipalRequest>,
    ) -> Result<Response<pb::IssuePrincipalResponse>, Status> {
        let issued = self
            .0
            .issue_principal(&request.into_inner().session_token)
            .await?;
        Ok(Response::new(pb::IssuePrincipalResponse {
            principal: issued.token,
            expires_at: Some(timestamp(issued.expires_at)),
        }))
    }

    async fn get_account(
        &self,
        request: Request<pb::GetAccountRequest>,
    ) -> Result<Response<pb::GetAccountResponse>, Status> {
        let view = self
            .0
            .view_of(account_of(&CallContext::of(&request))?)
            .await?;
        Ok(Response::new(pb::GetAccountResponse {
            account: Some(account(view)),
        }))
    }

    async fn get_holder(
        &self,
        request: Request<pb::GetHolderRequest>,
    ) -> Result<Response<pb::GetHolderResponse>, Status> {
        let request = request.into_inner();
        let account_id = read::id("account_id", &request.account_id)?;
        let holder = self.0.holder(account_id, request.to_transact).await?;
        let (organisation_name, credit_code) = holder
            .organisation
            .map(|(name, code)| (name.to_string(), code.to_string()))
            .unwrap_or_default();
        Ok(Response::new(pb::GetHolderResponse {
            person_id: holder.person_id.to_string(),
            person_key: holder.person_key,
            full_name: holder.full_name.to_string(),
            resident_id: holder.resident_id.to_string(),
            mobile: holder.mobile.to_string(),
            level: events::level(holder.level).into(),
            kind: events::kind(holder.kind).into(),
            organisation_name,
            credit_code,
            residence: holder
                .residence
                .map(|text| text.to_string())
                .unwrap_or_default(),
            locale: holder.locale,
        }))
    }

    async fn change_password(
        &self,
        request: Request<pb::ChangePasswordRequest>,
    ) -> Result<Response<pb::ChangePasswordResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let command = ChangePassword {
            request_id: read::request_id(&request.request_id)?,
            account_id: account_of(&context)?,
            session_id: context.require_principal()?.session,
            current: Password::typed(request.current_password.as_str()),
            new: request.new_password.clone(),
        };
        let keyed = self.0.keyed();
        let recognised = pb::ChangePasswordRequest {
            current_password: keyed.fingerprint(&request.current_password),
            new_password: keyed.fingerprint(&request.new_password),
            ..request
        };
        Ok(Response::new(
            self.0.change_password(command, &recognised).await?,
        ))
    }

    async fn reset_password(
        &self,
        request: Request<pb::ResetPasswordRequest>,
    ) -> Result<Response<pb::ResetPasswordResponse>, Status> {
        let request = request.into_inner();
        let command = ResetPassword {
            request_id: read::request_id(&request.request_id)?,
            pre_session: read::id("pre_session_id", &request.pre_session_id)?,
            login_name: read::login_name(&request.login_name)?,
            new: request.new_password.clone(),
            proof: read::text("challenge_proof", &request.challenge_proof, 4_096)?,
        };
        let new_password = self.0.keyed().fingerprint(&request.new_password);
        let recognised = pb::ResetPasswordRequest {
            new_password,
            ..request
        };
        Ok(Response::new(
            self.0.reset_password(command, &recognised).await?,
        ))
    }

    async fn replace_initial_password(
        &self,
        request: Request<pb::ReplaceInitialPasswordRequest>,
    ) -> Result<Response<pb::ReplaceInitialPasswordResponse>, Status> {
        let request = request.into_inner();
        let command = ReplaceInitialPassword {
            request_id: read::request_id(&request.request_id)?,
            session_token: request.session_token.clone(),
            current: request.current_password.clone(),
            new: request.new_password.clone(),
        };
        let keyed = self.0.keyed();
        let recognised = pb::ReplaceInitialPasswordRequest {
            session_token: String::new(),
            current_password: keyed.fingerprint(&request.current_password),
            new_password: keyed.fingerprint(&request.new_password),
            ..request
        };
        Ok(Response::new(
            self.0
                .replace_initial_password(command, &recognised)
                .await?,
        ))
    }

    async fn change_mobile(
        &self,
        request: Request<pb::ChangeMobileRequest>,
    ) -> Result<Response<pb::ChangeMobileResponse>, Status> {
        let context = CallContext::of(&request);
        let request = request.into_inner();
        let account_id = account_of(&context)?;
        let command = ChangeMobile {
            request_id: read::request_id(&request.request_id)?,
            account_id,
            session_id: context.require_principal()?.session,
            password: Password::typed(request.password.as_str()),
            mobile: read::mobile(&request.mobile)?,
            proof: read::text("challenge_proof", &request.challenge_proof, 4_096)?,
        };
        let keyed = self.0.keyed();
        let recognised = pb::ChangeMobileRequest {
            password: keyed.fingerprint(&request.password),
            mobile: keyed.fingerprint(&request.mobile),
            ..request
        };
        self.0.change_mobile(command, &recognised).await?;
        let view = self.0.view_of(account_id).await?;
        Ok(Response::new(pb::ChangeMobileResponse {
            account: Some(account(view)),
        }))
    }

    async fn keep_residence(
        &self,
        request: Request<pb::KeepResidenceRequest>,
    ) -> Result<Response<pb::KeepResidenceResponse>, Status> {
        let request = request.into_inner();
        let account_id = read::id("account_id", &request.account_id)?;
        let residence = read::text("residence", &request.residence, LONGEST_RESIDENCE)?;
        if residence.chars().count() < SHORTEST_RESIDENCE {
            return Err(Refusal::invalid("residence", "too_short").into());
        }
        self.0.keep_residence(account_id, &residence).await?;
        Ok(Response::new(pb::KeepResidenceResponse {}))
    }
}
