//! The second vendor's wire format, against an HTTP server that checks every call's form.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{body_json, header, header_regex, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use xuanhao_notification::provider::{Provider, Tencent, TencentConfig};
use xuanhao_proto::notification::v1 as pb;
use xuanhao_testkit::Scratch;

use crate::aliyun::{enqueue, message};
use crate::house::House;

pub(crate) fn provider(folder: &Scratch, endpoint: String) -> Provider {
    let credentials_file = folder.path().join("tencent");
    std::fs::write(&credentials_file, "AKIDexample\nexample-key\n").unwrap();
    let config = TencentConfig {
        endpoint,
        credentials_file,
        timeout_ms: 500,
        region: "ap-guangzhou".into(),
        app_id: "1400006666".into(),
        sign_name: "车辆管理所".into(),
    };
    Provider::Tencent(Tencent::new(&config).unwrap())
}

async fn house(vendor: &MockServer) -> House {
    let endpoint = vendor.uri();
    let house = House::with(|folder| vec![provider(folder, endpoint)]).await;
    let code = ("challenge_code", "zh-CN");
    let state = pb::ApprovalState::Approved;
    house
        .approve("tencent", code, "1234567", state)
        .await
        .unwrap();
    house
}

fn asked(action: &str) -> wiremock::MockBuilder {
    Mock::given(method("POST"))
        .and(path("/"))
        .and(header("x-tc-action", action))
        .and(header("x-tc-version", "2021-01-11"))
        .and(header("x-tc-region", "ap-guangzhou"))
        .and(header("content-type", "application/json; charset=utf-8"))
        .and(header_regex(
            "authorization",
            "^TC3-HMAC-SHA256 Credential=AKIDexample/2026-11-22/sms/tc3_request, \
             SignedHeaders=content-type;host, Signature=[0-9a-f]{64}$",
        ))
}

fn sent(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"Response": {
        "SendStatusSet": [{"SerialNo": "5000:1045710669157053657849499619",
                           "PhoneNumber": "+8613800138000", "Fee": 1, "SessionContext": "",
                           "Code": code, "Message": "…", "IsoCode": "CN"}],
        "RequestId": "a0aabda6"}}))
}

/// Values go in the order of their places in the text, codes among them; the receipt is looked for
/// by our reference.
#[tokio::test]
async fn a_message_is_sent_and_its_receipt_asked_for() {
    let vendor = MockServer::start().await;
    let house = house(&vendor).await;
    let id = enqueue(&house).await;
    asked("SendSms")
        .and(header("x-tc-timestamp", "1795309200"))
        .and(body_json(json!({
            "PhoneNumberSet": ["+8613800138000"], "SmsSdkAppId": "1400006666",
            "TemplateId": "1234567", "SignName": "车辆管理所",
            "TemplateParamSet": ["482915", "5"], "SessionContext": id})))
        .respond_with(sent("Ok"))
        .expect(1)
        .mount(&vendor)
        .await;
    house.app.send_due().await.unwrap();
    let taken = message(&house, &id).await;
    assert_eq!(
        (taken.status(), taken.provider.as_str()),
        (pb::MessageStatus::Sent, "tencent")
    );

    let pull = |told: serde_json::Value| {
        let answer = json!({"Response": {"PullSmsSendStatusSet": told, "RequestId": "1"}});
        asked("PullSmsSendStatusByPhoneNumber")
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .up_to_n_times(1)
            .expect(1)
    };
    let other = json!([{"SerialNo": "5000:1", "ReportStatus": "FAIL", "Description": "…"}]);
    pull(other).mount(&vendor).await;
    house.clock.advance(Duration::from_secs(11));
    house.app.send_due().await.unwrap();
    assert_eq!(message(&house, &id).await.status(), pb::MessageStatus::Sent);
    let ours = json!([{"SerialNo": "5000:1045710669157053657849499619",
                       "ReportStatus": "SUCCESS", "Description": "DELIVRD"}]);
    pull(ours).mount(&vendor).await;
    house.clock.advance(Duration::from_secs(30));
    house.app.send_due().await.unwrap();
    let arrived = message(&house, &id).await;
    assert_eq!(arrived.status(), pb::MessageStatus::Delivered);
    let requests = vendor.received_requests().await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(
        body,
        json!({"BeginTime": 1_795_308_900_i64, "EndTime": 1_795_309_211_i64, "Offset": 0,
               "Limit": 100, "PhoneNumber": "+8613800138000", "SmsSdkAppId": "1400006666"})
    );
}

/// What is wrong with the number or our text there is for good; limits and faults are waited out.
#[tokio::test]
async fn the_vendors_codes_are_understood() {
    let problem = |code: &str| {
        ResponseTemplate::new(200)
            .set_body_json(json!({"Response": {"Error": {"Code": code, "Message": "…"},
                                               "RequestId": "1"}}))
    };
    let (failed, queued) = (pb::MessageStatus::Failed, pb::MessageStatus::Queued);
    for (answer, status) in [
        (sent("InvalidParameterValue.IncorrectPhoneNumber"), failed),
        (
            sent("FailedOperation.SignatureIncorrectOrUnapproved"),
            failed,
        ),
        (sent("LimitExceeded.PhoneNumberDailyLimit"), queued),
        (
            problem("FailedOperation.TemplateIncorrectOrUnapproved"),
            failed,
        ),
        (problem("AuthFailure.SignatureFailure"), queued),
        (problem("InternalError.OtherError"), queued),
        (ResponseTemplate::new(502).set_body_string("<html>"), queued),
        (sent("Ok").set_delay(Duration::from_secs(2)), queued),
    ] {
        let vendor = MockServer::start().await;
        let house = house(&vendor).await;
        asked("SendSms")
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
            .mount(&vendor)
            .await;
        let id = enqueue(&house).await;
        house.app.send_due().await.unwrap();
        assert_eq!(message(&house, &id).await.status(), status);
        if status == queued {
            asked("SendSms")
                .respond_with(sent("Ok"))
                .expect(1)
                .mount(&vendor)
                .await;
            house.clock.advance(Duration::from_secs(61));
            house.app.send_due().await.unwrap();
            assert_eq!(message(&house, &id).await.status(), pb::MessageStatus::Sent);
        }
    }
}
