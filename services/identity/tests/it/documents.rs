//! Papers and pictures: who adds and sees them, how they lie, and how long.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::call;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::document_service_client::DocumentServiceClient;

use crate::counter::{Member, PERSON, PHOTO};
use crate::house::{House, assert_refused, nil, uuid};
use crate::staff::by;

fn look(id: &str, reason: &str) -> pb::GetDocumentRequest {
    pb::GetDocumentRequest {
        document_id: id.to_owned(),
        reason: reason.to_owned(),
    }
}

/// A citizen's document is the citizen's own, sealed under the own key, and erased with it.
#[tokio::test]
async fn a_citizens_document_is_sealed_and_seen_by_its_owner() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let added = house
        .try_document(&principal, pb::DocumentKind::Invoice, PHOTO)
        .await
        .unwrap();
    assert_eq!(added.media_type, "image/jpeg");
    assert_eq!(added.size, i64::try_from(PHOTO.len()).unwrap());
    let own = by(&principal, look(&added.document_id, ""));
    let seen = house.documents().get_document(own).await.unwrap();
    let seen = seen.into_inner();
    assert_eq!(
        (seen.content.as_slice(), seen.document),
        (PHOTO, Some(added.clone()))
    );
    let (_, other) = house.signed_in(2).await;
    let foreign = by(&other, look(&added.document_id, ""));
    let refused = house.documents().get_document(foreign).await;
    assert_refused(refused, Reason::NotFound);
    let content: Vec<u8> = sqlx::query_scalar("SELECT content FROM documents")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert!(
        !content
            .windows(8)
            .any(|window| PHOTO.windows(8).any(|own| own == window))
    );
    let person: uuid::Uuid =
        sqlx::query_scalar("SELECT person_id FROM accounts WHERE account_id = $1::uuid")
            .bind(uuid::Uuid::parse_str(&citizen.account_id).unwrap())
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    let person = xuanhao_chassis::ids::PersonId::from_uuid(person);
    house.sealer.erase(person).await.unwrap();
    let own = by(&principal, look(&added.document_id, ""));
    house.documents().get_document(own).await.unwrap_err();
}

/// P2: a repeated request is one document; the same id with another file is refused.
#[tokio::test]
async fn p2_a_repeated_document_is_one() {
    let house = House::new().await;
    let (_, principal) = house.signed_in(1).await;
    let request = pb::AddDocumentRequest {
        request_id: uuid(),
        kind: pb::DocumentKind::Invoice.into(),
        content: PHOTO.to_vec(),
    };
    let mut client = house.documents();
    let first = client.add_document(by(&principal, request.clone())).await;
    let first = first.unwrap().into_inner();
    let again = client.add_document(by(&principal, request.clone())).await;
    assert_eq!(again.unwrap().into_inner(), first);
    let other = pb::AddDocumentRequest {
        content: b"%PDF-1.7 another".to_vec(),
        ..request
    };
    let refused = client.add_document(by(&principal, other)).await;
    assert_refused(refused, Reason::RequestIdReused);
    assert_eq!(house.count("SELECT count(*) FROM documents").await, 1);
}

#[tokio::test]
async fn a_file_is_small_and_of_a_known_format() {
    let house = House::with(|config| config.documents.max_bytes = 1_000).await;
    let (_, principal) = house.signed_in(1).await;
    let kind = pb::DocumentKind::Invoice;
    let large = [PHOTO, &[0; 1_000]].concat();
    let refused = house.try_document(&principal, kind, &large).await;
    let refusal = assert_refused(refused, Reason::DocumentTooLarge);
    assert_eq!(refusal.params()["max"], "1000");
    let refused = house.try_document(&principal, kind, b"<html>").await;
    assert_refused(refused, Reason::DocumentFormat);
    let refused = house.try_document(&principal, kind, b"").await;
    assert_refused(refused, Reason::FieldRequired);
    let unspecified = pb::DocumentKind::Unspecified;
    let refused = house.try_document(&principal, unspecified, PHOTO).await;
    assert_refused(refused, Reason::FieldRequired);
    assert_eq!(house.count("SELECT count(*) FROM documents").await, 0);
}

/// The largest file comes through whole, over the wire and back.
#[tokio::test]
async fn the_largest_file_comes_back_whole() {
    let house = House::new().await;
    let (_, principal) = house.signed_in(1).await;
    let content = [b"%PDF-", &vec![7; 5 * 1_024 * 1_024 - 5][..]].concat();
    let added = house
        .try_document(&principal, pb::DocumentKind::Invoice, &content)
        .await
        .unwrap();
    let own = by(&principal, look(&added.document_id, ""));
    let seen = house.documents().get_document(own).await.unwrap();
    assert!(seen.into_inner().content == content);
}

#[tokio::test]
async fn nobody_fills_the_disk() {
    let house = House::with(|config| {
        config.documents.per_account[0].most = 3;
        config.documents.most_per_account = 4;
        config.documents.per_officer[0].most = 2;
    })
    .await;
    let citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    let kind = pb::DocumentKind::Invoice;
    let add = async |principal: &str| house.try_document(principal, kind, PHOTO).await;
    let principal = house.principal(&token).await;
    let (one, two, three, four) = tokio::join!(
        add(&principal),
        add(&principal),
        add(&principal),
        add(&principal)
    );
    let added = [one, two, three, four];
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 3);
    let refused = add(&principal).await;
    let refusal = assert_refused(refused, Reason::RateLimited);
    assert_eq!(refusal.params()["retry_after"], "600");
    house.wait(601);
    let principal = house.principal(&token).await;
    add(&principal).await.unwrap();
    assert_refused(add(&principal).await, Reason::RateLimited);
    let officer = house.acting(&Member::officer());
    add(&officer).await.unwrap();
    add(&officer).await.unwrap();
    assert_refused(add(&officer).await, Reason::RateLimited);
    assert_eq!(house.count("SELECT count(*) FROM documents").await, 6);
    let scans = "SELECT count(*) FROM audit_entries WHERE act = 'add_document'";
    assert_eq!(house.count(scans).await, 2);
}

/// R-ACC-10: officers and reviewers of the province look with a reason, each look audited; others do not.
#[tokio::test]
async fn staff_look_with_a_reason_and_are_written_down() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let added = house
        .try_document(&principal, pb::DocumentKind::Invoice, PHOTO)
        .await
        .unwrap();
    let (id, mut client) = (added.document_id, house.documents());
    let reviewer = house.acting(&Member::of(Role::Reviewer, "gd-maoming"));
    let silent = client.get_document(by(&reviewer, look(&id, " "))).await;
    assert_refused(silent, Reason::StaffReasonRequired);
    let seen = client
        .get_document(by(&reviewer, look(&id, "appeal 7")))
        .await;
    assert_eq!(seen.unwrap().into_inner().content, PHOTO);
    let elsewhere = house.acting(&Member::of(Role::Reviewer, "he-tangshan"));
    let foreign = client
        .get_document(by(&elsewhere, look(&id, "curious")))
        .await;
    assert_refused(foreign, Reason::NotFound);
    let operator = house.acting(&Member::of(Role::Operator, "gd-maoming"));
    let denied = client
        .get_document(by(&operator, look(&id, "curious")))
        .await;
    assert_refused(denied, Reason::PermissionDenied);
    let entries: Vec<(String, uuid::Uuid, String)> = sqlx::query_as(
        "SELECT reason, on_behalf_of, detail FROM audit_entries WHERE act = 'look_at_document'",
    )
    .fetch_all(house.database.pool())
    .await
    .unwrap();
    let account = citizen.account_id.parse().unwrap();
    assert_eq!(
        entries,
        [("appeal 7".to_owned(), account, "invoice".to_owned())]
    );
}

/// Services learn whether documents are an account's own and of the kinds they need, and nothing else.
#[tokio::test]
async fn services_check_documents_by_their_ids() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let added = house
        .try_document(&principal, pb::DocumentKind::Invoice, PHOTO)
        .await
        .unwrap();
    let (_, other) = house.signed_in(2).await;
    let foreign = house
        .try_document(&other, pb::DocumentKind::Invoice, PHOTO)
        .await
        .unwrap();
    let check = |ids: &[&str], kinds: &[pb::DocumentKind]| pb::CheckDocumentsRequest {
        account_id: citizen.account_id.clone(),
        document_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        kinds: kinds.iter().map(|kind| (*kind).into()).collect(),
    };
    let own = added.document_id.as_str();
    let invoice = pb::DocumentKind::Invoice;
    let domestic = pb::DocumentKind::DomesticCertificate;
    for caller in ["selection", "vehicle"] {
        let mut client = DocumentServiceClient::new(house.channel(caller));
        client.check_documents(check(&[own], &[])).await.unwrap();
        client
            .check_documents(check(&[own], &[invoice]))
            .await
            .unwrap();
        let missing = client
            .check_documents(check(&[own], &[invoice, domestic]))
            .await;
        let refusal = assert_refused(missing, Reason::DocumentMissing);
        assert_eq!(refusal.params()["document"], "domestic_certificate");
        for ids in [[own, &foreign.document_id], [own, &nil()]] {
            let refused = client.check_documents(check(&ids, &[])).await;
            assert_refused(refused, Reason::NotFound);
        }
        let twice = client.check_documents(check(&[own, own], &[])).await;
        assert_refused(twice, Reason::FieldInvalid);
        let none = client.check_documents(check(&[], &[])).await;
        assert_refused(none, Reason::FieldRequired);
        let many: Vec<&str> = std::iter::repeat_n(own, 11).collect();
        let refused = client.check_documents(check(&many, &[])).await;
        assert_refused(refused, Reason::FieldInvalid);
    }
    let request = call(check(&[own], &[]));
    let edge = house.documents().check_documents(request).await;
    assert_refused(edge, Reason::PermissionDenied);
}

/// What no act took goes after a day, with its key; what an act took goes by what it is kept for.
#[tokio::test]
async fn documents_go_when_their_time_is_over() {
    let house = House::with(|config| config.retention.vehicle_document_days = 30).await;
    let officer = Member::officer();
    let window = house.window("gd-zhanjiang").await;
    house.enrol(&officer, &window, 1).await;
    house.papers(&officer, &PERSON[..1]).await;
    let (_, principal) = house.signed_in(2).await;
    house
        .try_document(&principal, pb::DocumentKind::Invoice, PHOTO)
        .await
        .unwrap();
    let all = "SELECT count(*) FROM documents";
    let unused: uuid::Uuid =
        sqlx::query_scalar("SELECT key_id FROM documents WHERE account_id IS NULL")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    house.app.sweep().await.unwrap();
    assert_eq!(house.count(all).await, 5);
    house.wait(86_401);
    house.app.sweep().await.unwrap();
    assert_eq!(house.count(all).await, 4);
    let key = xuanhao_chassis::ids::PersonId::from_uuid(unused);
    let erased = house.sealer.seal(key, "documents.content", b"x").await;
    assert!(matches!(
        erased,
        Err(xuanhao_chassis::sealed::Error::Erased)
    ));
    house.wait(86_400 * 31);
    house.app.sweep().await.unwrap();
    assert_eq!(house.count(all).await, 3);
    assert_eq!(
        house
            .count("SELECT count(*) FROM documents WHERE kind = 'invoice'")
            .await,
        0
    );
    house.wait(86_400 * 3_650);
    house.app.sweep().await.unwrap();
    assert_eq!(house.count(all).await, 0);
    assert_eq!(house.count("SELECT count(*) FROM enrolments").await, 1);
}
