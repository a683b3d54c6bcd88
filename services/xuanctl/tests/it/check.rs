//! `xuanctl check`.

use serde_json::{Value, json};

use crate::xuanctl;

#[test]
fn a_valid_vin_is_shown_in_groups() {
    let run = xuanctl(&["check", "vin", "1M8GDM9AXKP042788"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(
        run.stdout,
        "1M8GDM9AXKP042788  valid  请逐组核对 · re-read in groups: 1M8 GDM9AX KP042788\n"
    );
}

#[test]
fn an_invalid_vin_tells_the_position() {
    let run = xuanctl(&["check", "vin", "LSGPC52U7AF102554"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stdout,
        "LSGPC52U7AF102554  invalid  第9位应为6 · position 9 must be 6\n"
    );
}

#[test]
fn a_warning_is_no_failure() {
    let run = xuanctl(&["check", "vin", "WP0ZZZ99ZTS392124"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout.starts_with("WP0ZZZ99ZTS392124  warning  "),
        "{}",
        run.stdout
    );

    let run = xuanctl(&[
        "check",
        "vin",
        "LSGPC52U6AF102554",
        "--invoice-year",
        "2024",
    ]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout.contains("warning") && run.stdout.contains("2010"),
        "{}",
        run.stdout
    );
}

#[test]
fn one_invalid_value_among_others_ends_with_1() {
    let run = xuanctl(&["check", "plate", "粤GA1234", "粤GA123挂", "粤G·D12345"]);
    assert_eq!(run.code, Some(1));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[0],
        "粤GA1234    valid    湛江普通号牌 · ordinary form, office gd-zhanjiang"
    );
    assert_eq!(
        lines[1],
        "粤GA123挂   invalid  “挂”字号牌用于挂车，不在号池内 · 挂 marks plates of trailers, which are not in any pool"
    );
    assert!(lines[2].contains("小型新能源号牌"), "{}", lines[2]);
}

#[test]
fn every_word_can_be_checked() {
    for (word, valid, invalid) in [
        ("vin", "LSGPC52U6AF102554", "LSGPC52U6AFI02554"),
        ("resident-id", "11010519491231002X", "110105194912310021"),
        ("credit-code", "91350100M000100Y43", "91350100M000100Y4A"),
        ("mobile", "13800138000", "15412345678"),
        ("invoice", "144002321660:00123456", "144002311660:00123456"),
        ("plate", "粤KD12345", "粤KI1234"),
    ] {
        let run = xuanctl(&["check", word, valid]);
        assert_eq!(
            (run.code, run.stdout.lines().count()),
            (Some(0), 1),
            "{word} {}",
            run.stdout
        );
        assert!(
            run.stdout.starts_with(&format!("{valid}  valid  ")),
            "{}",
            run.stdout
        );
        let run = xuanctl(&["check", word, invalid]);
        assert_eq!(
            (run.code, run.stdout.lines().count()),
            (Some(1), 1),
            "{word} {}",
            run.stdout
        );
        assert!(
            run.stdout.starts_with(&format!("{invalid}  invalid  ")),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn json_tells_everything() {
    let run = xuanctl(&[
        "check",
        "vin",
        "--output",
        "json",
        "LSGPC52U6AF102554",
        "LSGPC52U7AF102554",
        "WP0ZZZ99ZTS392124",
    ]);
    assert_eq!(run.code, Some(1));
    let answers: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answers[0]["verdict"], "valid");
    assert_eq!(answers[0]["warnings"], json!([]));
    assert!(answers[0].get("code").is_none());
    assert_eq!(
        answers[1],
        json!({
            "value": "LSGPC52U7AF102554",
            "verdict": "invalid",
            "code": "VIN_CHECK_DIGIT",
            "position": 9,
            "reason": "第9位应为6 · position 9 must be 6",
            "warnings": [],
        })
    );
    assert_eq!(answers[2]["verdict"], "warning");
    assert_eq!(answers[2]["warnings"][0]["code"], "VIN_IMPORT_CHECK_DIGIT");
    assert_eq!(answers[2]["warnings"][0]["position"], 9);
}

#[test]
fn the_day_decides_what_lies_in_the_future() {
    let digital = "24442000000012345678";
    assert_eq!(
        xuanctl(&["check", "invoice", digital, "--today", "2024-01-01"]).code,
        Some(0)
    );
    let run = xuanctl(&["check", "invoice", digital, "--today", "2023-12-31"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("2024"), "{}", run.stdout);

    let id = "44011320141005001X";
    assert_eq!(
        xuanctl(&["check", "resident-id", id, "--today", "2014-10-05"]).code,
        Some(0)
    );
    assert_eq!(
        xuanctl(&["check", "resident-id", id, "--today", "2014-10-04"]).code,
        Some(1)
    );
    assert_eq!(
        xuanctl(&["check", "resident-id", id, "--today", "yesterday"]).code,
        Some(2)
    );
    // A child of next century is refused today, whenever that is.
    assert_eq!(
        xuanctl(&["check", "resident-id", "110105249912310020"]).code,
        Some(1)
    );
}

#[test]
fn odd_but_well_formed_values_are_warned_about() {
    for (arguments, code) in [
        (&["check", "mobile", "17012345678"], "MOBILE_VIRTUAL"),
        (
            &["check", "invoice", "044002300117:00123456"],
            "INVOICE_USED_VEHICLE",
        ),
        (&["check", "plate", "苏U12345"], "PLATE_CODE_UNKNOWN"),
    ] {
        let run = xuanctl(&[arguments.as_slice(), &["--output", "json"]].concat());
        assert_eq!(run.code, Some(0), "{arguments:?}");
        let answers: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            (&answers[0]["verdict"], &answers[0]["code"]),
            (&json!("warning"), &json!(code))
        );
    }
}

#[test]
fn a_plate_can_be_checked_for_a_class() {
    assert_eq!(
        xuanctl(&["check", "plate", "--class", "nev_small", "粤GD12345"]).code,
        Some(0)
    );
    assert_eq!(
        xuanctl(&["check", "plate", "--class", "small", "粤GD12345"]).code,
        Some(1)
    );
    assert_eq!(
        xuanctl(&["check", "plate", "--class", "blue", "粤GD12345"]).code,
        Some(2)
    );
}
