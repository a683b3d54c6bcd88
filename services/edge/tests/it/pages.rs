//! Pages beside the API, and the menu that leads to it.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::browser::{Browser, answer};
use crate::house::House;

/// R-UI-01: no control is needed; a browser that is too old gets a page that says what to do, in both
/// languages and without script.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_too_old_is_told_what_to_do() {
    let house = House::new().await;
    let page = Browser::new(&house).get("/unsupported-browser");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 200);
    let header = |name| page.headers()[name].to_str().unwrap().to_owned();
    assert!(header(CONTENT_TYPE).starts_with("text/html"));
    let policy = header(CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'") && policy.contains("style-src"));
    let text = page.text().await.unwrap();
    assert!(text.contains("不需要安装任何控件") && text.contains("too old"));
    assert!(!text.contains("<script"));
}

/// R-ENT-01, R-ENT-02, R-ENT-03: the menu leads to the service, whose description says that the office is
/// chosen first.
#[tokio::test(flavor = "multi_thread")]
async fn the_menu_leads_to_the_service_with_its_description() {
    let house = House::new().await;
    let menu = answer(Browser::new(&house).get("/api/v1/menu")).await;
    assert_eq!(menu.status, 200);
    let group = &menu.body["groups"][0];
    assert_eq!(group["name_zh"], "机动车业务");
    let service = &group["services"][0];
    assert_eq!(service["name_zh"], "新车（含新能源汽车）注册登记预选号牌");
    assert_eq!(service["begin_zh"], "预选号牌");
    let description = service["description_zh"].as_str().unwrap();
    assert!(description.contains("选择办理注册登记的车管所"));
    assert!(
        service["description_en"]
            .as_str()
            .unwrap()
            .contains("Choose the office")
    );
}
