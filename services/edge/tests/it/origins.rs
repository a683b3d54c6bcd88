//! Writes come from our own pages or from programs, never from another site's page.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::browser::answer;
use crate::fakes::APPLICATION;
use crate::house::House;

/// A write from another site's page is refused before anything is asked, with the victim's cookies.
#[tokio::test]
async fn another_sites_page_cannot_write() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let draws = format!("/api/v1/applications/{APPLICATION}/draws");
    let before = house.peers.asked().len();
    let draw = || citizen.post(&draws, &json!({}));
    let foreign: [fn(RequestBuilder) -> RequestBuilder; 5] = [
        |request| request.header("origin", "https://evil.example"),
        |request| request.header("sec-fetch-site", "cross-site"),
        |request| request.header("sec-fetch-site", "same-site"),
        |request| request.header("origin", "null"),
        |request| {
            let request = request.header("origin", "https://evil.example");
            request.header("sec-fetch-site", "cross-site")
        },
    ];
    for from in foreign {
        answer(from(draw())).await.refused(403, "ORIGIN_REFUSED");
    }
    let out = citizen.request(Method::DELETE, "/api/v1/session");
    let out = answer(out.header("origin", "https://evil.example")).await;
    out.refused(403, "ORIGIN_REFUSED");
    assert_eq!(house.peers.asked().len(), before, "nothing was asked");
}

/// Our own pages, configured ones, and programs that are no browsers may write.
#[tokio::test]
async fn our_own_pages_and_programs_write() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let draws = format!("/api/v1/applications/{APPLICATION}/draws");
    let own = format!("https://{}", house.address);
    let draw = || citizen.post(&draws, &json!({}));
    for request in [
        draw(),
        draw().header("origin", &own),
        draw()
            .header("origin", &own)
            .header("sec-fetch-site", "same-origin"),
        draw()
            .header("origin", "https://portal.example")
            .header("sec-fetch-site", "same-site"),
    ] {
        assert_eq!(answer(request).await.status, 200);
    }
    // Reading is no act; what is read, the browser keeps from the other page.
    let read = citizen
        .get("/api/v1/account")
        .header("origin", "https://evil.example");
    let read = answer(read).await;
    assert_eq!(read.status, 200);
    assert!(!read.headers.contains_key("access-control-allow-origin"));
    assert_eq!(read.header("cross-origin-resource-policy"), "same-origin");
}
