//! From acceptance to delivery.

use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::ids::{PersonId, SessionId};
use xuanhao_chassis::principal::{Kind, Principal};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::notification::v1 as pb;

use crate::house::{House, any_id};

fn reason(status: &tonic::Status) -> Reason {
    Refusal::from_status(status)
        .unwrap_or_else(|| panic!("{status:?}"))
        .reason()
}

async fn set_contact_point(house: &House, person: Uuid, account: Uuid, mobile: &str) {
    let request = pb::SetContactPointRequest {
        request_id: any_id().to_string(),
        person_id: person.to_string(),
        account_id: account.to_string(),
        mobile: mobile.into(),
        locale: "zh-CN".into(),
    };
    house
        .client("identity")
        .set_contact_point(call(request))
        .await
        .unwrap();
}

async fn status_of(house: &House, message_id: &str) -> pb::Message {
    let request = pb::GetMessageRequest {
        message_id: message_id.into(),
    };
    let response = house
        .client("identity")
        .get_message(call(request))
        .await
        .unwrap();
    response.into_inner().message.unwrap()
}

#[tokio::test]
async fn a_code_is_sent_and_wiped() {
    let house = House::new().await;
    let request = house.code("482915");
    let accepted = house
        .client("identity")
        .enqueue_message(call(request))
        .await
        .unwrap();
    let message_id = accepted.into_inner().message_id;
    assert_eq!(
        status_of(&house, &message_id).await.status(),
        pb::MessageStatus::Queued
    );
    for row in house.rows().await {
        assert!(
            !row.contains("482915") && !row.contains("13800138000"),
            "{row}"
        );
    }

    house.app.send_due().await.unwrap();
    let console = house.console();
    assert_eq!(console.len(), 1);
    assert_eq!(console[0]["mobile"], "13800138000");
    assert!(console[0]["text"].as_str().unwrap().contains("482915"));
    let message = status_of(&house, &message_id).await;
    assert_eq!(message.status(), pb::MessageStatus::Delivered);
    assert_eq!(message.text, "", "a message with a code is not shown again");
    let wiped: bool =
        sqlx::query_scalar("SELECT mobile IS NULL AND secret_parameters IS NULL FROM messages")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    assert!(wiped);
    let facts: Vec<String> = sqlx::query_scalar("SELECT kind FROM outbox")
        .fetch_all(house.database.pool())
        .await
        .unwrap();
    assert_eq!(facts, ["message.delivered"]);
}

/// P2: the same request is one message, whatever happened to it meanwhile; the same id with another
/// code is refused.
#[tokio::test]
async fn the_same_request_is_one_message() {
    let house = House::new().await;
    let request = house.code("482915");
    let first = house
        .client("identity")
        .enqueue_message(call(request.clone()))
        .await
        .unwrap();
    house.app.send_due().await.unwrap();
    let again = house
        .client("identity")
        .enqueue_message(call(request.clone()))
        .await
        .unwrap();
    assert_eq!(first.into_inner(), again.into_inner());
    house.app.send_due().await.unwrap();
    assert_eq!(house.console().len(), 1);

    let mut other = request;
    other
        .secret_parameters
        .insert("code".into(), "000000".into());
    let refused = house
        .client("identity")
        .enqueue_message(call(other))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), Reason::RequestIdReused);
    let keys: Vec<String> =
        sqlx::query_scalar("SELECT idempotency_keys::text FROM idempotency_keys")
            .fetch_all(house.database.pool())
            .await
            .unwrap();
    assert!(keys.iter().all(|row| !row.contains("482915")), "{keys:?}");
}

/// R-DONE-03: the result of a selection reaches the person, with the number.
#[tokio::test]
async fn a_person_is_reached_through_the_contact_point() {
    let house = House::new().await;
    let (person, account) = (any_id(), any_id());
    let early = house
        .client("selection")
        .enqueue_message(call(house.result(person)))
        .await;
    assert_eq!(reason(&early.unwrap_err()), Reason::ContactPointUnknown);

    set_contact_point(&house, person, account, "13900139000").await;
    set_contact_point(&house, person, account, "+8613700137000").await;
    house
        .client("selection")
        .enqueue_message(call(house.result(person)))
        .await
        .unwrap();
    house.app.send_due().await.unwrap();
    let console = house.console();
    assert_eq!(
        console[0]["mobile"], "13700137000",
        "the newest number counts"
    );
    assert!(console[0]["text"].as_str().unwrap().contains("粤GA1234"));
}

/// C4: after a person was erased, messages to them fail and nothing blocks.
#[tokio::test]
async fn an_erased_person_gets_no_message() {
    let house = House::new().await;
    let person = any_id();
    set_contact_point(&house, person, any_id(), "13900139000").await;
    let accepted = house
        .client("selection")
        .enqueue_message(call(house.result(person)))
        .await
        .unwrap();
    house
        .sealer
        .erase(PersonId::from_uuid(person))
        .await
        .unwrap();
    house.app.send_due().await.unwrap();
    let message = status_of(&house, &accepted.into_inner().message_id).await;
    assert_eq!(
        (message.status(), message.failure.as_str()),
        (pb::MessageStatus::Failed, "erased")
    );
    assert!(house.console().is_empty());
}

#[tokio::test]
async fn a_message_too_old_to_be_of_use_is_given_up() {
    let house = House::new().await;
    let accepted = house
        .client("identity")
        .enqueue_message(call(house.code("482915")))
        .await
        .unwrap();
    house.clock.advance(std::time::Duration::from_secs(301));
    house.app.send_due().await.unwrap();
    assert!(house.console().is_empty());
    let message = status_of(&house, &accepted.into_inner().message_id).await;
    assert_eq!(
        (message.status(), message.failure.as_str()),
        (pb::MessageStatus::Failed, "expired")
    );
}

/// R-DONE-03: a sender that vanished loses no message: it is sent at least once.
#[tokio::test]
async fn a_claim_that_was_lost_is_taken_up_again() {
    let house = House::new().await;
    house
        .client("identity")
        .enqueue_message(call(house.code("482915")))
        .await
        .unwrap();
    // A sender that claimed it and vanished leaves this behind.
    let again = house.later(30);
    sqlx::query("UPDATE messages SET attempts = 1, version = 2, due_at = to_timestamp($1)")
        .bind(again.as_second() as f64)
        .execute(house.database.pool())
        .await
        .unwrap();
    house.app.send_due().await.unwrap();
    assert!(
        house.console().is_empty(),
        "while the claim lasts nobody else sends"
    );
    house.clock.advance(std::time::Duration::from_secs(31));
    house.app.send_due().await.unwrap();
    assert_eq!(house.console().len(), 1);
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused() {
    let house = House::new().await;
    let mut client = house.client("identity");
    let mut unknown = house.code("482915");
    unknown.template = "nothing".into();
    let refused = client.enqueue_message(call(unknown)).await.unwrap_err();
    assert_eq!(reason(&refused), Reason::TemplateUnknown);

    let mut missing = house.code("482915");
    missing.secret_parameters.clear();
    let refused = client.enqueue_message(call(missing)).await.unwrap_err();
    let refusal = Refusal::from_status(&refused).unwrap();
    assert_eq!(
        (refusal.reason(), refusal.field()),
        (Reason::FieldRequired, Some("parameters[code]"))
    );

    let mut nobody = house.code("482915");
    nobody.recipient = None;
    let refused = client.enqueue_message(call(nobody)).await.unwrap_err();
    assert_eq!(
        Refusal::from_status(&refused).unwrap().field(),
        Some("recipient")
    );
    assert!(house.rows().await.is_empty());
}

#[tokio::test]
async fn an_inbox_is_the_accounts_own() {
    let house = House::new().await;
    let (person, account) = (any_id(), any_id());
    set_contact_point(&house, person, account, "13900139000").await;
    set_contact_point(&house, any_id(), any_id(), "13700137000").await;
    for _ in 0..3 {
        house
            .client("selection")
            .enqueue_message(call(house.result(person)))
            .await
            .unwrap();
        house.clock.advance(std::time::Duration::from_secs(1));
    }
    let token = |account: Uuid| {
        let now = house.clock.now().as_second();
        let principal = Principal {
            sub: account,
            kind: Kind::Person,
            session: SessionId::from_uuid(any_id()),
            level: None,
            roles: Vec::new(),
            province: "gd".into(),
            offices: Vec::new(),
            iat: now,
            exp: now + 60,
        };
        principal.sign(&house.signing_key).unwrap()
    };
    let list = async |account: Uuid, page_token: String| {
        let request = pb::ListMessagesRequest {
            page_size: 2,
            page_token,
        };
        let request = call(request).principal(&token(account));
        house
            .client("edge")
            .list_messages(request)
            .await
            .unwrap()
            .into_inner()
    };
    let first = list(account, String::new()).await;
    assert_eq!(first.messages.len(), 2);
    assert!(first.messages[0].text.contains("粤GA1234"));
    assert!(
        first.messages[0].enqueued_at.unwrap().seconds
            > first.messages[1].enqueued_at.unwrap().seconds
    );
    let rest = list(account, first.next_page_token).await;
    assert_eq!(
        (rest.messages.len(), rest.next_page_token.as_str()),
        (1, "")
    );
    assert!(list(any_id(), String::new()).await.messages.is_empty());

    let nobody = house
        .client("edge")
        .list_messages(call(pb::ListMessagesRequest::default()))
        .await;
    assert_eq!(reason(&nobody.unwrap_err()), Reason::Unauthenticated);
}

#[tokio::test]
async fn others_may_not_enqueue() {
    let house = House::new().await;
    let refused = house
        .client("edge")
        .enqueue_message(call(house.code("482915")))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), Reason::PermissionDenied);
    let refused = house
        .client("selection")
        .set_contact_point(call(pb::SetContactPointRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), Reason::PermissionDenied);
}

#[tokio::test]
async fn ended_messages_are_deleted_in_time() {
    let house = House::new().await;
    house
        .client("identity")
        .enqueue_message(call(house.code("482915")))
        .await
        .unwrap();
    house.app.send_due().await.unwrap();
    house.app.sweep().await.unwrap();
    assert_eq!(house.rows().await.len(), 1);
    house
        .clock
        .advance(std::time::Duration::from_secs(181 * 86_400));
    house.app.sweep().await.unwrap();
    assert!(house.rows().await.is_empty());
}
