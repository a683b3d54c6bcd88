//! Answers that come late: asked for again, or by file; and what becomes of claims meanwhile.

use std::time::Duration;

use serde_json::json;
use xuanhao_chassis::authz::Role;
use xuanhao_chassis::grpc::{CallExt as _, call};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass;
use xuanhao_proto::vehicle::v1 as pb;

use crate::house::{BUYER, House, any_id, reason, request};

/// R-INF-04: what looks pending is asked for again until it is known; the class may turn out
/// different, and the claim is verified then.
#[tokio::test]
async fn a_late_answer_verifies_the_claim() {
    let house = House::late().await;
    let asked = request("9983", "0001");
    let (vin, application) = (asked.vin.clone(), asked.application_id.clone());
    let (pending, claim) = house.take(asked).await;
    assert_eq!(pending.eligibility(), pb::Eligibility::Pending);
    assert_eq!(pending.plate_class(), PlateClass::Small, "assumed");
    assert_eq!(claim.state(), pb::ClaimState::Unverified);
    assert!(claim.lapses_at.is_some());
    assert!(house.facts().await.is_empty());
    let questions = house.rows("questions").await;
    assert_eq!(questions.len(), 2);
    for row in &questions {
        assert!(!row.contains(&vin) && !row.contains(BUYER), "{row}");
        assert!(!row.contains("00120001"), "{row}");
    }

    house.app.ask_again().await.unwrap();
    let waiting = house.claim_of(&application).await.unwrap();
    assert_eq!(waiting.state(), pb::ClaimState::Unverified, "not due yet");
    house.clock.advance(Duration::from_secs(61));
    house.app.ask_again().await.unwrap();
    let verified = house.claim_of(&application).await.unwrap();
    assert_eq!(verified.state(), pb::ClaimState::Verified);
    assert_eq!(verified.lapses_at, None);
    let told = verified.assessment.unwrap();
    assert_eq!(told.eligibility(), pb::Eligibility::Eligible);
    assert_eq!(told.plate_class(), PlateClass::NevSmall);
    assert_eq!(told.energy(), pb::Energy::NotPurelyBattery);
    assert_eq!(house.facts().await, ["vehicle.accepted", "claim.verified"]);
    let wiped: bool = sqlx::query_scalar("SELECT bool_and(question IS NULL) FROM questions")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert!(wiped, "what was asked is wiped with the answer");
}

/// R-INF-04, R-ACC-08: a late no rejects the claim and says why.
#[tokio::test]
async fn a_late_no_rejects_the_claim() {
    let house = House::late().await;
    let mut asked = request("9983", "0001");
    asked.purchase_proof = request("9983", "9992").purchase_proof;
    let application = asked.application_id.clone();
    house.take(asked).await;
    house.clock.advance(Duration::from_secs(61));
    house.app.ask_again().await.unwrap();
    let rejected = house.claim_of(&application).await.unwrap();
    assert_eq!(rejected.state(), pb::ClaimState::Rejected);
    assert_eq!(rejected.reasons[0].reason, "BUYER_MISMATCH");
    assert_eq!(house.facts().await, ["vehicle.rejected", "claim.ended"]);
}

/// R-INF-09: unverified claims exclude nobody; the one that is verified evicts the others, by vehicle
/// and by proof, in the same transaction.
#[tokio::test]
async fn a_verified_claim_evicts_the_unverified() {
    let house = House::late().await;
    let (same_car, same_proof, winner) = (
        request("9993", "0001"),
        request("0005", "9993"),
        request("9993", "0003"),
    );
    let (first, second) = (
        same_car.application_id.clone(),
        same_proof.application_id.clone(),
    );
    house.take(same_car.clone()).await;
    house.clock.advance(Duration::from_secs(1));
    house.take(same_proof).await;
    house.clock.advance(Duration::from_secs(1));
    // Several stand for one vehicle.
    house.take(winner.clone()).await;
    let live = house.claim_of(&first).await.unwrap();
    assert_eq!(live.state(), pb::ClaimState::Unverified);

    let operator = house.staff(&any_id(), &[Role::Operator], &[]);
    let answers = answers_to(&house, &operator, "registry", &winner.vin).await;
    // The newest question is the winner's; answered first, it is verified first.
    let response = import(&house, &operator, vec![answers.last().unwrap().clone()])
        .await
        .unwrap();
    assert_eq!((response.taken, response.unknown), (1, 0));
    let won = house.claim_of(&winner.application_id).await.unwrap();
    assert_eq!(won.state(), pb::ClaimState::Verified);
    let lost = house.claim_of(&first).await.unwrap();
    assert_eq!(lost.state(), pb::ClaimState::Evicted);
    let other = house.claim_of(&second).await.unwrap();
    assert_eq!(other.state(), pb::ClaimState::Unverified);
    assert_eq!(
        house.facts().await,
        ["vehicle.accepted", "claim.ended", "claim.verified"]
    );
    // Nobody waits for what it was asked any more.
    let late = import(&house, &operator, vec![answers[0].clone()])
        .await
        .unwrap();
    assert_eq!((late.taken, late.unknown), (0, 1));
    let told = house.assess(request("9993", "0009")).await.unwrap();
    assert_eq!(told.eligibility(), pb::Eligibility::Refused);
    assert_eq!(told.reasons[0].reason, "VIN_IN_USE");

    // An eligible decision is verified at once, and evicts too.
    let mut at_once = request("0008", "0008");
    at_once.vin = request("0005", "0001").vin;
    let (_, claim) = house.take(at_once).await;
    assert_eq!(claim.state(), pb::ClaimState::Verified);
    let lost = house.claim_of(&second).await.unwrap();
    assert_eq!(lost.state(), pb::ClaimState::Evicted);
}

/// R-INF-09: of many unverified claims whose answers come at the same moment one is verified, and no
/// bringer of answers is told of the race.
#[tokio::test]
async fn of_many_answers_at_once_one_claim_is_verified() {
    let house = House::late().await;
    let mut applications = Vec::new();
    for n in 0..6 {
        let asked = request("9993", &format!("000{n}"));
        applications.push(asked.application_id.clone());
        house.take(asked).await;
    }
    let operator = house.staff(&any_id(), &[Role::Operator], &[]);
    let vin = request("9993", "0001").vin;
    let answers = answers_to(&house, &operator, "registry", &vin).await;
    assert_eq!(answers.len(), 6);
    let imports = answers.into_iter().map(|answer| {
        let mut client = house.reviews("xuanctl");
        let request = pb::ImportAnswersRequest {
            request_id: any_id(),
            answers: vec![answer],
        };
        let request = call(request).principal(&operator);
        tokio::spawn(async move { client.import_answers(request).await })
    });
    let imports: Vec<_> = imports.collect();
    for import in imports {
        import.await.unwrap().unwrap();
    }
    let mut states = Vec::new();
    for application in &applications {
        states.push(house.claim_of(application).await.unwrap().state());
    }
    let verified = states
        .iter()
        .filter(|state| **state == pb::ClaimState::Verified);
    assert_eq!(verified.count(), 1, "{states:?}");
    assert!(!states.contains(&pb::ClaimState::Unverified), "{states:?}");
}

/// C4: when a person was erased nobody is asked about them any more, and files that still hold an
/// answer do no harm.
#[tokio::test]
async fn an_erased_persons_questions_are_given_up() {
    let house = House::late().await;
    let asked = request("9993", "0001");
    let (person, vin) = (asked.person_id.clone(), asked.vin.clone());
    house.take(asked).await;
    let operator = house.staff(&any_id(), &[Role::Operator], &[]);
    let answers = answers_to(&house, &operator, "registry", &vin).await;
    house.sealer.erase(person.parse().unwrap()).await.unwrap();
    assert!(export(&house, &operator, "registry").await.is_empty());
    let told = import(&house, &operator, answers).await.unwrap();
    assert_eq!((told.taken, told.unknown), (0, 1));
    house.clock.advance(Duration::from_secs(61));
    house.app.ask_again().await.unwrap();
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM questions WHERE state = 'open'")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert_eq!(open, 0);
}

/// An unverified claim ends when its time is over, and its questions with it.
#[tokio::test]
async fn an_unverified_claim_lapses() {
    let house = House::late().await;
    let asked = request("9993", "0001");
    let application = asked.application_id.clone();
    house.take(asked).await;
    house.clock.advance(Duration::from_secs(71 * 3_600));
    house.app.lapse().await.unwrap();
    house.app.ask_again().await.unwrap();
    let live = house.claim_of(&application).await.unwrap();
    assert_eq!(live.state(), pb::ClaimState::Unverified);
    house.clock.advance(Duration::from_secs(2 * 3_600));
    house.app.ask_again().await.unwrap();
    house.app.lapse().await.unwrap();
    let lapsed = house.claim_of(&application).await.unwrap();
    assert_eq!(lapsed.state(), pb::ClaimState::Lapsed);
    assert_eq!(house.facts().await, ["claim.ended"]);
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM questions WHERE state = 'open'")
        .fetch_one(house.database.pool())
        .await
        .unwrap();
    assert_eq!(open, 0);
}

/// Questions go out and answers come in by file, in the gateways' own words; what does not fit is
/// named by its place, and the acts are audited.
#[tokio::test]
async fn answers_come_by_file() {
    let house = House::late().await;
    let asked = request("9993", "9993");
    let application = asked.application_id.clone();
    house.take(asked.clone()).await;
    let operator = house.staff(&any_id(), &[Role::Operator], &[]);
    let bureau = export(&house, &operator, "tax_bureau").await;
    let question: serde_json::Value = serde_json::from_str(&bureau[0].question).unwrap();
    assert_eq!(
        question,
        json!({"invoice_code": "144002621660", "invoice_number": "00129993",
               "buyer_id": BUYER, "vin": asked.vin})
    );
    let mut answers = answers_to(&house, &operator, "registry", &asked.vin).await;
    let wrong = |question_id: &str, answer: serde_json::Value| pb::OutsideAnswer {
        system: "tax_bureau".into(),
        question_id: question_id.into(),
        answer: answer.to_string(),
    };
    answers.push(wrong("not-an-id", json!({})));
    answers.push(wrong(&any_id(), json!({})));
    answers.push(wrong(&bureau[0].question_id, json!({"status": "valid"})));
    let response = import(&house, &operator, answers).await.unwrap();
    assert_eq!((response.taken, response.unknown), (1, 1));
    assert_eq!(response.malformed, [2, 4]);
    let waiting = house.claim_of(&application).await.unwrap();
    assert_eq!(
        waiting.state(),
        pb::ClaimState::Unverified,
        "one is missing"
    );

    let unknown = wrong(&bureau[0].question_id, json!({"code": "invoice_unknown"}));
    import(&house, &operator, vec![unknown]).await.unwrap();
    let rejected = house.claim_of(&application).await.unwrap();
    assert_eq!(rejected.state(), pb::ClaimState::Rejected);
    assert_eq!(rejected.reasons[0].reason, "PURCHASE_PROOF_INVALID");
    assert!(export(&house, &operator, "tax_bureau").await.is_empty());

    let audit = house.rows("audit_entries").await;
    assert_eq!(audit.len(), 5);
    assert!(
        audit
            .iter()
            .all(|row| !row.contains(BUYER) && !row.contains(&asked.vin))
    );
    let one_office = house.staff(&any_id(), &[Role::Operator], &["gd-zhanjiang"]);
    let refused = import(&house, &one_office, vec![wrong(&any_id(), json!({}))]).await;
    assert_eq!(reason(&refused.unwrap_err()), Reason::OutsideYourOffice);
}

async fn export(house: &House, operator: &str, system: &str) -> Vec<pb::OutsideQuestion> {
    let request = pb::ExportQuestionsRequest {
        system: system.into(),
        page_size: 0,
        page_token: String::new(),
        reason: "monthly file".into(),
    };
    let request = call(request).principal(operator);
    let answer = house.reviews("xuanctl").export_questions(request).await;
    answer.unwrap().into_inner().questions
}

/// Good answers of the registry about a vehicle, oldest question first.
async fn answers_to(
    house: &House,
    operator: &str,
    system: &str,
    vin: &str,
) -> Vec<pb::OutsideAnswer> {
    let questions = export(house, operator, system).await;
    let about = questions.into_iter().filter(|q| q.question.contains(vin));
    let answer = json!({"vin": vin, "status": "new", "plate_type": "52", "energy": "battery"});
    about
        .map(|question| pb::OutsideAnswer {
            system: system.into(),
            question_id: question.question_id,
            answer: answer.to_string(),
        })
        .collect()
}

async fn import(
    house: &House,
    operator: &str,
    answers: Vec<pb::OutsideAnswer>,
) -> Result<pb::ImportAnswersResponse, tonic::Status> {
    let request = pb::ImportAnswersRequest {
        request_id: any_id(),
        answers,
    };
    let request = call(request).principal(operator);
    let answer = house.reviews("xuanctl").import_answers(request).await?;
    Ok(answer.into_inner())
}
