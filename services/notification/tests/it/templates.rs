//! Texts and who has approved them; and that everything that must be told can be told.

use wiremock::MockServer;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_chassis::reason::{Locale, Reason};
use xuanhao_notification::domain::template::{Language, Template};
use xuanhao_proto::notification::v1 as pb;

use crate::aliyun::{message, provider};
use crate::house::{House, any_id};

const CODE: (&str, &str) = ("challenge_code", "zh-CN");

fn reason(status: &tonic::Status) -> Reason {
    Refusal::from_status(status)
        .unwrap_or_else(|| panic!("{status:?}"))
        .reason()
}

async fn listed(house: &House) -> Vec<pb::Template> {
    let request = call(pb::ListTemplatesRequest {}).principal(&house.staff(Role::Auditor));
    let answer = house.client("xuanctl").list_templates(request).await;
    answer.unwrap().into_inner().templates
}

/// Only a text that its provider has approved is accepted; another state, language or text is not;
/// the act is audited.
#[tokio::test]
async fn only_approved_texts_are_accepted() {
    use pb::ApprovalState::{Approved, Rejected, Waiting};
    let vendor = MockServer::start().await;
    let endpoint = vendor.uri();
    let house = House::with(|folder| vec![provider(folder, endpoint)]).await;
    let enqueue = async || {
        let request = call(house.code("482915"));
        house.client("identity").enqueue_message(request).await
    };
    let refused = enqueue().await.unwrap_err();
    assert_eq!(reason(&refused), Reason::TemplateNotApproved);
    assert!(house.rows().await.is_empty());
    for (text, state, id) in [
        (CODE, Waiting, ""),
        (CODE, Rejected, "SMS_1"),
        (("challenge_code", "en"), Approved, "SMS_2"),
    ] {
        house.approve("aliyun", text, id, state).await.unwrap();
        assert_eq!(
            reason(&enqueue().await.unwrap_err()),
            Reason::TemplateNotApproved
        );
    }
    let told = house.approve("aliyun", CODE, "SMS_1", Approved).await;
    let hash = Template::find("challenge_code")
        .unwrap()
        .text_hash(Language::Chinese);
    assert_eq!(told.unwrap().text_hash, hash);
    let accepted = enqueue().await.unwrap().into_inner();

    // The text was another one when it was approved.
    sqlx::query("UPDATE template_approvals SET text_hash = repeat('0', 64) WHERE locale = 'zh-CN'")
        .execute(house.database.pool())
        .await
        .unwrap();
    let refused = enqueue().await.unwrap_err();
    assert_eq!(reason(&refused), Reason::TemplateNotApproved);
    house.app.send_due().await.unwrap();
    let waiting = message(&house, &accepted.message_id).await;
    assert_eq!(waiting.status(), pb::MessageStatus::Queued);
    assert!(vendor.received_requests().await.unwrap().is_empty());

    let templates = listed(&house).await;
    let chinese = templates
        .iter()
        .find(|template| template.template == "challenge_code" && template.locale == "zh-CN")
        .unwrap();
    assert_eq!(chinese.approvals.len(), 1);
    assert_ne!(chinese.approvals[0].text_hash, hash);
    let audit: Vec<String> = sqlx::query_scalar("SELECT act || ' ' || subject FROM audit_entries")
        .fetch_all(house.database.pool())
        .await
        .unwrap();
    assert_eq!(audit.len(), 4);
    assert!(audit.contains(&"template.approval_set challenge_code/zh-CN aliyun".to_owned()));
}

#[tokio::test]
async fn approvals_are_operators_and_of_what_exists() {
    let house = House::new().await;
    let state = pb::ApprovalState::Approved;
    let unknown = house
        .approve("console", ("nothing", "en"), "1", state)
        .await;
    assert_eq!(reason(&unknown.unwrap_err()), Reason::TemplateUnknown);
    let unknown = house.approve("pigeon", CODE, "1", state).await;
    assert_eq!(reason(&unknown.unwrap_err()), Reason::ProviderUnknown);
    let nameless = house.approve("console", CODE, " ", state).await;
    assert_eq!(reason(&nameless.unwrap_err()), Reason::FieldRequired);
    let mut request = pb::SetTemplateApprovalRequest {
        request_id: any_id().to_string(),
        template: CODE.0.into(),
        locale: CODE.1.into(),
        provider: "console".into(),
        provider_template_id: "1".into(),
        state: state.into(),
        reason: String::new(),
    };
    let operator = house.staff(Role::Operator);
    let mut client = house.client("xuanctl");
    let asked = call(request.clone()).principal(&operator);
    let refused = client.set_template_approval(asked).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::StaffReasonRequired);
    request.reason = "said so".into();
    let asked = call(request).principal(&house.staff(Role::Officer));
    let refused = client.set_template_approval(asked).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::PermissionDenied);
    // The console approves nothing and needs nothing.
    let mut client = house.client("identity");
    let accepted = client.enqueue_message(call(house.code("1"))).await;
    accepted.unwrap();
}

/// R-ACC-06, R-DONE-03, R-BLK-01: others may count on these, with these values.
#[tokio::test]
async fn every_template_of_the_house_is_there() {
    let house = House::new().await;
    let templates = listed(&house).await;
    for (name, places) in [
        ("challenge_code", &["code", "minutes"][..]),
        ("initial_credentials", &["hours", "login_name", "password"]),
        ("mobile_changed", &["mobile_masked"]),
        ("enrolled", &["service_point"]),
        (
            "selection_confirmed",
            &["deadline", "office", "plate", "voucher"],
        ),
        ("deadline_reminder", &["date", "plate"]),
        ("selection_registered", &["plate"]),
        ("selection_expired", &["plate", "until"]),
        ("selection_undone", &["plate"]),
        ("blacklisted", &["until"]),
        ("ban_lifted", &[]),
        ("application_voided", &["reason"]),
        ("verification_passed", &["vin_tail"]),
        ("verification_failed", &["reason", "vin_tail"]),
        ("review_evidence_wanted", &["vin_tail"]),
        ("appeal_upheld", &["reason"]),
        ("appeal_dismissed", &["reason"]),
    ] {
        let found = Template::find(name).unwrap_or_else(|| panic!("{name}"));
        for language in Language::ALL {
            let mut own = found.places(language);
            own.sort_unstable();
            assert_eq!(own, places, "{name}");
            let listed = templates
                .iter()
                .filter(|one| one.template == name && one.locale == language.tag());
            assert_eq!(listed.count(), 1, "{name}");
        }
    }
    assert_eq!(templates.len(), 2 * Template::all().count());
}

/// R-INF-04, R-SEL-06, R-SEL-12, R-CNF-02, R-DONE-03, R-BLK-01: each message that must exist is a
/// template or a reason, in both languages. That a browser is not supported is a page's word, and there
/// is no payment yet.
#[test]
fn everything_that_must_be_told_can_be_told() {
    let template = |name: &str| Template::find(name).is_some();
    for name in [
        "selection_confirmed", // success with the last date
        "blacklisted",
        "selection_expired",
        "verification_failed",
        "verification_passed",
        "review_evidence_wanted",
        "appeal_upheld",
        "appeal_dismissed",
    ] {
        assert!(template(name), "{name}");
    }
    for (said, code) in [
        ("VIN invalid with reason", "VIN_LENGTH"),
        ("VIN invalid with reason", "VIN_CHARACTER"),
        ("VIN invalid with reason", "VIN_CHECK_DIGIT"),
        ("VIN invalid with reason", "VIN_MODEL_YEAR"),
        ("VIN invalid with reason", "VIN_SERIAL"),
        ("purchase proof mismatch", "PURCHASE_PROOF_INVALID"),
        ("purchase proof mismatch", "VEHICLE_MISMATCH"),
        ("purchase proof mismatch", "BUYER_MISMATCH"),
        ("counters exceeded", "QUOTA_EXCEEDED"),
        ("all composed numbers taken", "PLATE_TAKEN"),
        ("last self-compose chance", "SELF_COMPOSE_FORFEITED"),
        ("column void", "COLUMN_EXPIRED"),
        ("basket void", "BASKET_EXPIRED"),
        ("nothing left, go to the office", "EXHAUSTED"),
        ("outside hours", "OUTSIDE_SERVICE_HOURS"),
        ("captcha wrong", "CAPTCHA_WRONG"),
        ("code wrong", "CHALLENGE_CODE_WRONG"),
        ("code expired", "CHALLENGE_EXPIRED"),
        ("time over, plate released", "HOLD_EXPIRED"),
        ("blacklisted until date", "BLACKLISTED"),
    ] {
        let reason = Reason::from_code(code).unwrap_or_else(|| panic!("{said}: {code}"));
        for locale in [Locale::ZhCn, Locale::En] {
            let text = reason.text(locale, &Default::default());
            assert!(!text.trim().is_empty(), "{said}: {code}");
        }
    }
}
