//! SMS codes. A stranger's are bound to his visit, a citizen's to his account.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_vocabulary::ProvinceId;

use super::Edge;
use super::body::Json;
use super::extract::{
    ChallengePath, CitizenOrStranger, Client, Language, OptionalVisit, RequestKey,
};
use super::wire::instant;
use crate::error::Error;
use crate::peers::{once, repeatable};

/// Those that cost us and that strangers may ask for.
pub(super) fn strangers() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(issue_challenge))
}

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(verify_challenge))
}

/// What a code is good for. A code for one purpose never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    /// Registering; a stranger's number.
    Register,
    /// Replacing a forgotten password; the number of the account.
    ResetPassword,
    /// Locking the submitted information (R-INF-05).
    ConfirmInfo,
    /// The re-check before selecting (R-AUTH-01).
    StartSelecting,
    /// The final confirmation of a chosen number (R-AUTH-04).
    ConfirmPlate,
    /// Proving the number an account changes to.
    ChangeMobile,
}

impl Purpose {
    fn to_proto(self) -> pb::ChallengePurpose {
        match self {
            Self::Register => pb::ChallengePurpose::Register,
            Self::ResetPassword => pb::ChallengePurpose::ResetPassword,
            Self::ConfirmInfo => pb::ChallengePurpose::ConfirmInfo,
            Self::StartSelecting => pb::ChallengePurpose::StartSelecting,
            Self::ConfirmPlate => pb::ChallengePurpose::ConfirmPlate,
            Self::ChangeMobile => pb::ChallengePurpose::ChangeMobile,
        }
    }

    /// Asked for before sign-in: by a visit, with a province and a picture code.
    fn is_for_strangers(self) -> bool {
        matches!(self, Self::Register | Self::ResetPassword)
    }
}

/// Which code is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChallengeWish {
    purpose: Purpose,
    /// `register`, `change_mobile`: the number to prove.
    #[schema(example = "13800138000")]
    mobile: Option<String>,
    /// `reset_password`: the account whose number is used.
    login_name: Option<String>,
    /// Purposes of citizens but `change_mobile`: the application's id.
    subject: Option<String>,
    /// Strangers answer a picture code.
    captcha_id: Option<String>,
    /// What they read in it.
    captcha_answer: Option<String>,
    /// `register`, `reset_password`: the province whose portal is used, such as `gd`.
    #[schema(value_type = Option<String>, example = "gd")]
    province: Option<ProvinceText>,
}

/// A province, read at the door.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ProvinceText(String);

impl ProvinceText {
    pub(super) fn read(&self) -> Result<ProvinceId, Refusal> {
        if self.0.is_empty() {
            return Err(Refusal::required("province"));
        }
        let read = ProvinceId::parse(&self.0);
        read.map_err(|_| Refusal::invalid("province", "unknown_value"))
    }
}

/// A code on its way.
#[derive(Debug, Serialize, ToSchema)]
struct Challenge {
    /// Told back with the code.
    #[schema(format = "uuid")]
    challenge_id: String,
    /// Where the code went; the answer is the same whether or not there is such an account.
    #[schema(example = "138****8000")]
    mobile_masked: String,
    /// The code is of no use after this.
    #[schema(format = DateTime)]
    expires_at: String,
    /// Another code may be asked for from then on.
    #[schema(format = DateTime)]
    resend_at: String,
}

/// Send an SMS code
///
/// Six digits, by SMS, in the language of `Accept-Language`. `register` and `reset_password` are for
/// strangers and need a visit, a province and an answered picture code; the others need a session.
#[utoipa::path(
    post,
    path = "/api/v1/challenges",
    operation_id = "issueChallenge",
    tag = "challenges",
    params(RequestKey),
    request_body = ChallengeWish,
    responses((status = 201, description = "The code is on its way.", body = Challenge)),
    security(("visit" = []), ("session" = []))
)]
async fn issue_challenge(
    State(edge): State<Edge>,
    CitizenOrStranger(citizen): CitizenOrStranger,
    OptionalVisit(visit): OptionalVisit,
    Client(client): Client,
    Language(locale): Language,
    key: RequestKey,
    Json(wish): Json<ChallengeWish>,
) -> Result<(StatusCode, axum::Json<Challenge>), Error> {
    let mut message = pb::IssueChallengeRequest {
        request_id: key.text(),
        purpose: wish.purpose.to_proto().into(),
        mobile: wish.mobile.unwrap_or_default(),
        login_name: wish.login_name.unwrap_or_default(),
        subject: wish.subject.unwrap_or_default(),
        captcha_id: wish.captcha_id.unwrap_or_default(),
        captcha_answer: wish.captcha_answer.unwrap_or_default(),
        client_address: client.text(),
        locale: locale.tag().to_owned(),
        ..Default::default()
    };
    let asked = if wish.purpose.is_for_strangers() {
        let province = wish.province.ok_or_else(|| Refusal::required("province"))?;
        message.province = province.read()?.to_string();
        message.pre_session_id = visit.ok_or(Reason::VisitRequired)?.to_string();
        repeatable(message)
    } else {
        citizen.ok_or(Reason::Unauthenticated)??.repeatable(message)
    };
    let issued = edge.peers().challenges().issue_challenge(asked).await?;
    let issued = issued.into_inner();
    let challenge = Challenge {
        challenge_id: issued.challenge_id,
        mobile_masked: issued.mobile_masked,
        expires_at: instant(issued.expires_at, "expires_at")?,
        resend_at: instant(issued.resend_at, "resend_at")?,
    };
    Ok((StatusCode::CREATED, axum::Json(challenge)))
}

/// A code as it was read in the message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeAnswer {
    /// Six digits.
    #[schema(pattern = "^[0-9]{6}$")]
    code: String,
}

/// That a code was answered rightly.
#[derive(Serialize, ToSchema)]
struct Proof {
    /// Signed; told back with what it is for. Serves once.
    proof: String,
    /// Of no use after this.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Answer an SMS code
///
/// May be repeated: a right answer yields the same proof. Belongs to the account or the visit that
/// asked for the code.
#[utoipa::path(
    post,
    path = "/api/v1/challenges/{challenge_id}/verify",
    operation_id = "verifyChallenge",
    tag = "challenges",
    params(("challenge_id" = String, Path, format = "uuid", description = "Which code.")),
    request_body = CodeAnswer,
    responses((status = 200, description = "The code was right.", body = Proof)),
    security(("visit" = []), ("session" = []))
)]
async fn verify_challenge(
    State(edge): State<Edge>,
    CitizenOrStranger(citizen): CitizenOrStranger,
    OptionalVisit(visit): OptionalVisit,
    ChallengePath(challenge): ChallengePath,
    Json(answer): Json<CodeAnswer>,
) -> Result<axum::Json<Proof>, Error> {
    let message = pb::VerifyChallengeRequest {
        pre_session_id: visit.map(|visit| visit.to_string()).unwrap_or_default(),
        challenge_id: challenge.to_string(),
        code: answer.code,
    };
    // A guess is counted, so a call that may have arrived is not sent again by itself.
    let mut challenges = edge.peers().challenges();
    let refused = match citizen {
        None => None,
        Some(Err(expired)) => Some(expired),
        Some(Ok(principal)) => {
            let asked = principal.once(message.clone());
            match challenges
                .verify_challenge(asked)
                .await
                .map_err(Error::from)
            {
                Ok(proof) => return Ok(axum::Json(proved(proof.into_inner())?)),
                // Not the account's: the visit's, from before sign-in?
                Err(error) if error.refusal().reason() == Reason::ChallengeUnknown => Some(error),
                Err(error) => return Err(error),
            }
        }
    };
    if visit.is_none() {
        return Err(refused.unwrap_or_else(|| Reason::VisitRequired.into()));
    }
    let proof = challenges.verify_challenge(once(message)).await;
    match (proof.map_err(Error::from), refused) {
        (Ok(proof), _) => Ok(axum::Json(proved(proof.into_inner())?)),
        (Err(error), Some(first)) if error.refusal().reason() == Reason::ChallengeUnknown => {
            Err(first)
        }
        (Err(error), _) => Err(error),
    }
}

fn proved(proof: pb::VerifyChallengeResponse) -> Result<Proof, Error> {
    Ok(Proof {
        proof: proof.proof,
        expires_at: instant(proof.expires_at, "expires_at")?,
    })
}
