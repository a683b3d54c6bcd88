//! What an account is signed in with: its password and its mobile number.

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_proto::identity::v1 as pb;

use super::Account;
use crate::error::Error;
use crate::http::Edge;
use crate::http::body::Json;
use crate::http::extract::{BareSession, Citizen, RequestKey, Visit};
use crate::peers::repeatable;

/// Those that cost us and that strangers may ask for.
pub(super) fn strangers() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(reset_password))
}

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(change_password))
        .routes(routes!(replace_initial_password))
        .routes(routes!(change_mobile))
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

/// Replace the initial password
///
/// Of an account that was enrolled face to face (R-ACC-06, R-ACC-07): with the session of its first
/// sign-in, which goes on. Until then that session is good for nothing else.
#[utoipa::path(
    put,
    path = "/api/v1/account/initial-password",
    operation_id = "replaceInitialPassword",
    tag = "accounts",
    params(RequestKey),
    request_body = PasswordChange,
    responses((status = 204, description = "Replaced.")),
    security(("session" = []))
)]
async fn replace_initial_password(
    State(edge): State<Edge>,
    BareSession(token): BareSession,
    key: RequestKey,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode, Error> {
    let asked = repeatable(pb::ReplaceInitialPasswordRequest {
        request_id: key.text(),
        session_token: token.0,
        current_password: change.current_password,
        new_password: change.new_password,
    });
    let mut identity = edge.peers().identity();
    identity.replace_initial_password(asked).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another mobile number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MobileChange {
    /// The account's password.
    #[schema(format = Password)]
    password: String,
    /// The new number: 11 digits, `+86` allowed.
    mobile: String,
    /// Proof of a code of purpose `change_mobile` to the new number.
    challenge_proof: String,
}

/// Change the mobile number
///
/// Also while a selection is under way. The old number is told.
#[utoipa::path(
    put,
    path = "/api/v1/account/mobile",
    operation_id = "changeMobile",
    tag = "accounts",
    params(RequestKey),
    request_body = MobileChange,
    responses((status = 200, description = "Changed.", body = Account)),
    security(("session" = []))
)]
async fn change_mobile(
    State(edge): State<Edge>,
    Citizen(citizen): Citizen,
    key: RequestKey,
    Json(change): Json<MobileChange>,
) -> Result<axum::Json<Account>, Error> {
    let asked = citizen.repeatable(pb::ChangeMobileRequest {
        request_id: key.text(),
        password: change.password,
        mobile: change.mobile,
        challenge_proof: change.challenge_proof,
    });
    let told = edge.peers().identity().change_mobile(asked).await?;
    Ok(axum::Json(told.into_inner().account.try_into()?))
}
