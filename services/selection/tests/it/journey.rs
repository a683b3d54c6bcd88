//! The main road, by draw and by wish, and the ways back to it.

use jiff::Timestamp;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_proto::selection::v1::selecting_outcome::Result as Became;
use xuanhao_vocabulary::VoucherClaims;
use xuanhao_vocabulary::voucher::TYP;

use crate::house::{House, assert_refused};
use crate::pool::instant;

fn until(at: Option<&prost_types::Timestamp>) -> Timestamp {
    instant(at.unwrap())
}

/// R-RND-01, R-RND-02, R-RND-06, R-RND-09, R-DONE-01, R-DONE-02: draw, keep, confirm, voucher.
#[tokio::test]
async fn a_citizen_draws_keeps_and_confirms_a_number() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let drawn = citizen.draw().await.unwrap();
    assert_eq!(drawn.column.len(), 10);
    let column_until = until(drawn.column_until.as_ref());
    assert_eq!(column_until.duration_since(house.clock.now()).as_secs(), 90);
    assert_eq!(citizen.left().await, (20, 4));

    let kept = citizen.keep(&drawn.column[3]).await.unwrap();
    assert_eq!(kept.basket, [drawn.column[3].clone()]);
    let result = citizen.confirm(&drawn.column[3]).await.unwrap();
    assert_eq!(result.plate, drawn.column[3]);
    assert_eq!(
        result.deadline, "2026-11-26",
        "three working days after Monday"
    );

    let application = citizen.look().await;
    assert_eq!(application.state(), pb::ApplicationState::Confirmed);
    assert_eq!(
        (application.holding, application.result),
        (None, Some(result.clone()))
    );
    let entered = citizen.enter().await.unwrap();
    assert_eq!(entered.step(), pb::EntryStep::Completed);

    let voucher = citizen.voucher().await.unwrap();
    assert!(voucher.pdf.starts_with(b"%PDF-"));
    assert_eq!(voucher.voucher_number, result.voucher_number);
    let claims: VoucherClaims = house
        .voucher_keys
        .verify(TYP, &voucher.signed_voucher)
        .unwrap();
    assert_eq!(claims.plate.to_string(), result.plate);
    assert_eq!(claims.deadline.to_string(), result.deadline);
    assert_eq!(claims.jti.to_string(), result.voucher_number);
}

/// Who says that he needs more time (WCAG 2.2.1) has numbers held twice as long under Guangdong's policy,
/// and is told so; who says nothing the next time has the usual time again.
#[tokio::test]
async fn who_needs_more_time_says_so_and_has_it() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let usual = citizen.look().await;
    let terms = usual.terms.unwrap();
    assert_eq!((usual.more_time, terms.more_time_factor), (false, 2));

    let proof = citizen.proof("start_selecting", 20);
    let started = citizen.start_saying(&proof, true).await.unwrap();
    let terms = started.terms.unwrap();
    assert!(started.more_time);
    assert_eq!((terms.column_ttl_s, terms.basket_ttl_s), (180, 180));
    let drawn = citizen.draw().await.unwrap();
    let column_until = until(drawn.column_until.as_ref());
    assert_eq!(column_until.duration_since(house.clock.now()).as_secs(), 180);

    let started = citizen.start().await.unwrap();
    assert!(!started.more_time);
    assert_eq!(started.terms.unwrap().column_ttl_s, 90);
}

/// R-SEL-06, R-SEL-08, R-SEL-09: a round of missed wishes costs their number and restarts the
/// interval; the first free wish is confirmed at once, in the citizen's order.
#[tokio::test]
async fn a_citizen_composes_until_a_wish_is_free() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let missed = citizen
        .compose(&["粤GZ0001", "粤GZ0002", "粤GZ0003"])
        .await
        .unwrap();
    let Became::AllMissed(missed) = missed else {
        panic!("{missed:?}")
    };
    assert_eq!(missed.wishes, ["粤GZ0001", "粤GZ0002", "粤GZ0003"]);
    assert_eq!(citizen.left().await, (17, 5));
    let early = assert_refused(
        citizen.compose(&["粤GB0001"]).await,
        Reason::IntervalNotElapsed,
    );
    assert_eq!(early.params()["seconds"], "10");
    house.wait(10);
    house
        .pool
        .state()
        .taken
        .extend(["粤GB0001".to_owned(), "粤GB0002".to_owned()]);
    let hit = citizen
        .compose(&["粤GB0001", "粤GB0002", "粤GB0003", "粤GB0005"])
        .await
        .unwrap();
    let Became::Allocated(result) = hit else {
        panic!("{hit:?}")
    };
    assert_eq!(result.plate, "粤GB0003");
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Confirmed
    );
    assert_eq!(
        citizen.left().await,
        (17, 5),
        "the round that hit cost nothing"
    );
    assert_refused(citizen.draw().await, Reason::AlreadyConfirmed);
}

/// R-RND-04, R-RND-06, R-RND-07: column and basket end by their own timers; drawing anew restarts the
/// basket's.
#[tokio::test]
async fn the_basket_outlives_the_column_and_restarts_with_a_draw() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let first = citizen.draw().await.unwrap();
    house.wait(60);
    citizen.keep(&first.column[0]).await.unwrap();
    house.wait(40);
    let holding = citizen.look().await.holding.unwrap();
    assert!(holding.column.is_empty(), "the column is void after 90 s");
    assert_eq!(holding.basket, [first.column[0].clone()]);
    let second = citizen.draw().await.unwrap();
    let restarted = until(second.basket_until.as_ref());
    assert_eq!(restarted.duration_since(house.clock.now()).as_secs(), 90);
    house.wait(90);
    assert_eq!(citizen.look().await.holding, None);
    assert_refused(citizen.confirm(&first.column[0]).await, Reason::HoldExpired);
}

/// R-RND-05: 不包含4.
#[tokio::test]
async fn drawn_numbers_can_be_without_four() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let mut request = crate::citizen::draw_request(&citizen.application);
    request.exclude_four = true;
    let Became::Held(held) = citizen
        .draw_with(request)
        .await
        .unwrap()
        .outcome
        .unwrap()
        .result
        .unwrap()
    else {
        panic!("a draw holds")
    };
    assert!(
        held.column.iter().all(|plate| !plate.contains('4')),
        "{:?}",
        held.column
    );
}

/// R-ENT-02, R-ENT-05 (resume A), R-SEL-12: each way back leads to where the citizen stands.
#[tokio::test]
async fn coming_back_leads_to_the_step_that_was_reached() {
    let yaml = crate::house::GUANGDONG
        .replace("quota: 20", "quota: 5")
        .replace("quota: 5\n  count", "quota: 1\n  count");
    let house = House::with(&yaml).await;
    let step = async |citizen: &crate::citizen::Citizen<'_>| citizen.enter().await.unwrap().step();
    let visitor = house.visitor(1);
    assert_eq!(step(&visitor).await, pb::EntryStep::Description);
    let citizen = house.opened(1).await;
    assert_eq!(step(&citizen).await, pb::EntryStep::Info);
    citizen.submit(&citizen.vin).await.unwrap();
    assert_eq!(step(&citizen).await, pb::EntryStep::Info);
    citizen.confirm_info().await.unwrap();
    assert_eq!(step(&citizen).await, pb::EntryStep::Explanation);
    citizen.start().await.unwrap();
    house.wait(10);
    citizen
        .compose(&["粤GZ0001", "粤GZ0002", "粤GZ0003", "粤GZ0005", "粤GZ0006"])
        .await
        .unwrap();
    citizen.draw().await.unwrap();
    assert_eq!(citizen.left().await, (0, 0));
    assert_eq!(
        step(&citizen).await,
        pb::EntryStep::Explanation,
        "the column still lives"
    );
    house.wait(90);
    assert_eq!(step(&citizen).await, pb::EntryStep::Exhausted);
    // P8: the state itself is written once nothing is held.
    house.app.exhaust_spent().await.unwrap();
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Exhausted
    );
    assert_refused(citizen.draw().await, Reason::Exhausted);
    assert_eq!(step(&citizen).await, pb::EntryStep::Exhausted);
}

/// Another person's application does not exist, for every RPC that names one; lists hold the own only.
#[tokio::test]
async fn nobody_reaches_another_persons_application() {
    let house = House::new().await;
    let owner = house.selecting(1).await;
    let mut thief = house.visitor(2);
    thief.application.clone_from(&owner.application);
    let vin = house.new_vin();
    assert_refused(thief.submit(&vin).await, Reason::NotFound);
    assert_refused(thief.confirm_info().await, Reason::NotFound);
    assert_refused(thief.start().await, Reason::NotFound);
    assert_refused(thief.draw().await, Reason::NotFound);
    assert_refused(thief.keep("粤GB0001").await, Reason::NotFound);
    assert_refused(thief.compose(&["粤GB0001"]).await, Reason::NotFound);
    assert_refused(thief.confirm("粤GB0001").await, Reason::NotFound);
    assert_refused(thief.give_up().await, Reason::NotFound);
    assert_refused(thief.voucher().await, Reason::NotFound);
    assert!(thief.list(0, "").await.applications.is_empty());
    assert_eq!(owner.list(0, "").await.applications.len(), 1);
    assert_eq!(house.pool.state().executed.len(), 0);
}
