//! The citizens' portal: the files of its build, served beside the API from the edge's own memory.
//!
//! An address that belongs to no route is a file of the build, or a page that the portal itself finds
//! when its document is opened there. Neither is counted with a client's requests, nor does it wait for a
//! place: it costs nothing, and a page without one of its scripts is no page.

mod coding;
mod files;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::observe::Route;
use super::{Edge, pages};
use coding::Codings;
use files::File;

pub(super) use files::Files;

/// On every answer of the portal, beside those of all answers: nothing from elsewhere, no script or style
/// within a page, no device.
const HEADERS: [(HeaderName, &str); 3] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         connect-src 'self'; worker-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// How metrics and log lines call what has no route.
const FILE: Route = Route("/{file}");
const PAGE: Route = Route("/{page}");

/// Answers what the portal has; everything else goes on.
pub(super) async fn beside_routes(
    State(edge): State<Edge>,
    request: Request,
    next: Next,
) -> Response {
    let has_route = request.extensions().get::<MatchedPath>().is_some();
    let own = match has_route {
        true => None,
        false => answer(edge.portal(), &request),
    };
    match own {
        Some(response) => response,
        None => next.run(request).await,
    }
}

fn answer(files: &Files, request: &Request) -> Option<Response> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = is_read.then(|| request.uri().path())?;
    let (mut response, route) = if let Some(file) = files.at(path) {
        (told(file, request), FILE)
    } else if is_page(path, request.headers()) {
        let page = files.page();
        let page = page.map_or_else(
            || pages::without_portal().into_response(),
            |file| told(file, request),
        );
        (page, PAGE)
    } else {
        return None;
    };
    response.extensions_mut().insert(route);
    Some(response)
}

/// Whether the portal's document is what the address shows: a browser is about to show a page, and it is
/// no file's name and none of the API.
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let wants_page = path == "/" || accepted.is_some_and(|accepted| accepted.contains("text/html"));
    let is_api = path == "/api" || path.starts_with("/api/");
    wants_page && !is_api && !name.contains('.')
}

fn told(file: &File, request: &Request) -> Response {
    let mut response = Response::new(Body::empty());
    if is_known(file, request.headers()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let (coding, bytes) = file.in_one_of(Codings::accepted(request.headers()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, file.media_type.clone());
        headers.insert(CONTENT_LENGTH, bytes.len().into());
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        if request.method() == Method::GET {
            *response.body_mut() = bytes.clone().into();
        }
    }
    let headers = response.headers_mut();
    headers.insert(ETAG, file.etag.clone());
    headers.insert(CACHE_CONTROL, file.kept.clone());
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether the client has the file as it is.
fn is_known(file: &File, headers: &HeaderMap) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|value| value.split(',')).map(str::trim);
    known.any(|tag| tag == "*" || tag.as_bytes() == file.etag.as_bytes())
}

#[cfg(test)]
mod tests;
