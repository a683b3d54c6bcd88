//! Enrolling persons face to face.

use xuanhao_chassis::authz::Role;
use xuanhao_chassis::principal::{Principal, TOKEN_TYPE};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;

use crate::counter::{Member, PERSON, enrolment};
use crate::house::{House, assert_refused};
use crate::notification::Mood;
use crate::people::mobile;
use crate::staff::by;

const OFFICE: &str = "gd-zhanjiang";
const CHOSEN: &str = "茉莉花 blooms at last";

/// R-ACC-02, R-ACC-05, R-ACC-06: who is seen with card, form and face gets an account of level face to
/// face, and the credentials by message within two hours.
#[tokio::test]
async fn a_person_is_enrolled_and_gets_credentials() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let enrolled = house.enrol(&officer, &window, 1).await;
    assert_eq!(
        enrolled.credentials_until.unwrap().seconds,
        house.clock.now().as_second() + 7_200
    );
    house.tell().await;
    let sent = &house.notification.of_template("initial_credentials")[0];
    let to = Some(Recipient::Mobile(format!("+86{}", mobile(1))));
    assert_eq!(
        (&sent.recipient, sent.parameters["hours"].as_str()),
        (&to, "2")
    );
    assert_eq!(sent.expires_at, enrolled.credentials_until);
    assert_eq!(sent.office, OFFICE);
    let (login_name, password) = house.credentials();
    assert_eq!(login_name, enrolled.login_name);
    let token = house.first_sign_in(CHOSEN).await;
    let principal: Principal = {
        let principal = house.principal(&token).await;
        house.public_keys.verify(TOKEN_TYPE, &principal).unwrap()
    };
    assert_eq!(principal.level.as_deref(), Some("face_to_face"));
    assert_eq!(principal.province, "gd");
    let point = house.notification.contact_points();
    assert_eq!(point[0].account_id, enrolled.account_id);
    // Nothing of the password is left, not even sealed.
    assert_eq!(
        house.count("SELECT count(*) FROM pending_messages").await,
        0
    );
    let dump: String =
        sqlx::query_scalar("SELECT string_agg(to_jsonb(a)::text, '') FROM accounts a")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    assert!(!dump.contains(&password) && !dump.contains(&mobile(1)));
    let event: (String, Option<String>) = sqlx::query_as("SELECT kind, office FROM outbox")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert_eq!(
        event,
        ("account.enrolled".to_owned(), Some(OFFICE.to_owned()))
    );
    let entry: (String, uuid::Uuid, uuid::Uuid) = sqlx::query_as(
        "SELECT reason, actor, on_behalf_of FROM audit_entries WHERE act = 'enrol_person'",
    )
    .fetch_one(house.database.pool())
    .await
    .unwrap();
    let account = enrolled.account_id.parse().unwrap();
    assert_eq!(
        entry,
        ("面签".to_owned(), officer.id().parse().unwrap(), account)
    );
}

/// R-ACC-06: notification is told until it has acknowledged, once; after the two hours no more.
#[tokio::test]
async fn credentials_are_sent_however_often_notification_is_away() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    house.notification.set(Mood::IsAway);
    house.enrol(&officer, &window, 1).await;
    let raised = house.contact_due.raised();
    tokio::time::timeout(std::time::Duration::from_secs(1), raised)
        .await
        .unwrap();
    house.tell().await;
    assert_eq!(
        house.count("SELECT count(*) FROM pending_messages").await,
        1
    );
    house.notification.set(Mood::Takes);
    house.wait(3_600);
    house.tell().await;
    house.tell().await;
    assert_eq!(
        house.notification.of_template("initial_credentials").len(),
        1
    );
    house.notification.set(Mood::IsAway);
    house.enrol(&officer, &window, 2).await;
    house.tell().await;
    house.wait(7_200);
    house.notification.set(Mood::Takes);
    house.tell().await;
    assert_eq!(
        house.notification.of_template("initial_credentials").len(),
        1
    );
    assert_eq!(
        house.count("SELECT count(*) FROM pending_messages").await,
        0
    );
}

/// R-ACC-03, R-ACC-04, R-ACC-05: an online account of the same identity number rises in level and keeps
/// its credentials; the next principal says so, and the person is told. R-ACC-08: services get name and
/// number as on the card, to compare them with the invoice.
#[tokio::test]
async fn an_online_account_rises_and_keeps_its_credentials() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    let level = async || {
        let principal = house.principal(&token).await;
        let claims: Principal = house.public_keys.verify(TOKEN_TYPE, &principal).unwrap();
        claims.level.unwrap()
    };
    assert_eq!(level().await, "online");
    let papers = house.papers(&officer, &PERSON).await;
    let request = pb::EnrolPersonRequest {
        full_name: "张三峰".to_owned(),
        ..enrolment(1, &window, papers)
    };
    let enrolled = house.try_enrol(&officer, request).await.unwrap();
    assert_eq!(enrolled.account_id, citizen.account_id);
    assert_eq!(
        (enrolled.login_name.as_str(), enrolled.credentials_until),
        ("", None)
    );
    assert_eq!(level().await, "face_to_face");
    house.sign_in(&citizen).await;
    house.tell().await;
    let told = &house.notification.of_template("enrolled")[0];
    assert_eq!(told.parameters["service_point"], "车管所受理大厅");
    assert!(
        house
            .notification
            .of_template("initial_credentials")
            .is_empty()
    );
    assert!(house.notification.of_template("mobile_changed").is_empty());
    let mut selection = IdentityServiceClient::new(house.channel("selection"));
    let request = pb::GetHolderRequest {
        account_id: citizen.account_id,
        to_transact: true,
    };
    let holder = selection.get_holder(request).await.unwrap().into_inner();
    assert_eq!(holder.kind(), pb::HolderKind::Person);
    assert_eq!(
        (holder.full_name.as_str(), holder.resident_id),
        ("张三峰", citizen.resident_id)
    );
    let versions = "SELECT count(*) FROM outbox WHERE kind = 'account.enrolled' AND version = 2";
    assert_eq!(house.count(versions).await, 1);
}

/// A number that is written on the form and is not the account's becomes the account's; the old one is
/// told.
#[tokio::test]
async fn enrolling_takes_the_number_on_the_form() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    house.tell().await;
    let papers = house.papers(&officer, &PERSON).await;
    let request = pb::EnrolPersonRequest {
        mobile: mobile(7),
        ..enrolment(1, &window, papers)
    };
    house.try_enrol(&officer, request).await.unwrap();
    house.tell().await;
    let told = &house.notification.of_template("mobile_changed")[0];
    assert_eq!(
        told.recipient,
        Some(Recipient::Mobile(format!("+86{}", mobile(1))))
    );
    assert_eq!(told.parameters["mobile_masked"], "138****0007");
    assert_refused(house.try_principal(&token).await, Reason::SessionExpired);
    house.sign_in(&citizen).await;
}

/// R-ACC-05: no card, form or face, no account; another's, a used or an old document does not help.
#[tokio::test]
async fn papers_must_be_there_be_the_officers_and_be_fresh() {
    let house = House::new().await;
    let (officer, colleague) = (Member::officer(), Member::officer());
    let window = house.window(OFFICE).await;
    for left_out in 0..3 {
        let mut kinds = PERSON.to_vec();
        let missing = kinds.remove(left_out);
        let papers = house.papers(&officer, &kinds).await;
        let refused = house
            .try_enrol(&officer, enrolment(1, &window, papers))
            .await;
        let refusal = assert_refused(refused, Reason::DocumentMissing);
        let word = missing.as_str_name().trim_start_matches("DOCUMENT_KIND_");
        assert_eq!(refusal.params()["document"], word.to_lowercase());
    }
    let foreign = house.papers(&colleague, &PERSON).await;
    let refused = house
        .try_enrol(&officer, enrolment(1, &window, foreign))
        .await;
    assert_refused(refused, Reason::NotFound);
    let papers = house.papers(&officer, &PERSON).await;
    let first = enrolment(1, &window, papers.clone());
    house.try_enrol(&officer, first).await.unwrap();
    let used = house
        .try_enrol(&officer, enrolment(2, &window, papers))
        .await;
    assert_refused(used, Reason::NotFound);
    let old = house.papers(&officer, &PERSON).await;
    house.wait(7_200);
    let refused = house.try_enrol(&officer, enrolment(2, &window, old)).await;
    assert_refused(refused, Reason::NotFound);
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 1);
    let adopted =
        "SELECT count(*) FROM documents WHERE account_id IS NOT NULL AND former_key_id IS NULL";
    assert_eq!(house.count(adopted).await, 3);
}

/// Documents an act took open for the person's account and are erased with the person's key.
#[tokio::test]
async fn adopted_documents_belong_to_the_person() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    house.enrol(&officer, &window, 1).await;
    let token = house.first_sign_in(CHOSEN).await;
    let principal = house.principal(&token).await;
    let (id, key): (uuid::Uuid, uuid::Uuid) =
        sqlx::query_as("SELECT document_id, key_id FROM documents WHERE kind = 'portrait'")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    let look = pb::GetDocumentRequest {
        document_id: id.to_string(),
        reason: String::new(),
    };
    let mut client = house.documents();
    client
        .get_document(by(&principal, look.clone()))
        .await
        .unwrap();
    let same = "SELECT count(*) FROM documents d JOIN accounts a USING (account_id)
        WHERE d.key_id = a.person_id";
    assert_eq!(house.count(same).await, 3);
    let person = xuanhao_chassis::ids::PersonId::from_uuid(key);
    house.sealer.erase(person).await.unwrap();
    client.get_document(by(&principal, look)).await.unwrap_err();
}

/// R-ACC-10: officers enrol, at windows of their own office only.
#[tokio::test]
async fn only_officers_enrol_and_only_in_their_office() {
    let house = House::new().await;
    let window = house.window(OFFICE).await;
    let officer = Member::officer();
    let papers = house.papers(&officer, &PERSON).await;
    for role in [
        Role::Operator,
        Role::Reviewer,
        Role::Administrator,
        Role::Auditor,
    ] {
        let other = Member::of(role, OFFICE);
        let refused = house
            .try_enrol(&other, enrolment(1, &window, papers.clone()))
            .await;
        assert_refused(refused, Reason::PermissionDenied);
    }
    let elsewhere = Member::of(Role::Officer, "gd-maoming");
    let refused = house
        .try_enrol(&elsewhere, enrolment(1, &window, papers))
        .await;
    assert_refused(refused, Reason::OutsideYourOffice);
}

/// R-ACC-01: one account per person and per number, at the counter as online.
#[tokio::test]
async fn a_number_in_use_stays_its_accounts() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    house.citizen(1).await;
    let papers = house.papers(&officer, &PERSON).await;
    let taken = pb::EnrolPersonRequest {
        mobile: mobile(1),
        ..enrolment(2, &window, papers.clone())
    };
    assert_refused(house.try_enrol(&officer, taken).await, Reason::MobileInUse);
    // The refusal has used nothing up.
    let enrolled = house
        .try_enrol(&officer, enrolment(2, &window, papers))
        .await;
    enrolled.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 2);
}

/// P2: an enrolment that is asked for twice, also at the same time, is one.
#[tokio::test]
async fn p2_a_repeated_enrolment_is_one() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let papers = house.papers(&officer, &PERSON).await;
    let request = enrolment(1, &window, papers);
    let (one, two) = tokio::join!(
        house.try_enrol(&officer, request.clone()),
        house.try_enrol(&officer, request.clone())
    );
    let done = [one, two].into_iter().find_map(Result::ok).unwrap();
    let again = house.try_enrol(&officer, request.clone()).await.unwrap();
    assert_eq!(again, done);
    let other = pb::EnrolPersonRequest {
        mobile: mobile(3),
        ..request
    };
    assert_refused(
        house.try_enrol(&officer, other).await,
        Reason::RequestIdReused,
    );
    for table in [
        "SELECT count(*) FROM accounts",
        "SELECT count(*) FROM enrolments",
        "SELECT count(*) FROM outbox",
        "SELECT count(*) FROM audit_entries WHERE act = 'enrol_person'",
    ] {
        assert_eq!(house.count(table).await, 1, "{table}");
    }
    house.tell().await;
    assert_eq!(
        house.notification.of_template("initial_credentials").len(),
        1
    );
}

/// Two officers with the same new person before them make one account; who came second is asked to
/// repeat and raises it.
#[tokio::test]
async fn two_desks_make_one_account_of_one_person() {
    let house = House::new().await;
    let window = house.window(OFFICE).await;
    let desks = [Member::officer(), Member::officer()];
    let requests = [
        enrolment(1, &window, house.papers(&desks[0], &PERSON).await),
        enrolment(1, &window, house.papers(&desks[1], &PERSON).await),
    ];
    let (one, two) = tokio::join!(
        house.try_enrol(&desks[0], requests[0].clone()),
        house.try_enrol(&desks[1], requests[1].clone())
    );
    for refused in [one, two].into_iter().filter(Result::is_err) {
        assert_refused(refused, Reason::ChangedMeanwhile);
    }
    let one = house.try_enrol(&desks[0], requests[0].clone()).await;
    let two = house.try_enrol(&desks[1], requests[1].clone()).await;
    assert_eq!(one.unwrap().account_id, two.unwrap().account_id);
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM enrolments").await, 2);
    house.tell().await;
    let sent = house.notification.of_template("initial_credentials");
    assert_eq!(sent.len(), 1);
}
