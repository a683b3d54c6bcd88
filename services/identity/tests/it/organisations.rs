//! Organisations: how they come into being, through whom they act, and for how long (R-ACC-09).

use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::principal::{Principal, TOKEN_TYPE};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::identity_service_client::IdentityServiceClient;
use xuanhao_proto::notification::v1::enqueue_message_request::Recipient;

use crate::counter::{CREDIT_CODE, Member, ORGANISATION, PERSON, organisation};
use crate::house::{House, assert_refused, uuid};
use crate::people::{
    issue, mobile, register_proof, registration, reset_request, resident_id, start_selecting,
};

const OFFICE: &str = "gd-zhanjiang";
const CHOSEN: &str = "茉莉花 blooms at last";

async fn holder(house: &House, account_id: &str) -> Result<pb::GetHolderResponse, tonic::Status> {
    let mut selection = IdentityServiceClient::new(house.channel("selection"));
    let account_id = account_id.to_owned();
    let found = selection
        .get_holder(pb::GetHolderRequest {
            account_id,
            to_transact: true,
        })
        .await?;
    Ok(found.into_inner())
}

/// R-ACC-09: an organisation is enrolled with its certificate, power of attorney and agent, and acts
/// through an account of its own.
#[tokio::test]
async fn an_organisation_is_enrolled_with_its_agent() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    // The agent has an account of the own, with another number.
    let agent = house.citizen(2).await;
    let papers = house.papers(&officer, &ORGANISATION).await;
    let request = pb::EnrolOrganisationRequest {
        agent_mobile: mobile(5),
        ..organisation(2, &window, papers)
    };
    let enrolled = house
        .try_enrol_organisation(&officer, request)
        .await
        .unwrap();
    assert_ne!(enrolled.account_id, agent.account_id);
    let token = house.first_sign_in(CHOSEN).await;
    let principal = house.principal(&token).await;
    let claims: Principal = house.public_keys.verify(TOKEN_TYPE, &principal).unwrap();
    assert_eq!(claims.level.as_deref(), Some("face_to_face"));
    let own = call(pb::GetAccountRequest {}).principal(&principal);
    let seen = house
        .identity()
        .get_account(own)
        .await
        .unwrap()
        .into_inner();
    let seen = seen.account.unwrap();
    assert_eq!(seen.kind(), pb::HolderKind::Organisation);
    assert_eq!(seen.organisation_name, "湛江运输有限公司");
    assert_eq!(seen.credit_code_masked, "9135***********Y43");
    let found = holder(&house, &enrolled.account_id).await.unwrap();
    assert_eq!(found.kind(), pb::HolderKind::Organisation);
    assert_eq!(found.credit_code, CREDIT_CODE);
    assert_eq!(
        (found.full_name.as_str(), found.resident_id),
        ("李代理", resident_id(2))
    );
    // A ban of the organisation is not its agent's (C4).
    let agents = holder(&house, &agent.account_id).await.unwrap();
    assert_ne!(found.person_key, agents.person_key);
    let index: Vec<u8> =
        sqlx::query_scalar("SELECT credit_code_index FROM accounts WHERE kind = 'organisation'")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    assert_eq!(found.person_key, index);
    let dump: String =
        sqlx::query_scalar("SELECT string_agg(to_jsonb(a)::text, '') FROM accounts a")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    assert!(!dump.contains(CREDIT_CODE) && !dump.contains("湛江运输"));
}

/// R-ACC-09: without certificate or power of attorney there is no organisation, and none online.
#[tokio::test]
async fn an_organisation_comes_into_being_at_the_counter_only() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let papers = house.papers(&officer, &PERSON).await;
    let refused = house.try_enrol_organisation(&officer, organisation(1, &window, papers));
    let refusal = assert_refused(refused.await, Reason::DocumentMissing);
    assert_eq!(refusal.params()["document"], "code_certificate");
    let papers = house.papers(&officer, &ORGANISATION).await;
    let malformed = pb::EnrolOrganisationRequest {
        credit_code: "91350100M000100Y4A".to_owned(),
        ..organisation(1, &window, papers.clone())
    };
    let refused = house.try_enrol_organisation(&officer, malformed).await;
    assert_refused(refused, Reason::CreditCodeInvalid);
    let past = pb::EnrolOrganisationRequest {
        authorised_until: "2026-11-21".to_owned(),
        ..organisation(1, &window, papers)
    };
    let refused = house.try_enrol_organisation(&officer, past).await;
    assert_refused(refused, Reason::FieldInvalid);
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &mobile(1)).await;
    let online = pb::RegisterAccountRequest {
        resident_id: CREDIT_CODE.to_owned(),
        ..registration(1, &pre_session, &proof)
    };
    let refused = house.identity().register_account(online).await;
    assert_refused(refused, Reason::OrganisationEnrolmentRequired);
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 0);
}

/// R-ACC-03, R-ACC-09: after the last day of its power of attorney an organisation may look and not
/// transact; a new one lets it again.
#[tokio::test]
async fn an_ended_authorisation_lets_look_and_not_transact() {
    let house = House::with(|config| config.sessions.idle_s = 43_200).await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let papers = house.papers(&officer, &ORGANISATION).await;
    // Today, in Shanghai.
    let request = pb::EnrolOrganisationRequest {
        authorised_until: "2026-11-22".to_owned(),
        ..organisation(1, &window, papers)
    };
    let enrolled = house
        .try_enrol_organisation(&officer, request)
        .await
        .unwrap();
    let account_id = enrolled.account_id;
    let token = house.first_sign_in(CHOSEN).await;
    let principal = house.principal(&token).await;
    holder(&house, &account_id).await.unwrap();
    issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    // 09:00 in Shanghai at the start; the last day ends in fifteen hours.
    house.wait(15 * 3_600);
    let (login_name, _) = house.credentials();
    let signed_in = house.try_sign_in(&login_name, CHOSEN, "203.0.113.9").await;
    let principal = house.principal(&signed_in.unwrap().session_token).await;
    let refusal = assert_refused(
        holder(&house, &account_id).await,
        Reason::AuthorisationExpired,
    );
    assert_eq!(refusal.params()["date"], "2026-11-22");
    let refused = issue(&house, start_selecting("b"), Some(&principal)).await;
    assert_refused(refused, Reason::AuthorisationExpired);
    let own = call(pb::GetAccountRequest {}).principal(&principal);
    house.identity().get_account(own).await.unwrap();
    let again = house.enrol_organisation(&officer, &window, 1).await;
    assert_eq!(
        (again.account_id, again.login_name.as_str()),
        (account_id.clone(), "")
    );
    holder(&house, &account_id).await.unwrap();
    // The same agent keeps the password.
    house
        .try_sign_in(&login_name, CHOSEN, "203.0.113.9")
        .await
        .unwrap();
}

/// R-ACC-09: enrolling again replaces the agent: the former one's sessions end and the former password
/// is of no use.
#[tokio::test]
async fn another_agent_replaces_the_former_one() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    let first = house.enrol_organisation(&officer, &window, 1).await;
    let token = house.first_sign_in(CHOSEN).await;
    let second = house.enrol_organisation(&officer, &window, 2).await;
    assert_eq!(second.account_id, first.account_id);
    assert_eq!(second.login_name, first.login_name);
    assert_refused(house.try_principal(&token).await, Reason::SessionExpired);
    let former = house
        .try_sign_in(&first.login_name, CHOSEN, "203.0.113.9")
        .await;
    assert_refused(former, Reason::SignInFailed);
    house.first_sign_in("another good password").await;
    let sent = house.notification.of_template("initial_credentials");
    let to = Some(Recipient::Mobile(format!("+86{}", mobile(2))));
    assert_eq!(sent.last().unwrap().recipient, to);
    let found = holder(&house, &first.account_id).await.unwrap();
    assert_eq!(found.resident_id, resident_id(2));
    assert_eq!(found.mobile, format!("+86{}", mobile(2)));
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM enrolments").await, 2);
    let events =
        "SELECT count(*) FROM outbox WHERE kind = 'account.enrolled' AND version IN (1, 2)";
    assert_eq!(house.count(events).await, 2);
    // A forgotten password of an organisation is replaced by a code to its agent's number.
    let request = reset_request(&house, &uuid(), &first.login_name).await;
    issue(&house, request, None).await.unwrap();
    house.app.settled().await;
    let codes = house.notification.of_template("challenge_code");
    assert_eq!(codes.last().unwrap().recipient, to);
}

/// One person may be the agent of several organisations, each with an account and a number of its own.
#[tokio::test]
async fn one_agent_serves_several_organisations() {
    let house = House::new().await;
    let officer = Member::officer();
    let window = house.window(OFFICE).await;
    house.enrol_organisation(&officer, &window, 1).await;
    let papers = house.papers(&officer, &ORGANISATION).await;
    let other = pb::EnrolOrganisationRequest {
        credit_code: "91110000600037341L".to_owned(),
        ..organisation(1, &window, papers)
    };
    let same_number = house.try_enrol_organisation(&officer, other.clone()).await;
    assert_refused(same_number, Reason::MobileInUse);
    let other = pb::EnrolOrganisationRequest {
        request_id: uuid(),
        agent_mobile: mobile(6),
        ..other
    };
    house.try_enrol_organisation(&officer, other).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM accounts").await, 2);
}
