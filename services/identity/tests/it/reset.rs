//! Forgotten passwords, and what strangers learn by asking.

use std::time::{Duration, Instant};

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;

use crate::house::{House, assert_refused, refusal, uuid};
use crate::notification::Mood;
use crate::people::{issue, reset_request, verify, wrong};

fn reset(pre_session: &str, login_name: &str, proof: &str) -> pb::ResetPasswordRequest {
    pb::ResetPasswordRequest {
        request_id: uuid(),
        pre_session_id: pre_session.to_owned(),
        login_name: login_name.to_owned(),
        new_password: "a brand new password".to_owned(),
        challenge_proof: proof.to_owned(),
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let house = House::new().await;
    let mut citizen = house.citizen(1).await;
    let token = house.sign_in(&citizen).await;
    for n in 0..11 {
        let _ = house
            .try_sign_in(
                &citizen.login_name,
                "a wrong password",
                &format!("198.51.100.{n}"),
            )
            .await;
    }
    let pre_session = uuid();
    let issued = issue(
        &house,
        reset_request(&house, &pre_session, &citizen.login_name).await,
        None,
    )
    .await
    .unwrap();
    house.app.settled().await;
    let code = house.notification.code(&issued.challenge_id).unwrap();
    let proof = verify(&house, &pre_session, &issued.challenge_id, &code, None)
        .await
        .unwrap()
        .proof;
    let elsewhere = reset(&uuid(), &citizen.login_name, &proof);
    assert_refused(
        house.identity().reset_password(elsewhere).await,
        Reason::ProofInvalid,
    );
    let request = reset(&pre_session, &citizen.login_name, &proof);
    house
        .identity()
        .reset_password(request.clone())
        .await
        .unwrap();
    house.identity().reset_password(request).await.unwrap();
    let replayed = reset(&pre_session, &citizen.login_name, &proof);
    assert_refused(
        house.identity().reset_password(replayed).await,
        Reason::ProofUsed,
    );
    assert_refused(house.try_principal(&token).await, Reason::SessionExpired);
    citizen.password = "a brand new password".to_owned();
    house.sign_in(&citizen).await;
}

/// A login name that does not exist gets the same answers all the way, and nothing is sent.
#[tokio::test]
async fn an_unknown_name_gets_the_same_answers_all_the_way() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    house.wait(601);
    let before = house.notification.messages().len();
    let mut stories = Vec::new();
    for name in [citizen.login_name.as_str(), "nobody_here"] {
        let pre_session = uuid();
        let request = reset_request(&house, &pre_session, name).await;
        let issued = issue(&house, request.clone(), None).await.unwrap();
        assert_eq!(issue(&house, request, None).await.unwrap(), issued);
        assert_eq!(issued.mobile_masked.len(), "138****0001".len());
        assert_eq!(&issued.mobile_masked[3..7], "****");
        let again = issue(
            &house,
            reset_request(&house, &pre_session, name).await,
            None,
        )
        .await;
        let mut story = vec![format!("{:?}", refusal(&again.unwrap_err()))];
        house.app.settled().await;
        let code = house
            .notification
            .code(&issued.challenge_id)
            .unwrap_or("123456".to_owned());
        for _ in 0..6 {
            let refused = verify(
                &house,
                &pre_session,
                &issued.challenge_id,
                &wrong(&code),
                None,
            )
            .await;
            story.push(format!("{:?}", refusal(&refused.unwrap_err())));
        }
        let locked = issue(
            &house,
            reset_request(&house, &pre_session, name).await,
            None,
        )
        .await;
        story.push(format!("{:?}", refusal(&locked.unwrap_err())));
        let reset = house
            .identity()
            .reset_password(reset(&pre_session, name, "no proof"))
            .await;
        story.push(format!("{:?}", refusal(&reset.unwrap_err())));
        stories.push((story, issued.expires_at, issued.resend_at));
    }
    assert_eq!(stories[0], stories[1]);
    assert_eq!(house.notification.messages().len(), before + 1);
    // What is invented stays.
    house.wait(601);
    let masked = async |name: &str| {
        let request = reset_request(&house, &uuid(), name).await;
        issue(&house, request, None).await.unwrap().mobile_masked
    };
    let first = masked("nobody_here").await;
    house.wait(601);
    assert_eq!(masked("Nobody_Here").await, first);
}

/// The answer comes at the same time, and does not tell that notification is away.
#[tokio::test]
async fn neither_time_nor_an_absent_notification_tells_a_name() {
    let house = House::new().await;
    let citizen = house.citizen(1).await;
    for mood in [Mood::Takes, Mood::IsAway] {
        house.wait(601);
        house.notification.set(mood);
        let mut times = Vec::new();
        for name in [citizen.login_name.as_str(), "nobody_here"] {
            let request = reset_request(&house, &uuid(), name).await;
            let asked = Instant::now();
            issue(&house, request, None).await.unwrap();
            times.push(asked.elapsed());
        }
        assert!(
            times.iter().all(|time| *time >= Duration::from_millis(300)),
            "{times:?}"
        );
        assert!(
            times[0].abs_diff(times[1]) < Duration::from_millis(100),
            "{times:?}"
        );
    }
}

/// What a number's owner has used of its budget is not told to who asks by login name.
#[tokio::test]
async fn an_owners_used_budget_is_not_told() {
    let house = House::with(|config| config.challenges.per_number[0].most = 1).await;
    let citizen = house.citizen(1).await;
    let issued = issue(
        &house,
        reset_request(&house, &uuid(), &citizen.login_name).await,
        None,
    )
    .await
    .unwrap();
    house.app.settled().await;
    assert_eq!(issued.mobile_masked, "138****0001");
    assert_eq!(
        house.notification.code(&issued.challenge_id),
        None,
        "the number had its one code"
    );
}
