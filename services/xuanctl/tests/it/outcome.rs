//! `xuanctl outcome`.

use serde_json::json;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::lookup_selection_request::By;

use crate::fake_selection::APPLICATION;
use crate::house::House;

#[test]
fn a_selection_is_looked_up_by_one_key() {
    let house = House::signed_in();
    let run = house.fine(&["outcome", "lookup", "--vin", "lsgpc52u6af102554"]);
    assert!(run.stdout.contains("粤G12345 small"), "{}", run.stdout);
    assert!(
        run.stdout.contains("2026-11-18 19:06:40"),
        "the clock of China: {}",
        run.stdout
    );
    let run = house.fine(&[
        "outcome",
        "lookup",
        "--plate",
        "粤G12345",
        "--class",
        "small",
        "--office",
        "gd-zhanjiang",
        "--output",
        "json",
    ]);
    assert_eq!(
        run.json(),
        json!({ "application_id": APPLICATION, "office": "gd-zhanjiang",
            "vin": "LSGPC52U6AF102554", "plate_class": "small", "plate": "粤G12345",
            "decided_at": "2026-11-18T11:06:40.5Z", "deadline": "2026-11-26",
            "voucher_number": "QLUD-AB5A-PMSN", "state": "confirmed", "office_acts": null,
            "void_reason": "" })
    );
    house.refused(
        &["outcome", "lookup", "--voucher", "qlud ab5a pmsn"],
        "NOT_FOUND",
    );
    let asked: Vec<pb::LookupSelectionRequest> = house.log.all("LookupSelection");
    let keys: Vec<_> = asked.into_iter().map(|asked| asked.by.unwrap()).collect();
    let plate = pb::PlateReference {
        plate_class: 2,
        plate: "粤G12345".to_owned(),
    };
    assert_eq!(
        keys,
        [
            By::Vin("LSGPC52U6AF102554".to_owned()),
            By::Plate(plate),
            By::VoucherNumber("QLUD-AB5A-PMSN".to_owned()),
        ]
    );
    for wrong in [
        &["--vin", "LSGPC52U7AF102554"][..],
        &["--plate", "粤G12345"],
        &["--voucher", "QLUD-AB5A-PMSM"],
        &["--vin", "LSGPC52U6AF102554", "--voucher", "QLUD-AB5A-PMSN"],
        &[],
    ] {
        let run = house.run(&[&["outcome", "lookup"], wrong].concat());
        assert_eq!(run.code, Some(2), "{wrong:?}");
    }
}

#[test]
fn staff_end_and_mend_selections() {
    let house = House::signed_in();
    let run = house.fine(&[
        "outcome",
        "mark-registered",
        APPLICATION,
        "--on",
        "2026-11-25",
        "--reason",
        "at window 3",
    ]);
    assert!(run.stdout.contains("registered"), "{}", run.stdout);
    let asked: pb::MarkRegisteredRequest = house.log.one("MarkRegistered");
    assert_eq!(
        (
            asked.application_id.as_str(),
            asked.registered_on.as_str(),
            asked.reason.as_str()
        ),
        (APPLICATION, "2026-11-25", "at window 3")
    );
    let void = ["outcome", "void", APPLICATION, "--reason", "car returned"];
    assert_eq!(house.fine(&void).stdout, "");
    let asked: pb::VoidApplicationRequest = house.log.one("VoidApplication");
    assert_eq!(asked.application_id, APPLICATION);
    assert!(!asked.request_id.is_empty());
    let run = house.fine(&[&void[..], &["--output", "json"]].concat());
    assert_eq!(
        run.json(),
        json!({}),
        "a document even where there is no answer"
    );
    let run = house.fine(&[
        "outcome",
        "credit",
        APPLICATION,
        "--compose",
        "2",
        "--draws",
        "1",
        "--reason",
        "outage of 21 November",
        "--output",
        "json",
    ]);
    assert_eq!(run.json(), json!({ "compose_left": 2, "draws_left": 1 }));
    let asked: pb::CreditChancesRequest = house.log.one("CreditChances");
    assert_eq!((asked.compose, asked.draws), (2, 1));
}

#[test]
fn the_feed_goes_on_from_a_position() {
    let house = House::signed_in();
    let run = house.fine(&["outcome", "feed", "--after", "40", "--page-size", "7"]);
    assert!(run.stdout.ends_with("--after 45\n"), "{}", run.stdout);
    let asked: pb::ListOutcomesRequest = house.log.one("ListOutcomes");
    assert_eq!((asked.after, asked.page_size), (40, 7));
    let run = house.fine(&["outcome", "feed", "--output", "json"]);
    let page = run.json();
    assert_eq!(page["position"], 5);
    assert_eq!(page["outcomes"][0]["selection"]["state"], "voided");
    assert_eq!(page["outcomes"][1]["selection"], json!(null));
}

/// Arrival, inspection and collection are separate acts with their days.
#[test]
fn what_happens_at_the_office_is_recorded_act_by_act() {
    let house = House::signed_in();
    let arrive = ["outcome", "arrive", APPLICATION, "--reason", "window 3"];
    let run = house.fine(&arrive);
    assert!(run.stdout.contains("到场 · arrived"), "{}", run.stdout);
    assert!(!run.stdout.contains("查验"), "{}", run.stdout);
    let asked: pb::RecordArrivalRequest = house.log.one("RecordArrival");
    assert_eq!(asked.arrived_on, "", "today");
    house.refused(
        &[&arrive[..], &["--on", "2027-01-01"]].concat(),
        "FIELD_INVALID",
    );

    let inspect = [
        "outcome",
        "inspect",
        APPLICATION,
        "--on",
        "2026-11-24",
        "--reason",
        "lamp",
    ];
    assert_eq!(house.run(&inspect).code, Some(2), "passed or failed");
    let run = house.fine(&[&inspect[..], &["--failed"]].concat());
    assert!(run.stdout.contains("不合格 · failed"), "{}", run.stdout);
    let run = house.fine(&[&inspect[..], &["--passed", "--output", "json"]].concat());
    assert_eq!(run.json()["office_acts"]["inspection_passed"], true);
    let asked: Vec<pb::RecordInspectionRequest> = house.log.all("RecordInspection");
    assert_eq!(
        asked.iter().map(|one| one.passed).collect::<Vec<_>>(),
        [false, true]
    );
    let collect = ["outcome", "collect", APPLICATION, "--reason", "window 5"];
    let run = house.fine(&collect);
    assert!(run.stdout.contains("2026-11-25"), "{}", run.stdout);
}

#[test]
fn an_offices_selections_are_listed_to_the_last_page() {
    let house = House::signed_in();
    let list = ["outcome", "list", "--office", "gd-zhanjiang"];
    let run = house.fine(&[&list[..], &["--state", "confirmed"]].concat());
    assert_eq!(run.stdout.matches(APPLICATION).count(), 2, "{}", run.stdout);
    let asked: Vec<pb::ListSelectionsRequest> = house.log.all("ListSelections");
    assert_eq!(asked[1].page_token, "more");
    assert_eq!(asked[0].state, "confirmed");
    let office = ("gd".to_owned(), vec!["gd-zhanjiang".to_owned()]);
    assert_eq!(house.log.acted_in("ListSelections"), office);
    let run = house.run(&[&list[..], &["--state", "lost"]].concat());
    assert_eq!(run.code, Some(2));
}
