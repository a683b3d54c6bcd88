//! What a build is served as, without a build.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::request::Builder;
use http_body_util::BodyExt;

use super::*;

const SCRIPT: &str = "/assets/index-Dq3x.js";

/// A portal with one compressed script, a picture that was not worth compressing, and what the build keeps
/// for itself.
fn portal() -> Files {
    let file = |path: &str, text: &'static str| {
        let hash = std::array::from_fn(|place| text.len() as u8 ^ place as u8);
        (path.to_owned(), (Bytes::from_static(text.as_bytes()), hash))
    };
    Files::of(HashMap::from([
        file("index.html", "the document"),
        file("index.html.gz", "document, gz"),
        file("assets/index-Dq3x.js", "the whole script"),
        file("assets/index-Dq3x.js.br", "br"),
        file("assets/index-Dq3x.js.gz", "gz."),
        file("icon.svg", "the picture"),
        file(".vite/manifest.json", "{}"),
    ]))
}

fn get(path: &str) -> Builder {
    Request::get(path)
}

fn asked(builder: Builder) -> Option<Response> {
    answer(&portal(), &builder.body(Body::empty()).unwrap())
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[track_caller]
fn header(response: &Response, name: impl http::header::AsHeaderName) -> &str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn a_script_is_kept_for_ever_and_comes_in_the_shortest_coding_accepted() {
    for (accepted, coding, body) in [
        ("gzip, br", Some("br"), "br"),
        ("gzip", Some("gzip"), "gz."),
        ("br;q=0", None, "the whole script"),
    ] {
        let response = asked(get(SCRIPT).header("accept-encoding", accepted)).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            header(&response, CONTENT_TYPE),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            header(&response, CACHE_CONTROL),
            "public, max-age=31536000, immutable"
        );
        assert!(header(&response, VARY).contains("accept-encoding"));
        let told = response.headers().get(CONTENT_ENCODING);
        assert_eq!(told.map(|value| value.to_str().unwrap()), coding);
        assert_eq!(text(response).await, body);
    }
    let picture = asked(get("/icon.svg").header("accept-encoding", "br")).unwrap();
    assert_eq!(header(&picture, CACHE_CONTROL), "public, max-age=3600");
    assert_eq!(text(picture).await, "the picture");
}

#[tokio::test]
async fn every_page_is_the_document_and_nothing_else_is() {
    let page = |path| get(path).header(ACCEPT, "text/html,*/*;q=0.8");
    for path in ["/", "/offices/gd-zhanjiang/pool", "/apiary"] {
        let response = asked(page(path)).unwrap();
        assert_eq!(header(&response, CACHE_CONTROL), "no-cache", "{path}");
        assert!(header(&response, CONTENT_SECURITY_POLICY).contains("script-src 'self';"));
        assert_eq!(text(response).await, "the document");
    }
    assert!(asked(get("/")).is_some(), "whatever is accepted");
    assert!(
        asked(get("/offices")).is_none(),
        "a program asks for no page"
    );
    for path in [
        "/api",
        "/api/v1/nothing",
        "/assets/gone-1234.js",
        "/assets/index-Dq3x.js.br",
        "/index.html",
        "/.vite/manifest.json",
    ] {
        assert!(asked(page(path)).is_none(), "{path}");
    }
    assert!(asked(Request::post("/").header(ACCEPT, "text/html")).is_none());
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let etag = header(&asked(get("/")).unwrap(), ETAG).to_owned();
    for known in [etag.clone(), format!("\"other\", {etag}"), "*".to_owned()] {
        let response = asked(get("/").header(IF_NONE_MATCH, known)).unwrap();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&response, ETAG), etag);
        assert_eq!(text(response).await, "");
    }
    let response = asked(get("/").header(IF_NONE_MATCH, "\"other\"")).unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_head_tells_the_length_and_sends_nothing() {
    let response = asked(Request::head(SCRIPT).header("accept-encoding", "br")).unwrap();
    assert_eq!(header(&response, CONTENT_LENGTH), "2");
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn without_a_build_every_page_says_so() {
    let request = get("/offices").header(ACCEPT, "text/html");
    let request = request.body(Body::empty()).unwrap();
    let response = answer(&Files::of(HashMap::new()), &request).unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = text(response).await;
    assert!(text.contains("make portal") && text.contains("/api/v1/openapi.json"));
}
