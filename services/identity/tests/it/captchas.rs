//! Captchas of signed-in accounts, and puzzles.

use sha2::{Digest, Sha256};
use tonic::Status;
use xuanhao_chassis::grpc::call;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::identity::v1 as pb;
use xuanhao_proto::identity::v1::challenge_service_client::ChallengeServiceClient;

use crate::house::{House, assert_refused, uuid};
use crate::people::{issue, mobile, register_request};
use crate::staff::by;

/// The work a browser does.
fn solve(puzzle: &pb::Puzzle) -> String {
    let is_solved = |answer: &String| {
        let hash = Sha256::digest(format!("{}{answer}", puzzle.prefix));
        let bits: u32 = hash
            .iter()
            .scan(true, |go_on, byte| {
                let counts = *go_on;
                *go_on &= *byte == 0;
                counts.then(|| byte.leading_zeros())
            })
            .sum();
        i64::from(bits) >= i64::from(puzzle.zero_bits)
    };
    (0_u64..).map(|n| n.to_string()).find(is_solved).unwrap()
}

async fn puzzle(house: &House, pre_session: &str) -> (String, pb::Puzzle) {
    let request = pb::IssueCaptchaRequest {
        pre_session_id: pre_session.to_owned(),
        form: pb::CaptchaForm::ProofOfWork.into(),
        ..Default::default()
    };
    let issued = house.challenges().issue_captcha(request).await.unwrap();
    let issued = issued.into_inner();
    assert!(issued.png.is_empty());
    assert_eq!(
        issued.expires_at.unwrap().seconds,
        house.clock.now().as_second() + 300
    );
    (issued.captcha_id, issued.puzzle.unwrap())
}

async fn check(
    house: &House,
    account_id: &str,
    captcha_id: &str,
    answer: &str,
) -> Result<(), Status> {
    let mut selection = ChallengeServiceClient::new(house.channel("selection"));
    let request = pb::CheckCaptchaRequest {
        account_id: account_id.to_owned(),
        captcha_id: captcha_id.to_owned(),
        answer: answer.to_owned(),
    };
    selection.check_captcha(request).await.map(|_| ())
}

async fn picture(house: &House, principal: &str) -> String {
    let request = by(principal, pb::IssueCaptchaRequest::default());
    let issued = house.challenges().issue_captcha(request).await.unwrap();
    issued.into_inner().captcha_id
}

/// R-AUTH-03: a captcha of an account is answered once, by that account, for a service that asks.
#[tokio::test]
async fn r_auth_03_a_captcha_of_an_account_is_checked_once() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let (other, _) = house.signed_in(2).await;
    let id = picture(&house, &principal).await;
    let answer = house.captcha_answer(&id);
    let account = citizen.account_id.as_str();
    let foreign = check(&house, &other.account_id, &id, &answer).await;
    assert_refused(foreign, Reason::CaptchaExpired);
    assert_refused(
        check(&house, account, "", "").await,
        Reason::CaptchaRequired,
    );
    check(&house, account, &id, &answer.to_lowercase())
        .await
        .unwrap();
    let again = check(&house, account, &id, &answer).await;
    assert_refused(again, Reason::CaptchaExpired);
    // A wrong answer uses it up, too.
    let id = picture(&house, &principal).await;
    assert_refused(
        check(&house, account, &id, "wrong").await,
        Reason::CaptchaWrong,
    );
    let late = check(&house, account, &id, &house.captcha_answer(&id)).await;
    assert_refused(late, Reason::CaptchaExpired);
    let id = picture(&house, &principal).await;
    house.wait(300);
    let late = check(&house, account, &id, &house.captcha_answer(&id)).await;
    assert_refused(late, Reason::CaptchaExpired);
    let request = pb::CheckCaptchaRequest::default();
    let edge = house.challenges().check_captcha(call(request)).await;
    assert_refused(edge, Reason::PermissionDenied);
}

/// Of two answers at the same time one counts.
#[tokio::test]
async fn a_captcha_is_not_checked_twice_at_the_same_time() {
    let house = House::new().await;
    let (citizen, principal) = house.signed_in(1).await;
    let id = picture(&house, &principal).await;
    let answer = house.captcha_answer(&id);
    let account = citizen.account_id.as_str();
    let (one, two) = tokio::join!(
        check(&house, account, &id, &answer),
        check(&house, account, &id, &answer)
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
}

/// A solved puzzle is as good as a picture, for strangers and for accounts: once, by whom it was given
/// to, within five minutes.
#[tokio::test]
async fn a_solved_puzzle_is_as_good_as_a_picture() {
    let house = House::new().await;
    let pre_session = uuid();
    let (captcha_id, given) = puzzle(&house, &pre_session).await;
    assert_eq!(given.zero_bits, 8);
    let solved = pb::IssueChallengeRequest {
        captcha_id: captcha_id.clone(),
        captcha_answer: solve(&given),
        ..register_request(&house, &pre_session, &mobile(1)).await
    };
    let elsewhere = pb::IssueChallengeRequest {
        request_id: uuid(),
        pre_session_id: uuid(),
        ..solved.clone()
    };
    assert_refused(issue(&house, elsewhere, None).await, Reason::CaptchaExpired);
    let first = issue(&house, solved.clone(), None).await.unwrap();
    assert_eq!(issue(&house, solved.clone(), None).await.unwrap(), first);
    let second = pb::IssueChallengeRequest {
        request_id: uuid(),
        mobile: mobile(2),
        ..solved
    };
    assert_refused(issue(&house, second, None).await, Reason::CaptchaExpired);
    let (captcha_id, given) = puzzle(&house, &pre_session).await;
    let unsolved = pb::IssueChallengeRequest {
        captcha_id,
        captcha_answer: format!("{}-", solve(&given)),
        ..register_request(&house, &pre_session, &mobile(2)).await
    };
    assert_refused(issue(&house, unsolved, None).await, Reason::CaptchaWrong);
    let (citizen, principal) = house.signed_in(3).await;
    let request = pb::IssueCaptchaRequest {
        form: pb::CaptchaForm::ProofOfWork.into(),
        ..Default::default()
    };
    let issued = house
        .challenges()
        .issue_captcha(by(&principal, request))
        .await;
    let issued = issued.unwrap().into_inner();
    let answer = solve(&issued.puzzle.unwrap());
    check(&house, &citizen.account_id, &issued.captcha_id, &answer)
        .await
        .unwrap();
    let again = check(&house, &citizen.account_id, &issued.captcha_id, &answer).await;
    assert_refused(again, Reason::CaptchaExpired);
}
