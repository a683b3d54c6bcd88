//! Pages that are not the API's. Nothing needs a control or a plug-in, so the only one is the page for
//! browsers that are too old (R-UI-01).

use axum::Router;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

use super::Edge;

/// Where portals send a browser they cannot run in.
pub(super) const UNSUPPORTED_BROWSER: &str = "/unsupported-browser";

/// Plain HTML 4 words without script, so that any browser shows it.
const PAGE: &str = include_str!("../../pages/unsupported-browser.html");

pub(super) fn routes() -> Router<Edge> {
    Router::new().route(UNSUPPORTED_BROWSER, get(unsupported_browser))
}

async fn unsupported_browser() -> impl IntoResponse {
    let headers = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
        ),
        (CONTENT_LANGUAGE, "zh-CN, en"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, Html(PAGE))
}
