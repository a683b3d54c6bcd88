//! `xuanctl counter`.

use serde_json::json;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::vehicle::v1::purchase_proof::Kind;

use crate::fake_enrolment::ACCOUNT;
use crate::fake_selection::APPLICATION;
use crate::house::House;

const VIN: &str = "LSGPC52U6AF102554";

fn open(proof: &[&'static str]) -> Vec<&'static str> {
    let fixed = [
        "counter",
        "open",
        "--office",
        "gd-zhanjiang",
        "--account",
        ACCOUNT,
        "--vin",
        VIN,
        "--notice-version",
        "3",
        "--reason",
        "exhausted online",
    ];
    [&fixed[..], proof].concat()
}

/// R-SEL-12: whose internet chances are used up is served at the window.
#[test]
fn an_application_is_opened_at_the_window() {
    let house = House::signed_in();
    let run = house.fine(&open(&["--electronic-invoice", "24442000000012345678"]));
    assert!(run.stdout.contains("1 × 50"), "{}", run.stdout);
    let asked: pb::OpenAtCounterRequest = house.log.one("OpenAtCounter");
    assert_eq!(
        (asked.account_id.as_str(), asked.vin.as_str()),
        (ACCOUNT, VIN)
    );
    assert_eq!(asked.notice_version, 3);
    let kind = asked.purchase_proof.unwrap().kind.unwrap();
    assert_eq!(
        kind,
        Kind::ElectronicInvoice("24442000000012345678".to_owned())
    );
    let office = ("gd".to_owned(), vec!["gd-zhanjiang".to_owned()]);
    assert_eq!(house.log.acted_in("OpenAtCounter"), office);

    let paper = [
        "--invoice-code",
        "144001700000",
        "--invoice-number",
        "00012345",
    ];
    house.fine(&open(&paper));
    let asked: Vec<pb::OpenAtCounterRequest> = house.log.all("OpenAtCounter");
    let Some(Kind::PaperInvoice(paper)) = asked[1].purchase_proof.clone().unwrap().kind else {
        panic!("it was a paper invoice");
    };
    assert_eq!(paper.number, "00012345");
    for wrong in [
        &[][..],
        &["--invoice-code", "144001700000"],
        &[
            "--invoice-code",
            "1",
            "--invoice-number",
            "2",
            "--electronic-invoice",
            "3",
        ],
    ] {
        assert_eq!(house.run(&open(wrong)).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn numbers_are_drawn_composed_and_confirmed_at_the_window() {
    let house = House::signed_in();
    let run = house.fine(&["counter", "draw", APPLICATION, "--exclude-four"]);
    assert!(run.stdout.contains("粤G12345 粤G54321"), "{}", run.stdout);
    let asked: pb::DrawAtCounterRequest = house.log.one("DrawAtCounter");
    assert!(asked.exclude_four && !asked.request_id.is_empty());

    let run = house.fine(&["counter", "compose", APPLICATION, "粤G88888", "粤G66666"]);
    assert!(run.stdout.contains("all missed"), "{}", run.stdout);
    let asked: pb::ComposeAtCounterRequest = house.log.one("ComposeAtCounter");
    assert_eq!(asked.wishes, ["粤G88888", "粤G66666"], "in their order");
    assert_eq!(
        house.run(&["counter", "compose", APPLICATION]).code,
        Some(2)
    );

    let confirm = ["counter", "confirm", APPLICATION, "粤G12345"];
    let run = house.fine(&confirm);
    assert!(run.stdout.contains("QLUD-AB5A-PMSN"), "{}", run.stdout);
    let run = house.fine(&[&confirm[..], &["--output", "json"]].concat());
    assert_eq!(
        run.json()["outcome"],
        json!({ "kind": "allocated", "plate": "粤G12345", "decided_at": null,
            "deadline": "2026-11-27", "voucher_number": "QLUD-AB5A-PMSN" })
    );
    assert_eq!(run.json()["application"]["state"], "confirmed");
    let run = house.fine(&["counter", "show", APPLICATION, "--output", "json"]);
    assert_eq!(run.json()["chances"]["draws_left"], 1);
    assert_eq!(run.json().get("outcome"), None);
    house.refused(&["counter", "show", ACCOUNT], "COUNTER_NOT_OFFERED");
}
