//! Captchas: a picture code, or a puzzle for who cannot use pictures (R-AUTH-03). A stranger's belongs
//! to his visit, a citizen's to his account.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use super::Edge;
use super::body::OptionalJson;
use super::extract::{CitizenOrStranger, OptionalVisit};
use super::wire::instant;
use crate::error::Error;
use crate::peers::once;

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(issue_captcha))
}

/// How a captcha is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CaptchaForm {
    /// A picture code.
    Picture,
    /// A puzzle the browser solves by itself: nothing to see, hear or remember.
    ProofOfWork,
}

/// How the captcha is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaptchaWish {
    /// Twice the size, for those who need it.
    large: Option<bool>,
    /// A picture unless told.
    form: Option<CaptchaForm>,
}

/// A captcha: a picture or a puzzle.
#[derive(Debug, Serialize, ToSchema)]
struct Captcha {
    /// Told back with the answer.
    #[schema(format = "uuid")]
    captcha_id: String,
    /// The picture, PNG in base64; absent with a puzzle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(content_encoding = "base64", content_media_type = "image/png")]
    png: Option<String>,
    /// Absent with a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    puzzle: Option<Puzzle>,
    /// Of no use after this.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// The answer is any text of at most 32 ASCII letters and digits such that the SHA-256 of `prefix`
/// followed by it begins with `zero_bits` zero bits.
#[derive(Debug, Serialize, ToSchema)]
struct Puzzle {
    prefix: String,
    #[schema(minimum = 8, maximum = 28)]
    zero_bits: i32,
}

/// Get a captcha
///
/// A picture code or a puzzle. Each can be answered once: by the account when there is a session,
/// otherwise by the visit it was made for.
#[utoipa::path(
    post,
    path = "/api/v1/captchas",
    operation_id = "issueCaptcha",
    tag = "challenges",
    request_body = Option<CaptchaWish>,
    responses((status = 201, description = "A picture or a puzzle.", body = Captcha)),
    security(("visit" = []), ("session" = []))
)]
async fn issue_captcha(
    State(edge): State<Edge>,
    CitizenOrStranger(citizen): CitizenOrStranger,
    OptionalVisit(visit): OptionalVisit,
    OptionalJson(wish): OptionalJson<CaptchaWish>,
) -> Result<(StatusCode, axum::Json<Captcha>), Error> {
    let form = match wish.form {
        None | Some(CaptchaForm::Picture) => pb::CaptchaForm::Picture,
        Some(CaptchaForm::ProofOfWork) => pb::CaptchaForm::ProofOfWork,
    };
    let message = |pre_session_id: String| pb::IssueCaptchaRequest {
        pre_session_id,
        large: wish.large.unwrap_or_default(),
        form: form.into(),
    };
    // A session that has ended leaves the visit: who signs in again needs a captcha as well.
    let asked = match (citizen, visit) {
        (Some(Ok(principal)), _) => principal.once(message(String::new())),
        (_, Some(visit)) => once(message(visit.to_string())),
        (Some(Err(expired)), None) => return Err(expired),
        (None, None) => return Err(Reason::VisitRequired.into()),
    };
    let issued = edge.peers().challenges().issue_captcha(asked).await?;
    let issued = issued.into_inner();
    let captcha = Captcha {
        captcha_id: issued.captcha_id,
        png: (!issued.png.is_empty()).then(|| STANDARD.encode(&issued.png)),
        puzzle: issued.puzzle.map(|puzzle| Puzzle {
            prefix: puzzle.prefix,
            zero_bits: puzzle.zero_bits,
        }),
        expires_at: instant(issued.expires_at, "expires_at")?,
    };
    Ok((StatusCode::CREATED, axum::Json(captcha)))
}
