//! The citizens' portal beside the API. Whether one was built or not, its pages are answered; what was
//! built is looked at as a browser would.

use reqwest::{Method, RequestBuilder, Response};

use crate::browser::{Browser, answer};
use crate::house::House;

/// What a browser says that is about to show a page.
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn opened(browser: &Browser, path: &str) -> RequestBuilder {
    browser.get(path).header("accept", PAGE)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value
        .unwrap_or_else(|| panic!("no {name}"))
        .to_str()
        .unwrap()
}

/// Paths of what a document loads by itself.
fn loaded(document: &str) -> Vec<String> {
    let parts = document.split("=\"").skip(1);
    let values = parts.filter_map(|part| part.split('"').next());
    let own = values.filter(|value| value.starts_with("/assets/"));
    own.map(str::to_owned).collect()
}

/// R-UI-01: every page of the portal is one document, under the strictest policy, in the memory of nobody
/// who does not ask again.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_answered_whatever_its_address() {
    let house = House::new().await;
    let browser = Browser::new(&house);
    let mut documents = Vec::new();
    for path in ["/", "/offices", "/offices/gd-zhanjiang/pool"] {
        let page = opened(&browser, path).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        assert_eq!(header(&page, "cache-control"), "no-cache");
        assert!(header(&page, "content-security-policy").starts_with("default-src 'none'; "));
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer");
        assert!(header(&page, "strict-transport-security").starts_with("max-age="));
        documents.push(page.text().await.unwrap());
    }
    assert!(documents[0].contains("<html lang=\"zh-CN\">"));
    assert!(documents.iter().all(|document| *document == documents[0]));
}

/// What a document loads is there, compressed, and kept for ever; the document itself is asked for again
/// and not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_built_is_served_as_built() {
    let house = House::new().await;
    let browser = Browser::new(&house);
    let page = opened(&browser, "/").send().await.unwrap();
    let etag = page.headers().get("etag").cloned();
    let policy = header(&page, "content-security-policy").to_owned();
    let files = loaded(&page.text().await.unwrap());
    // Without a build there is nothing to look at: `cargo xtask portal` makes one, and CI fails without.
    let Some(etag) = etag else { return };
    for part in [
        "script-src 'self';",
        "style-src 'self';",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let again = opened(&browser, "/").header("if-none-match", etag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    assert!(files.iter().any(|path| path.ends_with(".js")), "{files:?}");
    assert!(files.iter().any(|path| path.ends_with(".css")), "{files:?}");
    for path in files {
        let whole = browser.get(&path).send().await.unwrap();
        assert_eq!(whole.status(), 200, "{path}");
        assert!(header(&whole, "cache-control").ends_with("immutable"));
        let length: usize = header(&whole, "content-length").parse().unwrap();
        let asked = browser.request(Method::HEAD, &path);
        let short = asked.header("accept-encoding", "gzip, br").send();
        let short = short.await.unwrap();
        if length > 1_024 {
            assert_eq!(header(&short, "content-encoding"), "br", "{path}");
            assert!(header(&short, "content-length").parse::<usize>().unwrap() < length);
        }
        assert!(short.bytes().await.unwrap().is_empty());
    }
}

/// The API's refusals stay problems, also to a browser, and a file that is gone is none of the pages.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_is_a_problem() {
    let house = House::new().await;
    let browser = Browser::new(&house);
    for path in [
        "/api",
        "/api/v1/nothing",
        "/assets/gone-1234.js",
        "/robots.php",
    ] {
        answer(opened(&browser, path))
            .await
            .refused(404, "NOT_FOUND");
    }
    let program = browser.get("/offices").header("accept", "application/json");
    answer(program).await.refused(404, "NOT_FOUND");
    let written = browser
        .request(Method::POST, "/offices")
        .header("accept", PAGE);
    answer(written).await.refused(404, "NOT_FOUND");
}

/// Pages and their files are no part of what one address may ask for in a minute.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_not_counted_with_a_clients_requests() {
    let house = House::with(|config| config.http.rate.burst = 1.try_into().unwrap()).await;
    let browser = Browser::new(&house);
    for _ in 0..5 {
        assert_eq!(opened(&browser, "/").send().await.unwrap().status(), 200);
    }
    assert_eq!(answer(browser.get("/api/v1/offices")).await.status, 200);
    answer(browser.get("/api/v1/offices"))
        .await
        .refused(429, "RATE_LIMITED");
}
