//! The citizen's account: registering, looking at it, passwords.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::identity::v1 as pb;

use super::Edge;
use super::body::Json;
use super::challenges::ProvinceText;
use super::extract::{Citizen, Language, RequestKey, Visit};
use crate::error::Error;
use crate::peers::repeatable;

/// Those that cost us and that strangers may ask for.
pub(super) fn strangers() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(register_account))
        .routes(routes!(reset_password))
}

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_account))
        .routes(routes!(change_password))
}

/// How far the platform knows a person (R-ACC-04).
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// 互联网注册: registered online, mobile number proved.
    Online,
    /// 面签: enrolled face to face by an officer.
    FaceToFace,
    /// 实人认证: real-person authentication passed.
    RealPerson,
}

/// An account as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Account {
    #[schema(format = "uuid")]
    account_id: String,
    login_name: String,
    /// The family name is kept.
    #[schema(example = "张*")]
    full_name_masked: String,
    /// The first two and last two characters are kept.
    #[schema(example = "44**************1X")]
    resident_id_masked: String,
    /// The first three and last four digits are kept.
    #[schema(example = "138****8000")]
    mobile_masked: String,
    level: Level,
    #[schema(example = "gd")]
    province: String,
}

impl TryFrom<Option<pb::Account>> for Account {
    type Error = Error;

    fn try_from(told: Option<pb::Account>) -> Result<Self, Error> {
        let told = told.ok_or_else(|| Error::peer_answer("account"))?;
        let level = match told.level() {
            pb::RegistrationLevel::Unspecified => return Err(Error::peer_answer("level")),
            pb::RegistrationLevel::Online => Level::Online,
            pb::RegistrationLevel::FaceToFace => Level::FaceToFace,
            pb::RegistrationLevel::RealPerson => Level::RealPerson,
        };
        Ok(Self {
            account_id: told.account_id,
            login_name: told.login_name,
            full_name_masked: told.full_name_masked,
            resident_id_masked: told.resident_id_masked,
            mobile_masked: told.mobile_masked,
            level,
            province: told.province,
        })
    }
}

/// Who registers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// The province whose portal is used.
    #[schema(value_type = String, example = "gd")]
    province: ProvinceText,
    /// 4–32 ASCII letters, digits or `_`, beginning with a letter.
    login_name: String,
    /// 10–128 characters.
    #[schema(format = Password)]
    password: String,
    /// As printed on the identity card, 2–50 characters.
    full_name: String,
    /// GB 11643, 18 characters.
    resident_id: String,
    /// 11 digits, `+86` allowed.
    mobile: String,
    /// Proof of a code of purpose `register` to the same number.
    challenge_proof: String,
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
struct Registered {
    #[schema(format = "uuid")]
    account_id: String,
}

/// Register
///
/// Registers a natural person online (R-ACC-01), with a mobile number proved by an SMS code.
#[utoipa::path(
    post,
    path = "/api/v1/accounts",
    operation_id = "registerAccount",
    tag = "accounts",
    params(RequestKey),
    request_body = Registration,
    responses((status = 201, description = "Registered.", body = Registered)),
    security(("visit" = []))
)]
async fn register_account(
    State(edge): State<Edge>,
    Visit(visit): Visit,
    Language(locale): Language,
    key: RequestKey,
    Json(person): Json<Registration>,
) -> Result<(StatusCode, axum::Json<Registered>), Error> {
    let message = pb::RegisterAccountRequest {
        request_id: key.text(),
        pre_session_id: visit.to_string(),
        province: person.province.read()?.to_string(),
        login_name: person.login_name,
        password: person.password,
        full_name: person.full_name,
        resident_id: person.resident_id,
        mobile: person.mobile,
        challenge_proof: person.challenge_proof,
        locale: locale.tag().to_owned(),
    };
    let mut identity = edge.peers().identity();
    let registered = identity.register_account(repeatable(message)).await?;
    let account_id = registered.into_inner().account_id;
    Ok((StatusCode::CREATED, axum::Json(Registered { account_id })))
}

/// Look at one's account
///
/// Personal data is masked.
#[utoipa::path(
    get,
    path = "/api/v1/account",
    operation_id = "getAccount",
    tag = "accounts",
    responses((status = 200, description = "The account.", body = Account)),
    security(("session" = []))
)]
async fn get_account(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
) -> Result<axum::Json<Account>, Error> {
    let asked = citizen.repeatable(pb::GetAccountRequest {});
    let told = edge.peers().identity().get_account(asked).await?;
    Ok(axum::Json(told.into_inner().account.try_into()?))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(format = Password)]
    current_password: String,
    /// 10–128 characters.
    #[schema(format = Password)]
    new_password: String,
}

/// Change the password
///
/// Ends the account's other sessions.
#[utoipa::path(
    put,
    path = "/api/v1/account/password",
    operation_id = "changePassword",
    tag = "accounts",
    params(RequestKey),
    request_body = PasswordChange,
    responses((status = 204, description = "Changed.")),
    security(("session" = []))
)]
async fn change_password(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    key: RequestKey,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode, Error> {
    let asked = citizen.repeatable(pb::ChangePasswordRequest {
        request_id: key.text(),
        current_password: change.current_password,
        new_password: change.new_password,
    });
    edge.peers().identity().change_password(asked).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A forgotten password's successor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordReset {
    login_name: String,
    /// 10–128 characters.
    #[schema(format = Password)]
    new_password: String,
    /// Proof of a code of purpose `reset_password`.
    challenge_proof: String,
}

/// Replace a forgotten password
///
/// Ends all sessions of the account.
#[utoipa::path(
    post,
    path = "/api/v1/password-resets",
    operation_id = "resetPassword",
    tag = "accounts",
    params(RequestKey),
    request_body = PasswordReset,
    responses((status = 204, description = "Replaced.")),
    security(("visit" = []))
)]
async fn reset_password(
    State(edge): State<Edge>,
    Visit(visit): Visit,
    key: RequestKey,
    Json(reset): Json<PasswordReset>,
) -> Result<StatusCode, Error> {
    let message = pb::ResetPasswordRequest {
        request_id: key.text(),
        pre_session_id: visit.to_string(),
        login_name: reset.login_name,
        new_password: reset.new_password,
        challenge_proof: reset.challenge_proof,
    };
    edge.peers()
        .identity()
        .reset_password(repeatable(message))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
