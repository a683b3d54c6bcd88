//! Attacks on codes and passwords, and what they get.

use std::collections::BTreeMap;

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::house::{House, assert_refused, refusal, uuid};
use crate::people::{
    issue, mobile, register_proof, register_request, registration, reset_request, start_selecting,
    verify, wrong,
};

/// C2: failures count over all codes of a binding: a new code brings no new guesses.
#[tokio::test]
async fn c2_a_new_code_brings_no_new_guesses() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let first = issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    let code = house.notification.code(&first.challenge_id).unwrap();
    for remaining in ["4", "3", "2"] {
        let refused = verify(
            &house,
            "",
            &first.challenge_id,
            &wrong(&code),
            Some(&principal),
        )
        .await;
        assert_eq!(
            assert_refused(refused, Reason::ChallengeCodeWrong).params()["remaining"],
            remaining
        );
    }
    house.wait(60);
    let second = issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    let code = house.notification.code(&second.challenge_id).unwrap();
    let refused = verify(
        &house,
        "",
        &second.challenge_id,
        &wrong(&code),
        Some(&principal),
    )
    .await;
    assert_eq!(
        assert_refused(refused, Reason::ChallengeCodeWrong).params()["remaining"],
        "1"
    );
    let refused = verify(
        &house,
        "",
        &second.challenge_id,
        &wrong(&code),
        Some(&principal),
    )
    .await;
    let until = assert_refused(refused, Reason::ChallengeLocked).params()["until"].clone();
    // The first failure leaves the window 30 minutes after it was made, 29 from now.
    assert_eq!(
        until.parse::<jiff::Timestamp>().unwrap().as_second(),
        house.clock.now().as_second() + 1_740
    );
    let right = verify(&house, "", &second.challenge_id, &code, Some(&principal)).await;
    assert_refused(right, Reason::ChallengeLocked);
    house.wait(61);
    let principal = house.principal(&house.sign_in(&citizen).await).await;
    assert_refused(
        issue(&house, start_selecting("a"), Some(&principal)).await,
        Reason::ChallengeLocked,
    );
    // Another application is another binding, once the number may get another code.
    house.wait(480);
    let principal = house.principal(&house.sign_in(&citizen).await).await;
    issue(&house, start_selecting("b"), Some(&principal))
        .await
        .unwrap();
    house.wait(1_200);
    let principal = house.principal(&house.sign_in(&citizen).await).await;
    issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
}

/// C2: guesses made all at once are still no more than five.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c2_guesses_at_once_are_no_more_than_five() {
    let house = House::new().await;
    let pre_session = uuid();
    let issued = issue(
        &house,
        register_request(&house, &pre_session, &mobile(1)).await,
        None,
    )
    .await
    .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let mut seen: BTreeMap<Reason, usize> = BTreeMap::new();
    let guesses = (0..40).map(|_| {
        let (client, pre_session_id) = (house.challenges(), pre_session.clone());
        let (challenge_id, code) = (issued.challenge_id.clone(), wrong(&code));
        tokio::spawn(async move {
            let mut client = client;
            let request = pb::VerifyChallengeRequest {
                pre_session_id,
                challenge_id,
                code,
            };
            refusal(&client.verify_challenge(request).await.unwrap_err()).reason()
        })
    });
    for guess in guesses.collect::<Vec<_>>() {
        *seen.entry(guess.await.unwrap()).or_default() += 1;
    }
    // A guess that found no turn was not read.
    let read = seen
        .get(&Reason::ChallengeCodeWrong)
        .copied()
        .unwrap_or_default();
    assert!(read <= 4, "{seen:?}");
    let recorded = "SELECT cardinality(failed_at)::bigint FROM challenge_bindings";
    assert!(house.count(recorded).await <= 5, "{seen:?}");
    while house.count(recorded).await < 5 {
        verify(
            &house,
            &pre_session,
            &issued.challenge_id,
            &wrong(&code),
            None,
        )
        .await
        .unwrap_err();
    }
    let right = verify(&house, &pre_session, &issued.challenge_id, &code, None).await;
    assert_refused(right, Reason::ChallengeLocked);
}

/// C2: a code belongs to who asked for it; another session or account cannot even guess at it.
#[tokio::test]
async fn a_code_is_unknown_to_everybody_else() {
    let house = House::new().await;
    let (_, owner) = house.signed_in(1).await;
    let (_, thief) = house.signed_in(2).await;
    let issued = issue(&house, start_selecting("a"), Some(&owner))
        .await
        .unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    for (pre_session, principal) in [(String::new(), Some(thief.as_str())), (uuid(), None)] {
        let refused = verify(&house, &pre_session, &issued.challenge_id, &code, principal).await;
        assert_refused(refused, Reason::ChallengeUnknown);
    }
    assert_eq!(
        house
            .count("SELECT count(*) FROM challenge_bindings WHERE cardinality(failed_at) > 0")
            .await,
        0
    );
    verify(&house, "", &issued.challenge_id, &code, Some(&owner))
        .await
        .unwrap();
}

/// A code for one purpose never serves another: the proof of a registration resets no password.
#[tokio::test]
async fn a_code_for_one_purpose_never_serves_another() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    house.wait(601);
    let pre_session = uuid();
    let proof = register_proof(&house, &pre_session, &citizen.mobile).await;
    let request = pb::ResetPasswordRequest {
        request_id: uuid(),
        pre_session_id: pre_session,
        login_name: citizen.login_name.clone(),
        new_password: "a brand new password".to_owned(),
        challenge_proof: proof,
    };
    assert_refused(
        house.identity().reset_password(request).await,
        Reason::ProofInvalid,
    );
    house.sign_in(&citizen).await;
}

/// C3: a principal is no proof and a proof is no principal, though one key signs both.
#[tokio::test]
async fn a_token_of_one_kind_is_none_of_the_other() {
    let house = House::new().await;
    let (_, principal) = house.signed_in(1).await;
    let pre_session = uuid();
    let request = registration(2, &pre_session, &principal);
    assert_refused(
        house.identity().register_account(request).await,
        Reason::ProofInvalid,
    );
    let proof = register_proof(&house, &pre_session, &mobile(2)).await;
    assert_refused(
        issue(&house, start_selecting("a"), Some(&proof)).await,
        Reason::Unauthenticated,
    );
    let unsigned = format!("{}.", principal.rsplit_once('.').unwrap().0);
    assert_refused(
        issue(&house, start_selecting("a"), Some(&unsigned)).await,
        Reason::Unauthenticated,
    );
}

/// Strangers can use up their own small part of a number's codes, never the owner's.
#[tokio::test]
async fn strangers_cannot_burn_the_owners_codes() {
    let house = House::new().await;
    let (citizen, _) = house.signed_in(1).await;
    house.wait(86_400);
    let strangers = |n: u32| format!("198.51.100.{n}");
    for n in 0..3 {
        let mut register = register_request(&house, &uuid(), &citizen.mobile).await;
        register.client_address = strangers(n);
        let mut reset = reset_request(&house, &uuid(), &citizen.login_name).await;
        reset.client_address = strangers(n);
        let (register, reset) = (
            issue(&house, register, None).await,
            issue(&house, reset, None).await,
        );
        if n == 0 {
            register.unwrap();
            reset.unwrap();
        } else {
            assert_refused(register, Reason::SmsLimitReached);
            assert_refused(reset, Reason::SmsLimitReached);
        }
    }
    house.app.settled().await;
    assert_eq!(
        house.notification.sent_to(&citizen.mobile),
        3,
        "one to register, two by strangers"
    );
    // At the same moment the owner asks and gets a code.
    let principal = house.principal(&house.sign_in(&citizen).await).await;
    let issued = issue(&house, start_selecting("a"), Some(&principal))
        .await
        .unwrap();
    assert!(house.notification.code(&issued.challenge_id).is_some());
}

/// One address causes no more than its part, whatever the numbers.
#[tokio::test]
async fn an_address_has_a_budget() {
    let house = House::with(|config| config.challenges.per_address_by_strangers[0].most = 3).await;
    for n in 0..5 {
        let mut request = register_request(&house, &uuid(), &mobile(n)).await;
        request.client_address = format!("2001:db8:0:1::{n}");
        let answer = issue(&house, request, None).await;
        if n < 3 {
            drop(answer.unwrap())
        } else {
            drop(assert_refused(answer, Reason::RateLimited))
        }
    }
    let mut elsewhere = register_request(&house, &uuid(), &mobile(9)).await;
    elsewhere.client_address = "2001:db8:0:2::1".to_owned();
    issue(&house, elsewhere, None).await.unwrap();
}

/// A password is guessed at ten times, by name, from wherever; names that do not exist lock alike.
#[tokio::test]
async fn guessing_a_password_locks_known_and_unknown_names_alike() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let mut answers: Vec<Vec<Refusal>> = Vec::new();
    for name in [citizen.login_name.as_str(), "nobody_here"] {
        let mut seen = Vec::new();
        for n in 0..12 {
            let address = format!("198.51.100.{n}");
            let refused = house.try_sign_in(name, "a wrong password", &address).await;
            seen.push(refusal(&refused.unwrap_err()));
        }
        answers.push(seen);
    }
    assert_eq!(answers[0], answers[1]);
    let reasons: Vec<Reason> = answers[0].iter().map(Refusal::reason).collect();
    assert!(
        reasons[..10]
            .iter()
            .all(|reason| *reason == Reason::SignInFailed)
    );
    assert!(
        reasons[10..]
            .iter()
            .all(|reason| *reason == Reason::AccountLocked)
    );
    let right = house
        .try_sign_in(&citizen.login_name, &citizen.password, &citizen.address)
        .await;
    assert_refused(right, Reason::AccountLocked);
    house.wait(900);
    house.sign_in(&citizen).await;
}

/// Guesses made all at once are counted too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_a_password_at_once_are_counted() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    let guesses = (0..30).map(|n| {
        let (mut client, login_name) = (house.identity(), citizen.login_name.clone());
        tokio::spawn(async move {
            let request = pb::SignInRequest {
                pre_session_id: uuid(),
                login_name,
                password: "a wrong password".to_owned(),
                client_address: format!("198.51.100.{n}"),
            };
            refusal(&client.sign_in(request).await.unwrap_err()).reason()
        })
    });
    let mut compared = 0;
    for guess in guesses.collect::<Vec<_>>() {
        compared += usize::from(guess.await.unwrap() == Reason::SignInFailed);
    }
    assert!(compared <= 10, "{compared} passwords were compared");
    assert!(house.count("SELECT count(*) FROM sign_in_attempts").await <= 10);
}

/// One address guesses at many names no more than its limit.
#[tokio::test]
async fn an_address_is_locked_over_all_names() {
    let house = House::with(|config| config.sign_in.most_per_address = 4).await;
    let citizen = house.citizen(1).await;
    for n in 0..4 {
        let refused = house
            .try_sign_in(&format!("name_{n}"), "a wrong password", "198.51.100.7")
            .await;
        assert_refused(refused, Reason::SignInFailed);
    }
    let refused = house
        .try_sign_in(&citizen.login_name, &citizen.password, "198.51.100.7")
        .await;
    assert_refused(refused, Reason::AccountLocked);
    house.sign_in(&citizen).await;
}
