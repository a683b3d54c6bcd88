//! Problems (RFC 9457): the one place where a refusal becomes an answer.
//!
//! A handler that fails leaves its [`Error`] in the response; the text is written here, in the
//! language the person asked for, from the one catalogue.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::{Locale, Reason};

use crate::error::Error;

/// The media type.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What `type` begins with; the code in small letters follows.
const TYPE_PREFIX: &str = "urn:xuanhao:problem:";

/// Why a request was refused (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:xuanhao:problem:` and the code in small letters.
    #[serde(rename = "type")]
    #[schema(example = "urn:xuanhao:problem:vin_length")]
    kind: String,
    /// What happened and what to do next, for the person, in the language of `Accept-Language`
    /// (`zh-CN` unless `en` is asked for).
    #[schema(example = "车辆识别代号应为 17 位，您输入了 16 位。请对照合格证或进口证明书核对。")]
    title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// The stable code of the reason; a code never changes its meaning.
    #[schema(example = "VIN_LENGTH")]
    code: &'static str,
    /// The field at fault, as the request spells it, such as `purchase_proof.number` or `wishes[2]`;
    /// also a path or query parameter or a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "vin")]
    field: Option<String>,
    /// What the title shows, for programs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(example = json!({"length": "16"}))]
    parameters: BTreeMap<&'static str, String>,
    /// Whole seconds after which the same request may succeed; also the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30)]
    retry_after_s: Option<u64>,
    /// The trace of the request, for those who ask us about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace: Option<String>,
}

impl Problem {
    fn of(refusal: &Refusal, locale: Locale, trace: Option<String>) -> Self {
        let code = refusal.reason().code();
        let told = refusal.retry_delay();
        Self {
            kind: format!("{TYPE_PREFIX}{}", code.to_ascii_lowercase()),
            title: refusal.text(locale),
            status: status(refusal.reason()).as_u16(),
            code,
            field: refusal.field().map(str::to_owned),
            parameters: refusal.params().clone(),
            // Rounded up: who waits that long has waited long enough.
            retry_after_s: told.map(|after| after.as_secs() + u64::from(after.subsec_nanos() > 0)),
            trace,
        }
    }
}

/// The HTTP status of a reason: its kind's, or the one that HTTP has a word for.
pub(crate) fn status(reason: Reason) -> StatusCode {
    match reason {
        Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Reason::BodyTooLarge | Reason::DocumentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::MediaTypeUnsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        reason => StatusCode::from_u16(reason.kind().http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status(self.refusal().reason());
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem of a response that carries an error.
pub(super) fn written(
    mut response: Response,
    locale: Locale,
    trace: Option<String>,
) -> (Response, Option<Error>) {
    let Some(error) = response.extensions_mut().remove::<Error>() else {
        return (response, None);
    };
    let problem = Problem::of(error.refusal(), locale, trace);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    let text = serde_json::to_vec(&problem).expect("texts and numbers are JSON");
    *response.body_mut() = text.into();
    (response, Some(error))
}
