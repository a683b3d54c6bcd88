//! Pages that need neither the API nor the portal: nothing needs a control or a plug-in, but a browser may
//! be too old (R-UI-01); and the portal may not have been built.

use axum::Router;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY};

use super::Edge;

/// Where portals send a browser they cannot run in.
pub(super) const UNSUPPORTED_BROWSER: &str = "/unsupported-browser";

/// Plain HTML 4 words without script, so that any browser shows it.
const TOO_OLD: &str = include_str!("../../pages/unsupported-browser.html");
const WITHOUT_PORTAL: &str = include_str!("../../pages/without-portal.html");

pub(super) fn routes() -> Router<Edge> {
    Router::new().route(
        UNSUPPORTED_BROWSER,
        get(async || plain(TOO_OLD, "public, max-age=3600")),
    )
}

/// What is shown in the portal's place where it was not built.
pub(super) fn without_portal() -> impl IntoResponse {
    plain(WITHOUT_PORTAL, "no-cache")
}

/// A page in both languages that needs nothing but itself.
fn plain(page: &'static str, kept: &'static str) -> impl IntoResponse {
    let headers = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
        ),
        (CONTENT_LANGUAGE, "zh-CN, en"),
        (CACHE_CONTROL, kept),
    ];
    (headers, Html(page))
}
