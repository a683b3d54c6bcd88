//! `xuanctl template` and `provider`.

use serde_json::json;
use xuanhao_proto::notification::v1 as pb;

use crate::house::House;

#[test]
fn templates_are_listed_and_approvals_recorded() {
    let house = House::signed_in();
    let run = house.fine(&["template", "list"]);
    assert!(run.stdout.contains("aliyun:waiting"), "{}", run.stdout);
    let approve = |provider: &'static str| {
        [
            "template",
            "approve",
            "selection_confirmed",
            "--provider",
            provider,
            "--provider-template",
            "SMS_123456789",
            "--reason",
            "approved by mail",
            "--output",
            "json",
        ]
    };
    let run = house.fine(&approve("aliyun"));
    assert_eq!(
        run.json(),
        json!({ "provider": "aliyun", "provider_template_id": "SMS_123456789",
            "state": "approved", "text_hash": "abcd", "decided_at": null })
    );
    let asked: pb::SetTemplateApprovalRequest = house.log.one("SetTemplateApproval");
    assert_eq!(asked.state(), pb::ApprovalState::Approved);
    assert_eq!(
        (asked.locale.as_str(), asked.reason.as_str()),
        ("zh-CN", "approved by mail")
    );
    let rejected = ["--state", "rejected", "--locale", "en"];
    let run = house.fine(&[&approve("aliyun")[..], &rejected].concat());
    assert_eq!(run.json()["state"], "rejected");
    house.refused(&approve("pigeon"), "PROVIDER_UNKNOWN");
}

#[test]
fn providers_are_listed_with_the_one_that_sends() {
    let house = House::signed_in();
    let run = house.fine(&["provider", "list"]);
    let sending: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.contains('*'))
        .collect();
    assert_eq!(sending.len(), 1, "{}", run.stdout);
    assert!(sending[0].contains("tencent"), "{}", run.stdout);
    assert!(run.stdout.contains("slow"), "{}", run.stdout);
}
