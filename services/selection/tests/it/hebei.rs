//! The road of 2016: captchas, a hit that is held, a choice without a way back.

use std::collections::HashSet;

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1::RegistrationLevel;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::selecting_outcome::Result as Became;

use crate::citizen::Citizen;
use crate::house::{HEBEI, House, OFFICE, assert_refused, uuid};
use crate::identity::ANSWER;
use crate::pool::{Mood, instant};

/// The rules of 2016 at an office of these tests.
async fn house() -> House {
    let house = House::with(HEBEI).await;
    house.identity.people().level = Some(RegistrationLevel::FaceToFace);
    house
}

/// Who may draw and compose by the rules of 2016.
async fn selecting(house: &House, number: u128) -> Citizen<'_> {
    let mut citizen = house.visitor(number);
    citizen.level = "face_to_face";
    citizen.paper = true;
    "广东省湛江市霞山区人民大道1号".clone_into(&mut citizen.address);
    citizen.open().await.unwrap();
    citizen.submit(&citizen.vin.clone()).await.unwrap();
    citizen.confirm_info().await.unwrap();
    citizen.start_with("").await.unwrap();
    house.wait(10);
    citizen
}

fn check(citizen: &Citizen<'_>, wish: &str) -> pb::ComposeRequest {
    pb::ComposeRequest {
        request_id: uuid(),
        application_id: citizen.application.clone(),
        wishes: vec![wish.to_owned()],
        captcha_id: uuid(),
        captcha_answer: ANSWER.to_owned(),
    }
}

fn round(citizen: &Citizen<'_>) -> pb::DrawRequest {
    pb::DrawRequest {
        request_id: uuid(),
        application_id: citizen.application.clone(),
        exclude_four: false,
        captcha_id: uuid(),
        captcha_answer: ANSWER.to_owned(),
    }
}

fn held(outcome: Option<pb::SelectingOutcome>) -> pb::Holding {
    match outcome.unwrap().result.unwrap() {
        Became::Held(holding) => holding,
        other => panic!("it came to {other:?}"),
    }
}

/// R-SEL-07, R-AUTH-03: one plate per check, one chance per miss; a captcha stands before each, is asked
/// for only where the rest is right, and only of a request id that is not bound.
#[tokio::test]
async fn a_captcha_stands_before_every_check() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    let mut bare = check(&citizen, "粤GZ0001");
    bare.captcha_id.clear();
    let refused = citizen.compose_request(bare).await;
    assert_refused(refused, Reason::CaptchaRequired);
    let mut wrong = check(&citizen, "粤GZ0001");
    "0000".clone_into(&mut wrong.captcha_answer);
    let refused = citizen.compose_request(wrong.clone()).await;
    assert_refused(refused, Reason::CaptchaWrong);
    assert_eq!(
        citizen.left().await,
        (20, 10),
        "a wrong captcha costs nothing"
    );

    // The same request with another captcha: the first one was not kept as its answer.
    wrong.captcha_id = uuid();
    ANSWER.clone_into(&mut wrong.captcha_answer);
    let missed = citizen.compose_request(wrong.clone()).await.unwrap();
    let missed = missed.outcome.unwrap().result.unwrap();
    assert!(matches!(missed, Became::AllMissed(_)), "{missed:?}");
    assert_eq!(citizen.left().await, (19, 10));
    let asked = house.identity.people().captchas.len();
    citizen.compose_request(wrong).await.unwrap();
    let checked = house.identity.people().captchas.len();
    assert_eq!(
        checked, asked,
        "P2: a repeat joins its operation and needs no captcha"
    );
    assert_eq!(citizen.left().await, (19, 10));

    // Twice at once, with one captcha: one check, one operation.
    house.wait(10);
    let twice = check(&citizen, "粤GZ0004");
    let (one, other) = tokio::join!(
        citizen.compose_request(twice.clone()),
        citizen.compose_request(twice.clone())
    );
    assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
    citizen.compose_request(twice).await.unwrap();
    assert_eq!(citizen.left().await, (18, 10));

    // What is refused anyway uses up no captcha.
    let asked = house.identity.people().captchas.len();
    let early = citizen.compose_request(check(&citizen, "粤GZ0002")).await;
    assert_refused(early, Reason::IntervalNotElapsed);
    house.wait(10);
    let mut two = check(&citizen, "粤GZ0002");
    two.wishes.push("粤GZ0003".to_owned());
    let two = citizen.compose_request(two).await;
    assert_refused(two, Reason::TooManyWishes);
    assert_eq!(house.identity.people().captchas.len(), asked);

    let mut bare = round(&citizen);
    bare.captcha_id.clear();
    assert_refused(citizen.draw_with(bare).await, Reason::CaptchaRequired);
    let drawn = held(citizen.draw_with(round(&citizen)).await.unwrap().outcome);
    assert_eq!(drawn.column.len(), 5, "R-RND-02");
}

/// R-SEL-10, R-CNF-01, R-AUTH-04: a hit is held; chosen, there is no way back; the code completes it.
#[tokio::test]
async fn a_hit_is_held_chosen_and_completed_by_a_code() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    let answer = citizen
        .compose_request(check(&citizen, "粤GB0003"))
        .await
        .unwrap();
    let holding = held(answer.outcome);
    assert_eq!(holding.column, ["粤GB0003"]);
    let choice = citizen.look().await.choice.unwrap();
    assert!(choice.composed && !choice.r#final && choice.plate == "粤GB0003");
    let left = instant(choice.until.as_ref().unwrap()).duration_since(house.clock.now());
    assert_eq!(left.as_secs(), 60);
    assert_eq!(
        citizen.left().await,
        (20, 10),
        "a hit that may be confirmed costs nothing"
    );

    // R-SEL-10: 您已不再拥有自编选号机会.
    house.wait(10);
    let again = citizen.compose_request(check(&citizen, "粤GB0005")).await;
    assert_refused(again, Reason::SelfComposeForfeited);
    let proof = citizen.proof("confirm_plate", 0);
    let early = citizen.confirm_request("粤GB0003");
    let early = pb::ConfirmPlateRequest {
        challenge_proof: proof.clone(),
        ..early
    };
    assert_refused(citizen.confirm_with(early).await, Reason::StepNotReached);
    assert_refused(citizen.choose("粤GB0005").await, Reason::PlateNotHeld);

    let chosen = citizen.choose("粤GB0003").await.unwrap();
    let choice = chosen.application.unwrap().choice.unwrap();
    assert!(choice.r#final && choice.composed);
    for refused in [
        citizen.draw_with(round(&citizen)).await.err(),
        citizen
            .compose_request(check(&citizen, "粤GB0005"))
            .await
            .err(),
        citizen.choose("粤GB0003").await.err(),
        citizen.give_up().await.err(),
    ] {
        assert_refused::<()>(Err(refused.unwrap()), Reason::ChoiceFinal);
    }
    let other = pb::ConfirmPlateRequest {
        challenge_proof: proof.clone(),
        ..citizen.confirm_request("粤GB0005")
    };
    assert_refused(citizen.confirm_with(other).await, Reason::PlateNotHeld);
    let bare = citizen
        .confirm_with(citizen.confirm_request("粤GB0003"))
        .await;
    assert_refused(bare, Reason::ProofInvalid);
    let wrong_purpose = pb::ConfirmPlateRequest {
        challenge_proof: citizen.proof("start_selecting", 0),
        ..citizen.confirm_request("粤GB0003")
    };
    assert_refused(
        citizen.confirm_with(wrong_purpose).await,
        Reason::ProofInvalid,
    );

    let confirm = pb::ConfirmPlateRequest {
        challenge_proof: proof,
        ..citizen.confirm_request("粤GB0003")
    };
    let confirmed = citizen.confirm_with(confirm.clone()).await.unwrap();
    let result = confirmed.outcome.unwrap().result.unwrap();
    assert!(matches!(&result, Became::Allocated(result) if result.plate == "粤GB0003"));
    let application = citizen.look().await;
    assert_eq!(application.state(), pb::ApplicationState::Confirmed);
    assert_eq!(application.choice, None);
    assert_eq!(citizen.left().await, (20, 10));
    citizen.confirm_with(confirm).await.unwrap();
}

/// R-CNF-02, R-SEL-10: at its end the chosen number is free, and the chances to compose are gone, before
/// and after it is written down; drawing goes on.
#[tokio::test]
async fn a_lapsed_hit_takes_the_chances_to_compose_with_it() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    citizen
        .compose_request(check(&citizen, "粤GB0003"))
        .await
        .unwrap();
    house.wait(60);
    let shown = citizen.look().await;
    assert!(shown.choice.is_none() && shown.compose_forfeited && shown.holding.is_none());
    assert_eq!(citizen.left().await, (0, 10));
    let forfeited = "SELECT count(*) FROM vehicle_quotas WHERE compose_forfeited";
    assert_eq!(
        house.count(forfeited).await,
        0,
        "shown before it is written"
    );
    house.app.exhaust_spent().await.unwrap();
    assert_eq!(house.count(forfeited).await, 1);
    let again = citizen.compose_request(check(&citizen, "粤GB0005")).await;
    assert_refused(again, Reason::SelfComposeForfeited);
    let late = citizen.choose("粤GB0003").await;
    assert!(late.is_err(), "{late:?}");
    citizen.draw_with(round(&citizen)).await.unwrap();
    assert_eq!(citizen.left().await, (0, 9));
}

/// R-SEL-10, R-RND-11: a draw, and giving up, abandon a held hit; a drop that was ours does not.
#[tokio::test]
async fn abandoning_a_hit_forfeits_and_our_own_fault_does_not() {
    let house = house().await;
    let drawing = selecting(&house, 1).await;
    drawing
        .compose_request(check(&drawing, "粤GB0003"))
        .await
        .unwrap();
    drawing.draw_with(round(&drawing)).await.unwrap();
    assert_eq!(drawing.left().await, (0, 9));

    let giving_up = selecting(&house, 2).await;
    giving_up
        .compose_request(check(&giving_up, "粤GB0105"))
        .await
        .unwrap();
    let application = giving_up.give_up().await.unwrap();
    assert!(application.compose_forfeited);
    assert_eq!(giving_up.left().await, (0, 10));

    // P6: the pool's answer is lost, and when it is asked too little time is left.
    let unlucky = selecting(&house, 3).await;
    house.pool.set(Mood::LosesAnswers);
    house.pool.state().resolves = false;
    let lost = unlucky.compose_request(check(&unlucky, "粤GB0106")).await;
    assert_refused(lost, Reason::OperationPending);
    house.pool.set(Mood::Answers);
    house.pool.state().resolves = true;
    house.wait(35);
    house.app.recover_pending().await.unwrap();
    let shown = unlucky.look().await;
    assert!(!shown.compose_forfeited && shown.choice.is_none());
    assert_eq!(unlucky.left().await, (20, 10));
}

/// R-CNF-01, R-CNF-02: a drawn number is chosen from the column and completed; chosen and not completed
/// it costs nothing more.
#[tokio::test]
async fn a_drawn_number_is_chosen_and_may_lapse() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    let drawn = held(citizen.draw_with(round(&citizen)).await.unwrap().outcome);
    citizen.choose(&drawn.column[2]).await.unwrap();
    house.wait(60);
    let late = pb::ConfirmPlateRequest {
        challenge_proof: citizen.proof("confirm_plate", 0),
        ..citizen.confirm_request(&drawn.column[2])
    };
    assert_refused(citizen.confirm_with(late).await, Reason::HoldExpired);
    assert_eq!(citizen.left().await, (20, 9));
    house.app.exhaust_spent().await.unwrap();
    let drawn = held(citizen.draw_with(round(&citizen)).await.unwrap().outcome);
    citizen.choose(&drawn.column[0]).await.unwrap();
    let confirm = pb::ConfirmPlateRequest {
        challenge_proof: citizen.proof("confirm_plate", 0),
        ..citizen.confirm_request(&drawn.column[0])
    };
    citizen.confirm_with(confirm).await.unwrap();
    assert_eq!(citizen.left().await, (20, 8));
}

/// C1: a code whose confirmation came to nothing is good again; one that was used is not.
#[tokio::test]
async fn a_code_is_used_once_and_by_what_came_to_something() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    let drawn = held(citizen.draw_with(round(&citizen)).await.unwrap().outcome);
    citizen.choose(&drawn.column[0]).await.unwrap();
    let confirm = pb::ConfirmPlateRequest {
        challenge_proof: citizen.proof("confirm_plate", 0),
        ..citizen.confirm_request(&drawn.column[0])
    };
    house.pool.set(Mood::IsAway);
    let away = citizen.confirm_with(confirm.clone()).await;
    assert_refused(away, Reason::Unavailable);
    house.pool.set(Mood::Answers);
    citizen.confirm_with(confirm.clone()).await.unwrap();

    let other = selecting(&house, 2).await;
    let drawn = held(other.draw_with(round(&other)).await.unwrap().outcome);
    other.choose(&drawn.column[0]).await.unwrap();
    let stolen = pb::ConfirmPlateRequest {
        challenge_proof: confirm.challenge_proof,
        ..other.confirm_request(&drawn.column[0])
    };
    assert_refused(other.confirm_with(stolen).await, Reason::ProofInvalid);
}

/// R-SEL-10: chances to compose that are forfeited belong to the vehicle; with the rounds used up too it
/// goes to the office (R-SEL-12).
#[tokio::test]
async fn forfeited_and_drawn_out_is_exhausted() {
    let one_round = HEBEI.replace("draw:\n  quota: 10", "draw:\n  quota: 1");
    let house = House::with(&one_round).await;
    house.identity.people().level = Some(RegistrationLevel::FaceToFace);
    let citizen = selecting(&house, 1).await;
    citizen
        .compose_request(check(&citizen, "粤GB0003"))
        .await
        .unwrap();
    citizen.draw_with(round(&citizen)).await.unwrap();
    assert_eq!(citizen.left().await, (0, 0));
    house.wait(60);
    house.app.exhaust_spent().await.unwrap();
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Exhausted
    );
}

/// R-SEL-01, R-SEL-02: the server lays the keyboard out, at random where policy says so, with the keys a
/// serial can hold and nothing that tells what is free.
#[tokio::test]
async fn the_keyboard_is_laid_out_by_the_server() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    let first = citizen.keyboard("粤G", "B????").await.unwrap();
    assert!(first.scrambled);
    assert_eq!(first.characters.len(), 5);
    let keys: HashSet<char> = first.keys.chars().collect();
    assert_eq!((keys.len(), first.keys.chars().count()), (34, 34));
    assert!(!keys.contains(&'I') && !keys.contains(&'O'));
    let second = citizen.keyboard("粤G", "").await.unwrap();
    assert_ne!(first.keys, second.keys, "34! layouts");
    for (code, partial) in [
        ("粤K", ""),
        ("冀B", ""),
        ("粤", ""),
        ("粤G", "1234567"),
        ("粤G", "O"),
    ] {
        let refused = citizen.keyboard(code, partial).await;
        assert_refused(refused, Reason::FieldInvalid);
    }

    let orderly = House::new().await;
    let citizen = orderly.selecting(1).await;
    let keyboard = citizen.keyboard("粤G", "").await.unwrap();
    assert!(!keyboard.scrambled && keyboard.keys.starts_with("0123456789ABC"));
}

/// R-ACC-03, R-ACC-04, R-INF-01, R-INF-06, R-INF-08: who is enrolled selects; the address is asked for and kept by
/// identity alone; the four blocks are masked; an electronic invoice is not taken.
#[tokio::test]
async fn information_is_entered_by_the_rules_of_2016() {
    let house = House::with(HEBEI).await;
    let mut citizen = house.visitor(1);
    assert_refused(citizen.open().await, Reason::EnrolmentRequired);
    house.identity.people().level = Some(RegistrationLevel::FaceToFace);
    citizen.level = "face_to_face";
    citizen.open().await.unwrap();
    let vin = citizen.vin.clone();
    assert_refused(citizen.submit(&vin).await, Reason::FieldInvalid);
    citizen.paper = true;
    let refused = assert_refused(citizen.submit(&vin).await, Reason::FieldRequired);
    assert_eq!(refused.field(), Some("address"));
    "短".clone_into(&mut citizen.address);
    assert_refused(citizen.submit(&vin).await, Reason::FieldInvalid);
    citizen.address = "长".repeat(201);
    assert_refused(citizen.submit(&vin).await, Reason::FieldTooLong);
    assert_eq!(house.identity.people().residences.len(), 0);
    "广东省湛江市霞山区人民大道1号".clone_into(&mut citizen.address);
    let early = citizen.submitted_info().await;
    assert_refused(early, Reason::StepNotReached);
    citizen.submit(&vin).await.unwrap();
    let kept = house.identity.people().residences[&citizen.account()].clone();
    assert_eq!(kept, citizen.address);
    let told = citizen.submitted_info().await.unwrap();
    let authority = told.issuing_authority.unwrap();
    assert_eq!((&*authority.office, &*authority.name), (OFFICE, "湛江"));
    assert_eq!(authority.issuing_codes, ["粤G"]);
    let person = told.person.unwrap();
    assert_eq!(person.full_name_masked, "王**");
    assert!(person.resident_id_masked.starts_with("11*"), "{person:?}");
    assert!(person.organisation_name.is_empty() && person.credit_code_masked.is_empty());
    let car = told.vehicle.unwrap();
    assert_eq!((&*car.vin, &*car.description), (&*vin, "别克牌 SGM7150"));
    assert_eq!(car.purchase_proof_masked, "电子发票 …5678");
    let contact = told.contact.unwrap();
    assert_eq!(contact.mobile_masked, "138****8000");
    assert_eq!(contact.address_masked, "广东省湛江市霞山*******");
    let stored = "SELECT count(*) FROM applications a WHERE a::text LIKE '%人民大道%'";
    assert_eq!(house.count(stored).await, 0, "no address is kept here");
}

/// R-ENT-08: hours are those of the office; R-SEL-11: whether the page jumps is told.
#[tokio::test]
async fn terms_tell_the_rules_of_2016() {
    let house = house().await;
    let citizen = selecting(&house, 1).await;
    let terms = citizen.look().await.terms.unwrap();
    assert_eq!((&*terms.policy, terms.policy_version), ("hebei-2016", 1));
    assert_eq!((terms.compose_quota, terms.compose_batch_max), (20, 1));
    assert_eq!((terms.compose_hold_ttl_s, terms.choice_ttl_s), (60, 60));
    assert!(terms.compose_forfeit && terms.compose_captcha && terms.draw_captcha);
    assert!(!terms.basket && !terms.check_before_selecting && terms.check_after_choosing);
    assert!(terms.keyboard_scrambled && !terms.tab_auto_jump && terms.address_required);
    assert_eq!(terms.purchase_proof_kinds, ["paper_invoice"]);
    assert_eq!((terms.undo_minutes, terms.blacklist_years), (0, 2));
    house.wait(14 * 3_600);
    let closed = citizen.draw_with(round(&citizen)).await;
    assert_refused(closed, Reason::OutsideServiceHours);
}
