//! `xuanctl apply` and `xuanctl get`.

use serde_json::json;
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;

use crate::house::House;

const RULES: &str = "\
kind: Calendar
province: gd
year: 2026
national: true
---
kind: Policy
offices: [gd-zhanjiang, gd-maoming]
policy_file: preset.yaml
---
kind: Notice
offices: [gd-zhanjiang]
title_zh: 业务须知
body_zh: |
  请仔细阅读。
";

const PRESET: &str = "# with a remark\nname: two\n";

fn house() -> (House, String) {
    let house = House::signed_in();
    house.file("preset.yaml", PRESET);
    let file = house.file("rules.yaml", RULES);
    (house, file)
}

#[test]
fn a_dry_run_tells_what_would_change_and_changes_nothing() {
    let (house, file) = house();
    let run = house.fine(&["apply", "-f", &file, "--dry-run", "--output", "json"]);
    let told = run.json();
    let outcome = |index: usize| told["documents"][index]["outcome"].clone();
    assert_eq!(
        [outcome(0), outcome(1), outcome(2)],
        ["would_change", "would_change", "would_change"]
    );
    assert_eq!(
        told["documents"][1]["differences"][0],
        json!({ "office": "gd-zhanjiang", "field": "compose.quota", "before": "20", "after": "50" })
    );
    let notice = &told["documents"][2]["differences"];
    assert_eq!(notice[0]["after"], "业务须知");
    let asked: pb::ApplyPolicyRequest = house.log.one("ApplyPolicy");
    assert!(asked.dry_run && !asked.reason.is_empty());
    for write in ["PublishNotice", "ApplyCalendar"] {
        assert_eq!(house.log.count(write), 0, "{write}");
    }
}

#[test]
fn documents_are_applied_once() {
    let (house, file) = house();
    let apply = ["apply", "-f", &file, "--reason", "rules of the season"];
    let run = house.fine(&apply);
    assert!(
        run.stdout.contains("rules.yaml#2 Policy applied v1"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("compose.quota: 20 → 50"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("rules.yaml#3 Notice applied v2"),
        "{}",
        run.stdout
    );

    let asked: pb::ApplyCalendarRequest = house.log.one("ApplyCalendar");
    assert_eq!(asked.year, 2026);
    assert!(asked.holidays.contains(&"2026-10-01".to_owned()));
    assert!(asked.make_up_days.contains(&"2026-01-04".to_owned()));
    assert_eq!(
        house.log.acted_in("ApplyCalendar"),
        ("gd".to_owned(), vec![])
    );
    let asked: Vec<pb::ApplyPolicyRequest> = house.log.all("ApplyPolicy");
    let [look, write] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(look.dry_run && !write.dry_run);
    assert_eq!(write.yaml, PRESET, "as it stands in its file");
    assert_eq!(write.offices, ["gd-zhanjiang", "gd-maoming"]);
    assert_eq!(write.reason, "rules of the season");
    assert_eq!(
        house.log.acted_in("ApplyPolicy"),
        ("gd".to_owned(), vec![]),
        "offices of a province need its whole"
    );
    let asked: pb::PublishNoticeRequest = house.log.one("PublishNotice");
    assert_eq!(
        (
            asked.title_zh.as_str(),
            asked.body_zh.as_str(),
            asked.title_en.as_str()
        ),
        ("业务须知", "请仔细阅读。\n", "")
    );
    let office = vec!["gd-zhanjiang".to_owned()];
    assert_eq!(
        house.log.acted_in("PublishNotice"),
        ("gd".to_owned(), office)
    );

    let run = house.fine(&[&apply[..], &["--output", "json"]].concat());
    assert_eq!(run.json()["documents"][1]["outcome"], "unchanged");
    assert_eq!(run.json()["documents"][2]["outcome"], "unchanged");
    assert_eq!(
        house.log.count("PublishNotice"),
        1,
        "citizens need not agree anew"
    );
}

#[test]
fn what_is_wrong_anywhere_stops_everything() {
    let (house, file) = house();
    let bad = house.file("bad.yaml", "kind: Wizard\n");
    let run = house.run(&["apply", "-f", &file, "-f", &bad, "--reason", "x"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("bad.yaml#1"), "{}", run.stderr);
    let id = "0199e5a0-0000-7000-8000-0000000000ff";
    let run = house.run(&["apply", "-f", &file, "--reason", "x", "--request-id", id]);
    assert_eq!(run.code, Some(2), "one id cannot stand for three writes");
    let run = house.run(&["apply", "-f", &file]);
    assert_eq!(run.code, Some(2), "a reason is wanted");
    assert_eq!(house.log.count("IssueStaffPrincipal"), 0);
}

#[test]
fn a_refusal_leaves_the_documents_before_it_done() {
    let (house, _) = house();
    let text = "kind: Policy\noffices: [gd-zhanjiang]\npolicy: {name: right}\n---\n\
        kind: Policy\noffices: [gd-zhanjiang]\npolicy: {name: wrong}\n";
    let file = house.file("two.yaml", text);
    let run = house.refused(
        &["apply", "-f", &file, "--reason", "x", "--output", "json"],
        "POLICY_INVALID",
    );
    let told = run.json();
    assert_eq!(told["documents"].as_array().unwrap().len(), 1);
    assert_eq!(told["documents"][0]["outcome"], "applied");
    assert!(run.stderr.contains("compose.quota"), "{}", run.stderr);
}

#[test]
fn what_is_in_force_is_shown_to_whoever_asks() {
    let (house, file) = house();
    house.fine(&["apply", "-f", &file, "--reason", "x"]);
    house.fine(&["staff", "sign-out"]);
    let run = house.fine(&["get", "policy", "--office", "gd-zhanjiang"]);
    assert!(run.stdout.ends_with(PRESET), "{}", run.stdout);
    let run = house.fine(&[
        "get",
        "notice",
        "--office",
        "gd-zhanjiang",
        "--output",
        "json",
    ]);
    assert_eq!(run.json()["title_zh"], "业务须知");
    house.refused(
        &["get", "policy", "--office", "gd-foshan"],
        "OFFICE_UNKNOWN",
    );
    let run = house.run(&["get", "calendar"]);
    assert_eq!(run.code, Some(1), "calendars are for staff");

    let (house, _) = self::house();
    let run = house.fine(&["get", "calendar", "--province", "gd"]);
    assert_eq!(run.stdout, "2025\n2026\n");
}

/// Pool rules are compared and applied as policies are, at the pool.
#[test]
fn pool_rules_are_applied_where_they_differ() {
    let house = House::signed_in();
    house.file("rules-of-the-pool.yaml", "# kept\nname: default\n");
    let text = "kind: PoolRules\noffices: [gd-zhanjiang, gd-maoming]\n\
        rules_file: rules-of-the-pool.yaml\n---\n\
        kind: PoolRules\noffices: [gd-zhanjiang]\nrules: {name: same}\n";
    let file = house.file("pool.yaml", text);
    let run = house.fine(&["apply", "-f", &file, "--dry-run", "--output", "json"]);
    let told = run.json();
    assert_eq!(told["documents"][0]["kind"], "PoolRules");
    assert_eq!(told["documents"][0]["outcome"], "would_change");
    assert_eq!(
        told["documents"][0]["differences"][1],
        json!({ "office": "gd-maoming", "field": "release.notice_h", "before": "48",
            "after": "72" })
    );
    assert_eq!(told["documents"][1]["outcome"], "unchanged");

    let run = house.fine(&["apply", "-f", &file, "--reason", "new notice period"]);
    assert!(
        run.stdout.contains("pool.yaml#1 PoolRules applied v4"),
        "{}",
        run.stdout
    );
    let asked: Vec<pool::ApplyPoolRulesRequest> = house.log.all("ApplyPoolRules");
    let written: Vec<_> = asked.iter().filter(|one| !one.dry_run).collect();
    assert_eq!(written.len(), 1, "what is so already is left alone");
    assert_eq!(written[0].yaml, "# kept\nname: default\n");
    assert_eq!(written[0].reason, "new notice period");
}

#[test]
fn rules_are_told_field_by_field() {
    let house = House::signed_in();
    let office = ["--office", "gd-zhanjiang"];
    let run = house.fine(&[&["describe", "policy"], &office[..]].concat());
    for word in ["hebei-2016", "compose.hold_ttl_s", "0, 10–600", "frozen"] {
        assert!(run.stdout.contains(word), "{word}: {}", run.stdout);
    }
    let json = ["--output", "json"];
    let run = house.fine(&[&["describe", "pool-rules"], &office[..], &json].concat());
    assert_eq!(
        run.json()["fields"][0],
        json!({ "path": "release.notice_h", "value": "72", "unit": "h", "range": "0–720",
            "mark": "live" })
    );
    let run = house.fine(&[&["get", "pool-rules"], &office[..]].concat());
    assert!(run.stdout.ends_with("name: default\n"), "{}", run.stdout);
}

#[test]
fn versions_are_listed_with_who_and_why() {
    let house = House::signed_in();
    let office = ["--office", "gd-zhanjiang", "--versions"];
    let run = house.fine(&[&["get", "policy"], &office[..]].concat());
    assert_eq!(
        run.stdout.matches("rules of the season").count(),
        2,
        "both pages: {}",
        run.stdout
    );
    let json = ["--output", "json"];
    let run = house.fine(&[&["get", "notice"], &office[..], &json].concat());
    assert_eq!(run.json()["versions"][0]["agreements"], 12);
    assert_eq!(
        house.log.count("GetPolicy") + house.log.count("GetNotice"),
        0
    );
}
