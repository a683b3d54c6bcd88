//! What else officers do at the counter: finding accounts, listing enrolments, changing numbers.

use tonic::Status;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::principal::{Principal, TOKEN_TYPE};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::find_account_request::By;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;

use crate::counter::{CREDIT_CODE, Member, PERSON};
use crate::house::{House, assert_refused, nil, uuid};
use crate::people::{issue, mobile, resident_id, start_selecting};
use crate::staff::by;

const OFFICE: &str = "gd-zhanjiang";

async fn find(house: &House, officer: &Member, by_what: By) -> Result<pb::Account, Status> {
    let request = pb::FindAccountRequest {
        by: Some(by_what),
        reason: "at the counter".to_owned(),
    };
    let found = house
        .enrolments()
        .find_account(by(&house.acting(officer), request))
        .await?;
    Ok(found.into_inner().account.unwrap())
}

async fn list(
    house: &House,
    officer: &Member,
    account_id: &str,
    page_size: i32,
    page_token: &str,
) -> Result<pb::ListEnrolmentsResponse, Status> {
    let request = pb::ListEnrolmentsRequest {
        account_id: account_id.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let request = by(&house.acting(officer), request);
    Ok(house
        .enrolments()
        .list_enrolments(request)
        .await?
        .into_inner())
}

/// R-ACC-11: an account of one province's portal is found and enrolled in another, and stays one.
#[tokio::test]
async fn one_account_serves_every_province() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let officer = Member::of(Role::Officer, "he-tangshan");
    let window = house.window("he-tangshan").await;
    let found = find(&house, &officer, By::ResidentId(resident_id(1))).await;
    assert_eq!(found.unwrap().account_id, citizen.account_id);
    let enrolled = house.enrol(&officer, &window, 1).await;
    assert_eq!(enrolled.account_id, citizen.account_id);
    let token = house.sign_in(&citizen).await;
    let principal = house.principal(&token).await;
    let claims: Principal = house.public_keys.verify(TOKEN_TYPE, &principal).unwrap();
    assert_eq!(
        (claims.province.as_str(), claims.level.as_deref()),
        ("gd", Some("face_to_face"))
    );
    let event = "SELECT count(*) FROM outbox WHERE province = 'he' AND office = 'he-tangshan'";
    assert_eq!(house.count(event).await, 1);
}

/// Looking for an account is written down, also when there is none.
#[tokio::test]
async fn every_look_up_is_audited() {
    let house = House::new().await;
    let officer = Member::officer();
    let citizen = house.citizen(1).await;
    let found = find(&house, &officer, By::ResidentId(resident_id(1))).await;
    let found = found.unwrap();
    assert_eq!(found.account_id, citizen.account_id);
    assert_eq!(found.mobile_masked, "138****0001");
    for nobody in [
        By::ResidentId(resident_id(2)),
        By::CreditCode(CREDIT_CODE.to_owned()),
    ] {
        assert_refused(find(&house, &officer, nobody).await, Reason::NotFound);
    }
    let malformed = find(
        &house,
        &officer,
        By::CreditCode("91350100M000100Y4A".to_owned()),
    );
    assert_refused(malformed.await, Reason::CreditCodeInvalid);
    let details: Vec<String> = sqlx::query_scalar(
        "SELECT detail FROM audit_entries WHERE act = 'find_account' ORDER BY detail",
    )
    .fetch_all(house.database.pool())
    .await
    .unwrap();
    assert_eq!(details, ["found", "not_found", "not_found"]);
}

#[tokio::test]
async fn enrolments_are_listed_newest_first() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let mut ids = Vec::new();
    let account_id = house.enrol(&officer, &window, 1).await.account_id;
    for _ in 0..2 {
        house.wait(1);
        ids.push(house.enrol(&officer, &window, 1).await.enrolment_id);
    }
    let page = list(&house, &officer, &account_id, 2, "").await.unwrap();
    let newest: Vec<_> = page
        .enrolments
        .iter()
        .map(|one| one.enrolment_id.clone())
        .collect();
    assert_eq!(newest, [ids[1].clone(), ids[0].clone()]);
    assert_eq!(page.enrolments[0].officer, officer.id());
    assert_eq!(page.enrolments[0].document_ids.len(), 3);
    let rest = list(&house, &officer, &account_id, 2, &page.next_page_token).await;
    let rest = rest.unwrap();
    assert_eq!(
        (rest.enrolments.len(), rest.next_page_token.as_str()),
        (1, "")
    );
    let refused = list(&house, &officer, &nil(), 0, "").await;
    assert_refused(refused, Reason::NotFound);
    let refused = list(&house, &officer, &account_id, 0, "next").await;
    assert_refused(refused, Reason::PageTokenInvalid);
    let refused = list(&house, &officer, &account_id, 101, "").await;
    assert_refused(refused, Reason::FieldInvalid);
}

/// Who cannot prove the old number has it changed at the counter: sessions end, the old number is told,
/// and codes go to the new one.
#[tokio::test]
async fn a_number_is_changed_at_the_counter() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let citizen = house.citizen(1).await;
    house.citizen(2).await;
    let token = house.sign_in(&citizen).await;
    let papers = house.papers(&officer, &PERSON[..2]).await;
    let request = pb::ChangeMobileFaceToFaceRequest {
        request_id: uuid(),
        service_point_id: window,
        account_id: citizen.account_id.clone(),
        mobile: mobile(9),
        document_ids: papers.clone(),
        reason: "lost the card".to_owned(),
    };
    let change = async |request: pb::ChangeMobileFaceToFaceRequest| {
        let request = by(&house.acting(&officer), request);
        house.enrolments().change_mobile_face_to_face(request).await
    };
    let cardless = pb::ChangeMobileFaceToFaceRequest {
        request_id: uuid(),
        document_ids: papers[1..].to_vec(),
        ..request.clone()
    };
    assert_refused(change(cardless).await, Reason::DocumentMissing);
    let taken = pb::ChangeMobileFaceToFaceRequest {
        request_id: uuid(),
        mobile: mobile(2),
        ..request.clone()
    };
    assert_refused(change(taken).await, Reason::MobileInUse);
    let unknown = pb::ChangeMobileFaceToFaceRequest {
        request_id: uuid(),
        account_id: nil(),
        ..request.clone()
    };
    assert_refused(change(unknown).await, Reason::NotFound);
    for _ in 0..2 {
        let changed = change(request.clone()).await.unwrap().into_inner();
        assert_eq!(changed.account.unwrap().mobile_masked, "138****0009");
    }
    assert_refused(house.try_principal(&token).await, Reason::SessionExpired);
    house.tell().await;
    let told = house.notification.of_template("mobile_changed");
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].recipient,
        Some(Recipient::Mobile(format!("+86{}", mobile(1))))
    );
    let mut points = house.notification.contact_points();
    points.retain(|point| point.account_id == citizen.account_id);
    assert!(
        points
            .iter()
            .any(|point| point.mobile == format!("+86{}", mobile(9)))
    );
    let token = house.sign_in(&citizen).await;
    let principal = house.principal(&token).await;
    issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    assert_eq!(house.notification.sent_to(&mobile(9)), 1);
    let entries = "SELECT count(*) FROM audit_entries WHERE act = 'change_mobile_face_to_face'";
    assert_eq!(house.count(entries).await, 1);
}
