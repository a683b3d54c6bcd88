//! The voucher as a file and as signed text.

use crate::browser::answer;
use crate::fakes::APPLICATION;
use crate::house::House;

#[tokio::test]
async fn the_voucher_is_a_file_named_by_its_number() {
    let house = House::new().await;
    let citizen = house.citizen().await;
    let path = format!("/api/v1/applications/{APPLICATION}/voucher");
    let response = citizen.get(&path).send().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(
        header("content-disposition"),
        r#"attachment; filename="voucher-7K3F-9QXM-2HTA.pdf""#
    );
    assert_eq!(response.bytes().await.unwrap(), "%PDF-1.7 a voucher");
    let shown = answer(citizen.get(&format!("{path}?disposition=inline"))).await;
    assert!(
        shown
            .header("content-disposition")
            .starts_with("inline; filename=")
    );
    let odd = answer(citizen.get(&format!("{path}?disposition=x"))).await;
    assert_eq!(
        odd.refused(400, "FIELD_INVALID").body["field"],
        "disposition"
    );

    let signed = answer(citizen.get(&format!(
        "/api/v1/applications/{APPLICATION}/signed-voucher"
    )))
    .await;
    assert_eq!(signed.body["signed_voucher"], "a.signed.voucher");
    assert_eq!(signed.body["voucher_number"], "7K3F-9QXM-2HTA");
}
