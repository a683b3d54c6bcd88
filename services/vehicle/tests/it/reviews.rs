//! Suspicions under review.

use std::time::Duration;

use jiff::SignedDuration;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::vehicle::v1 as pb;
use xuanhao_vehicle::domain::suspicion::ManyVehicles;

use crate::house::{House, any_id, reason, request};

const OFFICER: &[Role] = &[Role::Officer];

async fn evidence(
    house: &House,
    account: &str,
    application: &str,
    documents: &[String],
) -> Result<pb::Review, tonic::Status> {
    let request = pb::AddEvidenceRequest {
        request_id: any_id(),
        application_id: application.into(),
        document_ids: documents.to_vec(),
    };
    let request = call(request).principal(&house.citizen(account));
    let answer = house.reviews("edge").add_evidence(request).await?;
    Ok(answer.into_inner().review.unwrap())
}

async fn own(house: &House, account: &str, application: &str) -> Result<pb::Review, tonic::Status> {
    let request = pb::GetOwnReviewRequest {
        application_id: application.into(),
    };
    let request = call(request).principal(&house.citizen(account));
    let answer = house.reviews("edge").get_own_review(request).await?;
    Ok(answer.into_inner().review.unwrap())
}

async fn open(house: &House, staff: &str, application: &str) -> Result<pb::Review, tonic::Status> {
    let request = pb::OpenReviewRequest {
        request_id: any_id(),
        application_id: application.into(),
        reason: "the invoice looks copied".into(),
    };
    let request = call(request).principal(staff);
    let answer = house.reviews("xuanctl").open_review(request).await?;
    Ok(answer.into_inner().review.unwrap())
}

async fn decide(
    house: &House,
    staff: &str,
    review: &str,
    clear: bool,
) -> Result<pb::Review, tonic::Status> {
    let request = pb::DecideReviewRequest {
        request_id: any_id(),
        review_id: review.into(),
        clear,
        reason: "原始发票已核对".into(),
    };
    let request = call(request).principal(staff);
    let answer = house.reviews("xuanctl").decide_review(request).await?;
    Ok(answer.into_inner().review.unwrap())
}

async fn list(house: &House, staff: &str, office: &str) -> Result<Vec<pb::Review>, tonic::Status> {
    let request = pb::ListReviewsRequest {
        province: "gd".into(),
        office: office.into(),
        ..Default::default()
    };
    let request = call(request).principal(staff);
    let answer = house.reviews("xuanctl").list_reviews(request).await?;
    Ok(answer.into_inner().reviews)
}

/// R-INF-04: a suspicion holds the claim back until there is evidence and an officer has decided.
#[tokio::test]
async fn a_cleared_suspicion_verifies_the_claim() {
    let house = House::new().await;
    let asked = request("9981", "0001");
    let (account, application) = (asked.person_id.clone(), asked.application_id.clone());
    let vin = asked.vin.clone();
    let (suspected, claim) = house.take(asked).await;
    assert_eq!(suspected.eligibility(), pb::Eligibility::UnderReview);
    assert_eq!(suspected.reasons[0].reason, "UNDER_REVIEW");
    assert_eq!(suspected.reasons[0].parameters["suspicion"], "suspicious");
    assert_eq!(claim.state(), pb::ClaimState::Unverified);
    assert!(!claim.review_id.is_empty());

    let wanted = own(&house, &account, &application).await.unwrap();
    assert_eq!(wanted.state(), pb::ReviewState::EvidenceWanted);
    assert_eq!((wanted.due_at, wanted.vin.as_str()), (None, ""));
    let stranger = own(&house, &any_id(), &application).await.unwrap_err();
    assert_eq!(reason(&stranger), Reason::NotFound);
    let document = any_id();
    house.identity.known().missing.insert(document.clone());
    let missing = evidence(
        &house,
        &account,
        &application,
        std::slice::from_ref(&document),
    )
    .await;
    assert_eq!(reason(&missing.unwrap_err()), Reason::DocumentMissing);
    house.identity.known().missing.clear();
    let stranger = evidence(
        &house,
        &any_id(),
        &application,
        std::slice::from_ref(&document),
    )
    .await;
    assert_eq!(reason(&stranger.unwrap_err()), Reason::NotFound);
    let given = evidence(
        &house,
        &account,
        &application,
        std::slice::from_ref(&document),
    )
    .await;
    let given = given.unwrap();
    assert_eq!(given.state(), pb::ReviewState::Waiting);
    // Sunday morning in Shanghai: due at the end of Monday.
    assert_eq!(given.due_at.unwrap().seconds, 1_795_449_600);
    let more: Vec<String> = (0..3).map(|_| any_id()).collect();
    let too_many = evidence(&house, &account, &application, &more).await;
    assert_eq!(reason(&too_many.unwrap_err()), Reason::FieldInvalid);

    // Slow officers cost the citizen nothing.
    house.clock.advance(Duration::from_secs(30 * 86_400));
    house.app.lapse().await.unwrap();
    let officer = house.staff(&any_id(), OFFICER, &["gd-zhanjiang"]);
    let listed = list(&house, &officer, "").await.unwrap();
    assert_eq!((listed.len(), &listed[0].vin), (1, &vin));
    let elsewhere = house.staff(&any_id(), OFFICER, &["gd-maoming"]);
    assert!(list(&house, &elsewhere, "").await.unwrap().is_empty());
    let refused = list(&house, &elsewhere, "gd-zhanjiang").await.unwrap_err();
    assert_eq!(reason(&refused), Reason::OutsideYourOffice);
    let refused = decide(&house, &elsewhere, &given.review_id, true).await;
    assert_eq!(reason(&refused.unwrap_err()), Reason::OutsideYourOffice);
    let cleared = decide(&house, &officer, &given.review_id, true)
        .await
        .unwrap();
    assert_eq!(cleared.state(), pb::ReviewState::Cleared);
    let verified = house.claim_of(&application).await.unwrap();
    assert_eq!(verified.state(), pb::ClaimState::Verified);
    assert!(verified.review_id.is_empty());
    assert_eq!(house.facts().await, ["vehicle.accepted", "claim.verified"]);
    let again = decide(&house, &officer, &given.review_id, false).await;
    assert_eq!(reason(&again.unwrap_err()), Reason::ReviewClosed);
    let late = evidence(&house, &account, &application, &[any_id()]).await;
    assert_eq!(reason(&late.unwrap_err()), Reason::ReviewClosed);
    assert_eq!(house.rows("audit_entries").await.len(), 1);
    let told = own(&house, &account, &application).await.unwrap();
    assert_eq!(told.decision_reason, "原始发票已核对");
}

/// An officer's suspicion of a verified claim changes nothing until another officer has decided.
#[tokio::test]
async fn a_confirmed_suspicion_ends_even_a_verified_claim() {
    let house = House::new().await;
    let asked = request("0001", "0001");
    let application = asked.application_id.clone();
    house.take(asked).await;
    let (first, second) = (
        house.staff(&any_id(), OFFICER, &[]),
        house.staff(&any_id(), &[Role::Reviewer], &[]),
    );
    let opened = open(&house, &first, &application).await.unwrap();
    assert_eq!(opened.suspicions, ["officer"]);
    let twice = open(&house, &second, &application).await.unwrap_err();
    assert_eq!(reason(&twice), Reason::AlreadyExists);
    let nothing = open(&house, &first, &any_id()).await.unwrap_err();
    assert_eq!(reason(&nothing), Reason::NotFound);
    let held = house.claim_of(&application).await.unwrap();
    assert_eq!(held.state(), pb::ClaimState::Verified);
    assert_eq!(held.review_id, opened.review_id);
    let own = decide(&house, &first, &opened.review_id, false).await;
    assert_eq!(reason(&own.unwrap_err()), Reason::ApproverIsActor);
    decide(&house, &second, &opened.review_id, false)
        .await
        .unwrap();
    let rejected = house.claim_of(&application).await.unwrap();
    assert_eq!(rejected.state(), pb::ClaimState::Rejected);
    assert_eq!(rejected.reasons[0].parameters["rule"], "review_confirmed");
    assert_eq!(
        house.facts().await,
        [
            "vehicle.accepted",
            "review.opened",
            "vehicle.rejected",
            "claim.ended"
        ]
    );
    // The vehicle is free for whoever really bought it.
    let (_, claim) = house.take(request("0001", "0002")).await;
    assert_eq!(claim.state(), pb::ClaimState::Verified);
    assert_eq!(house.rows("audit_entries").await.len(), 2);
}

/// A review that holds back a pending claim goes on when the answers come, and the other way round.
#[tokio::test]
async fn answers_and_review_both_have_to_be_fine() {
    let house = House::late().await;
    let asked = request("9983", "0001");
    let application = asked.application_id.clone();
    house.take(asked).await;
    let (first, second) = (
        house.staff(&any_id(), OFFICER, &[]),
        house.staff(&any_id(), OFFICER, &[]),
    );
    let opened = open(&house, &first, &application).await.unwrap();
    house.clock.advance(Duration::from_secs(61));
    let second = {
        drop(second);
        house.staff(&any_id(), OFFICER, &[])
    };
    house.app.ask_again().await.unwrap();
    let held = house.claim_of(&application).await.unwrap();
    assert_eq!(held.state(), pb::ClaimState::Unverified);
    assert_eq!(
        held.assessment.unwrap().eligibility(),
        pb::Eligibility::Eligible
    );
    decide(&house, &second, &opened.review_id, true)
        .await
        .unwrap();
    let verified = house.claim_of(&application).await.unwrap();
    assert_eq!(verified.state(), pb::ClaimState::Verified);
}

/// Whoever holds many vehicles is suspected, and a claim without evidence lapses.
#[tokio::test]
async fn many_vehicles_of_one_person_are_suspicious() {
    let house = House::with(|limits| {
        limits.rules.suspicions.many_vehicles = Some(ManyVehicles {
            from: 2,
            within: SignedDuration::from_hours(24 * 30),
        });
    })
    .await;
    let person = any_id();
    let mut waiting = Vec::new();
    for n in 1..=3 {
        let mut asked = request(&format!("000{n}"), &format!("000{n}"));
        asked.person_id.clone_from(&person);
        let decided = house.assess(asked.clone()).await.unwrap();
        assert_eq!(decided.eligibility(), pb::Eligibility::Eligible);
        waiting.push((decided.assessment_id, asked.application_id));
    }
    let mut states = Vec::new();
    for (assessment, application) in &waiting {
        house.claim(assessment, application).await.unwrap();
        states.push(house.claim_of(application).await.unwrap().state());
    }
    use pb::ClaimState::{Unverified, Verified};
    assert_eq!(states, [Verified, Verified, Unverified]);
    let third = &waiting[2].1;
    let told = own(&house, &person, third).await.unwrap();
    assert_eq!(told.suspicions, ["many_vehicles"]);
    let mut fourth = request("0004", "0004");
    fourth.person_id = person;
    let told = house.assess(fourth).await.unwrap();
    assert_eq!(told.eligibility(), pb::Eligibility::UnderReview);
    house.clock.advance(Duration::from_secs(241 * 3_600));
    house.app.lapse().await.unwrap();
    let lapsed = house.claim_of(third).await.unwrap();
    assert_eq!(lapsed.state(), pb::ClaimState::Lapsed);
    let gone = own(&house, &any_id(), third).await.unwrap_err();
    assert_eq!(reason(&gone), Reason::NotFound);
}
