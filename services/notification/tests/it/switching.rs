//! The switch to another vendor when one stalls or fails.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, ResponseTemplate};
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_proto::notification::v1 as pb;

use crate::aliyun::{enqueue, message};
use crate::house::House;
use crate::{aliyun, tencent};

/// Both vendors, the first one preferred; both have approved codes.
async fn house(first: &MockServer, second: &MockServer) -> House {
    let (first, second) = (first.uri(), second.uri());
    let house = House::with(|folder| {
        vec![
            aliyun::provider(folder, first),
            tencent::provider(folder, second),
        ]
    })
    .await;
    for (provider, id) in [("aliyun", "SMS_100000001"), ("tencent", "1234567")] {
        let code = ("challenge_code", "zh-CN");
        let state = pb::ApprovalState::Approved;
        house.approve(provider, code, id, state).await.unwrap();
    }
    house
}

fn send(server_is_first: bool) -> wiremock::MockBuilder {
    let action = if server_is_first {
        "x-acs-action"
    } else {
        "x-tc-action"
    };
    Mock::given(method("POST")).and(header(action, "SendSms"))
}

fn taken(by_first: bool) -> ResponseTemplate {
    let answer = if by_first {
        json!({"Code": "OK", "BizId": "1^0"})
    } else {
        json!({"Response": {"SendStatusSet": [{"SerialNo": "5000:1", "Code": "Ok"}]}})
    };
    ResponseTemplate::new(200).set_body_json(answer)
}

async fn providers(house: &House) -> Vec<pb::Provider> {
    let request = call(pb::ListProvidersRequest {}).principal(&house.staff(Role::Operator));
    let answer = house.client("xuanctl").list_providers(request).await;
    answer.unwrap().into_inner().providers
}

/// Messages the second vendor took, by our id.
async fn second_took(second: &MockServer) -> Vec<String> {
    let requests = second.received_requests().await.unwrap();
    let sends = requests
        .iter()
        .filter(|request| request.headers["x-tc-action"] == "SendSms");
    sends
        .map(|request| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            body["SessionContext"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// R-DONE-03: whether the first vendor stalls, refuses or is slow, queued and new messages go through
/// the second within 60 seconds, each once, none is lost, and no new one waits for the first.
#[tokio::test]
async fn a_vendor_in_trouble_is_passed_over_within_a_minute() {
    for (trouble, word) in [
        (taken(true).set_delay(Duration::from_secs(5)), "failing"),
        (ResponseTemplate::new(500), "failing"),
        (
            ResponseTemplate::new(200).set_body_json(json!({"Code": "isv.AMOUNT_NOT_ENOUGH"})),
            "failing",
        ),
    ] {
        let (first, second) = (MockServer::start().await, MockServer::start().await);
        send(true).respond_with(trouble).mount(&first).await;
        send(false).respond_with(taken(false)).mount(&second).await;
        let house = house(&first, &second).await;
        let begun = house.clock.now();
        let mut queued = Vec::new();
        for _ in 0..6 {
            queued.push(enqueue(&house).await);
        }
        house.app.send_due().await.unwrap();
        let told = providers(&house).await;
        assert_eq!((told[0].trouble.as_str(), told[0].sending), (word, false));
        assert!(told[0].troubled_since.is_some());
        assert_eq!((told[1].trouble.as_str(), told[1].sending), ("", true));
        let asked_before = first.received_requests().await.unwrap().len();
        let new = enqueue(&house).await;
        house.app.send_due().await.unwrap();
        let at_once = message(&house, &new).await;
        assert_eq!(at_once.provider, "tencent", "new messages do not wait");
        house.clock.advance(Duration::from_secs(2));
        house.app.send_due().await.unwrap();
        assert!(house.clock.now().duration_since(begun).as_secs() < 60);
        queued.push(new);
        for id in &queued {
            let sent = message(&house, id).await;
            assert_eq!(
                (sent.status(), sent.provider.as_str()),
                (pb::MessageStatus::Sent, "tencent")
            );
        }
        let took = second_took(&second).await;
        assert_eq!(took.iter().collect::<HashSet<_>>().len(), took.len());
        assert_eq!(took.len(), queued.len());
        assert_eq!(
            first.received_requests().await.unwrap().len(),
            asked_before,
            "the first is left alone"
        );
    }
}

/// A slow vendor is passed over too, though it takes messages.
#[tokio::test]
async fn a_slow_vendor_is_passed_over() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    let slow = taken(true).set_delay(Duration::from_millis(350));
    send(true).respond_with(slow).mount(&first).await;
    send(false).respond_with(taken(false)).mount(&second).await;
    let house = house(&first, &second).await;
    for _ in 0..3 {
        enqueue(&house).await;
    }
    house.app.send_due().await.unwrap();
    assert_eq!(providers(&house).await[0].trouble, "slow");
    assert!(
        second_took(&second).await.is_empty(),
        "what was taken was taken"
    );
    let next = enqueue(&house).await;
    house.app.send_due().await.unwrap();
    assert_eq!(message(&house, &next).await.provider, "tencent");
}

/// After a while one message finds out whether the first vendor is well again.
#[tokio::test]
async fn a_vendor_that_recovers_is_preferred_again() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    send(true)
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(3)
        .mount(&first)
        .await;
    send(true).respond_with(taken(true)).mount(&first).await;
    send(false).respond_with(taken(false)).mount(&second).await;
    let house = house(&first, &second).await;
    for _ in 0..3 {
        enqueue(&house).await;
    }
    house.app.send_due().await.unwrap();
    house.clock.advance(Duration::from_secs(2));
    house.app.send_due().await.unwrap();
    assert_eq!(second_took(&second).await.len(), 3);
    house.clock.advance(Duration::from_secs(61));
    let trial = enqueue(&house).await;
    house.app.send_due().await.unwrap();
    assert_eq!(message(&house, &trial).await.provider, "aliyun");
    assert!(providers(&house).await[0].sending);
}

/// R-DONE-03: after a receipt nothing is sent again, by whichever vendor, however late a sender that
/// lost its claim comes back; and what one vendor cannot take as it is set up, the other takes.
#[tokio::test]
async fn after_a_receipt_nothing_is_sent_again() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    let no = json!({"Code": "isv.SMS_SIGNATURE_ILLEGAL"});
    send(true)
        .respond_with(ResponseTemplate::new(200).set_body_json(no))
        .expect(1)
        .mount(&first)
        .await;
    send(false)
        .respond_with(taken(false))
        .expect(1)
        .mount(&second)
        .await;
    let receipt = json!({"Response": {"PullSmsSendStatusSet":
        [{"SerialNo": "5000:1", "ReportStatus": "SUCCESS"}]}});
    Mock::given(header("x-tc-action", "PullSmsSendStatusByPhoneNumber"))
        .respond_with(ResponseTemplate::new(200).set_body_json(receipt))
        .expect(1)
        .mount(&second)
        .await;
    let house = house(&first, &second).await;
    let id = enqueue(&house).await;
    house.app.send_due().await.unwrap();
    house.clock.advance(Duration::from_secs(2));
    house.app.send_due().await.unwrap();
    assert_eq!(message(&house, &id).await.status(), pb::MessageStatus::Sent);
    house.clock.advance(Duration::from_secs(11));
    house.app.send_due().await.unwrap();
    let arrived = message(&house, &id).await;
    assert_eq!(arrived.status(), pb::MessageStatus::Delivered);
    for _ in 0..5 {
        house.clock.advance(Duration::from_secs(60));
        house.app.send_due().await.unwrap();
    }
    assert_eq!(second_took(&second).await.len(), 1);
    // No claim can be made of it any more, so that nobody could send it.
    let due: i64 = sqlx::query_scalar("SELECT count(*) FROM messages WHERE due_at IS NOT NULL")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert_eq!(due, 0);
}
