//! The vendor's wire format, against an HTTP server that checks every call's form.

use wiremock::matchers::{header, header_regex, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};
use xuanhao_chassis::grpc::call;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_notification::provider::{Aliyun, AliyunConfig, Provider};
use xuanhao_proto::notification::v1 as pb;
use xuanhao_testkit::Scratch;

use crate::house::House;

pub(crate) fn provider(folder: &Scratch, endpoint: String) -> Provider {
    let credentials_file = folder.path().join("aliyun");
    std::fs::write(&credentials_file, "LTAIexample\nexample-secret\n").unwrap();
    let config = AliyunConfig {
        endpoint,
        credentials_file,
        timeout_ms: 500,
        sign_name: "车辆管理所".into(),
    };
    Provider::Aliyun(Aliyun::new(&config, SecureRandom::seeded(7)).unwrap())
}

async fn house(vendor: &MockServer) -> House {
    let endpoint = vendor.uri();
    let house = House::with(|folder| vec![provider(folder, endpoint)]).await;
    let code = ("challenge_code", "zh-CN");
    let state = pb::ApprovalState::Approved;
    house
        .approve("aliyun", code, "SMS_100000001", state)
        .await
        .unwrap();
    house
}

fn send_sms() -> wiremock::MockBuilder {
    Mock::given(method("POST"))
        .and(path("/"))
        .and(header("x-acs-action", "SendSms"))
        .and(header("x-acs-version", "2017-05-25"))
        .and(header("x-acs-date", "2026-11-22T01:00:00Z"))
        .and(header_regex(
            "authorization",
            "^ACS3-HMAC-SHA256 Credential=LTAIexample,SignedHeaders=host;x-acs-action;.*,Signature=[0-9a-f]{64}$",
        ))
        .and(query_param("PhoneNumbers", "13800138000"))
        .and(query_param("SignName", "车辆管理所"))
        .and(query_param("TemplateCode", "SMS_100000001"))
        .and(query_param("TemplateParam", r#"{"code":"482915","minutes":"5"}"#))
}

pub(crate) async fn enqueue(house: &House) -> String {
    let accepted = house
        .client("identity")
        .enqueue_message(call(house.code("482915")))
        .await
        .unwrap();
    accepted.into_inner().message_id
}

pub(crate) async fn message(house: &House, message_id: &str) -> pb::Message {
    let request = pb::GetMessageRequest {
        message_id: message_id.into(),
    };
    house
        .client("identity")
        .get_message(call(request))
        .await
        .unwrap()
        .into_inner()
        .message
        .unwrap()
}

#[tokio::test]
async fn a_message_is_sent_and_its_delivery_asked_for() {
    let vendor = MockServer::start().await;
    send_sms()
        .respond_with(ResponseTemplate::new(200).set_body_string(
            r#"{"Code":"OK","Message":"OK","BizId":"900619746936498440^0","RequestId":"F655A8D5"}"#,
        ))
        .expect(1)
        .mount(&vendor)
        .await;
    let house = house(&vendor).await;
    let id = enqueue(&house).await;
    house.app.send_due().await.unwrap();
    let sent = message(&house, &id).await;
    assert_eq!(
        (sent.status(), sent.provider.as_str()),
        (pb::MessageStatus::Sent, "aliyun")
    );

    // Not asked before its time; then pending; then delivered.
    house.app.send_due().await.unwrap();
    let details = |status: i64| {
        ResponseTemplate::new(200).set_body_string(format!(
            r#"{{"Code":"OK","TotalCount":"1","SmsSendDetailDTOs":{{"SmsSendDetailDTO":[{{"SendStatus":{status},"ErrCode":"DELIVERED"}}]}}}}"#
        ))
    };
    let asked = || {
        Mock::given(header("x-acs-action", "QuerySendDetails"))
            .and(query_param("BizId", "900619746936498440^0"))
            .and(query_param("PhoneNumber", "13800138000"))
            .and(query_param("SendDate", "20261122"))
    };
    asked()
        .respond_with(details(1))
        .up_to_n_times(1)
        .expect(1)
        .mount(&vendor)
        .await;
    house.clock.advance(std::time::Duration::from_secs(11));
    house.app.send_due().await.unwrap();
    assert_eq!(message(&house, &id).await.status(), pb::MessageStatus::Sent);
    asked()
        .respond_with(details(3))
        .expect(1)
        .mount(&vendor)
        .await;
    house.clock.advance(std::time::Duration::from_secs(30));
    house.app.send_due().await.unwrap();
    assert_eq!(
        message(&house, &id).await.status(),
        pb::MessageStatus::Delivered
    );
}

#[tokio::test]
async fn what_the_vendor_refuses_for_good_is_given_up() {
    let vendor = MockServer::start().await;
    send_sms()
        .respond_with(ResponseTemplate::new(200).set_body_string(
            r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"…","RequestId":"F655A8D5"}"#,
        ))
        .expect(1)
        .mount(&vendor)
        .await;
    let house = house(&vendor).await;
    let id = enqueue(&house).await;
    house.app.send_due().await.unwrap();
    house.clock.advance(std::time::Duration::from_secs(60));
    house.app.send_due().await.unwrap();
    let given_up = message(&house, &id).await;
    assert_eq!(
        (given_up.status(), given_up.failure.as_str()),
        (pb::MessageStatus::Failed, "refused")
    );
}

#[tokio::test]
async fn a_limit_or_a_fault_of_the_vendors_is_waited_out() {
    for trouble in [
        ResponseTemplate::new(200)
            .set_body_string(r#"{"Code":"isv.BUSINESS_LIMIT_CONTROL","RequestId":"1"}"#),
        ResponseTemplate::new(503).set_body_string(r#"{"Code":"ServiceUnavailable"}"#),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(2)),
    ] {
        let vendor = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(trouble)
            .up_to_n_times(1)
            .expect(1)
            .mount(&vendor)
            .await;
        let house = house(&vendor).await;
        let id = enqueue(&house).await;
        house.app.send_due().await.unwrap();
        assert_eq!(
            message(&house, &id).await.status(),
            pb::MessageStatus::Queued
        );
        Mock::given(header("x-acs-action", "SendSms"))
            .and(query_param("OutId", id.as_str()))
            .respond_with(
                ResponseTemplate::new(200).set_body_string(r#"{"Code":"OK","BizId":"1^0"}"#),
            )
            .expect(1)
            .mount(&vendor)
            .await;
        house.clock.advance(std::time::Duration::from_secs(61));
        house.app.send_due().await.unwrap();
        assert_eq!(message(&house, &id).await.status(), pb::MessageStatus::Sent);
    }
}

/// What is wrong with our template there is for good with this vendor.
#[tokio::test]
async fn a_template_the_vendor_does_not_know_is_given_up() {
    let vendor = MockServer::start().await;
    send_sms()
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_string(r#"{"Code":"isv.SMS_TEMPLATE_ILLEGAL","RequestId":"1"}"#),
        )
        .expect(1)
        .mount(&vendor)
        .await;
    let house = house(&vendor).await;
    let id = enqueue(&house).await;
    house.app.send_due().await.unwrap();
    assert_eq!(message(&house, &id).await.failure, "refused");
}
