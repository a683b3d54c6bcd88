//! The citizen's account: registering, looking at it, and what it is signed in with.

mod credentials;

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
use super::wire::text;
use crate::error::Error;
use crate::peers::repeatable;

/// Those that cost us and that strangers may ask for.
pub(super) fn strangers() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(register_account))
        .merge(credentials::strangers())
}

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get_account))
        .merge(credentials::routes())
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

/// Whose an account is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HolderKind {
    /// A natural person.
    Person,
    /// 单位用户: an organisation, acting through its agent (R-ACC-09).
    Organisation,
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
    /// Of an organisation, name and identity number above are its agent's.
    kind: HolderKind,
    /// Of organisations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation_name: Option<String>,
    /// Of organisations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "91**************0X")]
    credit_code_masked: Option<String>,
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
        let kind = match told.kind() {
            pb::HolderKind::Unspecified => return Err(Error::peer_answer("kind")),
            pb::HolderKind::Person => HolderKind::Person,
            pb::HolderKind::Organisation => HolderKind::Organisation,
        };
        Ok(Self {
            account_id: told.account_id,
            login_name: told.login_name,
            full_name_masked: told.full_name_masked,
            resident_id_masked: told.resident_id_masked,
            mobile_masked: told.mobile_masked,
            level,
            province: told.province,
            kind,
            organisation_name: text(told.organisation_name),
            credit_code_masked: text(told.credit_code_masked),
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
