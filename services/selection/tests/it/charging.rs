//! What costs a chance and what does not.

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::selection::v1 as pb;

use crate::house::{House, assert_refused, uuid};
use crate::pool::Mood;

/// R-SEL-03, R-SEL-06: malformed, double, too many and too late wishes are told by their place, and
/// none of them is charged.
#[tokio::test]
async fn refused_wishes_cost_nothing() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let place = |refusal: &xuanhao_chassis::error::Refusal| refusal.params()["index"].clone();
    let malformed = citizen.compose(&["粤GB0001", "粤GO0001"]).await;
    assert_eq!(
        place(&assert_refused(malformed, Reason::WishMalformed)),
        "2"
    );
    let double = citizen
        .compose(&["粤GB0001", "粤GB0002", "粤G·B0001"])
        .await;
    assert_eq!(place(&assert_refused(double, Reason::WishDuplicate)), "3");
    let many = citizen.compose(&["1", "2", "3", "4", "5", "6"]).await;
    assert_eq!(
        assert_refused(many, Reason::TooManyWishes).params()["max"],
        "5"
    );
    assert_refused(citizen.compose(&[]).await, Reason::FieldRequired);
    assert_eq!(citizen.left().await, (20, 5));
    assert_eq!(house.pool.state().executed.len(), 0);
    assert_eq!(house.count("SELECT count(*) FROM operations").await, 0);
}

/// R-SEL-06: N above what remains is refused and tells what remains; R-SEL-11.
#[tokio::test]
async fn more_wishes_than_remain_are_refused() {
    let house = House::with(&crate::house::GUANGDONG.replace("quota: 20", "quota: 7")).await;
    let citizen = house.selecting(1).await;
    citizen
        .compose(&["粤GZ0001", "粤GZ0002", "粤GZ0003", "粤GZ0005", "粤GZ0006"])
        .await
        .unwrap();
    house.wait(10);
    let refused = citizen.compose(&["粤GZ0001", "粤GZ0002", "粤GZ0003"]).await;
    assert_eq!(
        assert_refused(refused, Reason::QuotaExceeded).params()["remaining"],
        "2"
    );
    assert_eq!(citizen.left().await, (2, 5));
    citizen.compose(&["粤GZ0001", "粤GZ0002"]).await.unwrap();
    assert_eq!(citizen.left().await, (0, 5));
    let application = citizen.look().await;
    assert_eq!(
        application.state(),
        pb::ApplicationState::Selecting,
        "draws are left"
    );
}

/// P7, R-RND-01: a draw that returned at least one number costs one round; an empty pool costs nothing
/// and may be asked again under the same id.
#[tokio::test]
async fn an_empty_pool_costs_nothing() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let all = std::mem::take(&mut house.pool.state().free);
    let request = crate::citizen::draw_request(&citizen.application);
    assert_refused(citizen.draw_with(request.clone()).await, Reason::NoneFree);
    assert_eq!(citizen.left().await, (20, 5));
    house.pool.state().free.extend(all.into_iter().take(1));
    let answer = citizen.draw_with(request).await.unwrap();
    let Some(pb::selecting_outcome::Result::Held(held)) = answer.outcome.unwrap().result else {
        panic!("it holds")
    };
    assert_eq!(held.column.len(), 1);
    assert_eq!(citizen.left().await, (20, 4), "however few were left");
    assert_refused(citizen.draw().await, Reason::NoneFree);
    assert_eq!(citizen.left().await, (20, 4));
}

/// The last round can be used, one more is refused.
#[tokio::test]
async fn draws_end_with_their_quota() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    for left in (0..5).rev() {
        citizen.draw().await.unwrap();
        assert_eq!(citizen.left().await, (20, left));
    }
    let refused = assert_refused(citizen.draw().await, Reason::QuotaExceeded);
    assert_eq!(refused.params()["remaining"], "0");
}

/// P5: what the pool refuses, is too busy for, or is asked in vain costs nothing.
#[tokio::test]
async fn the_pools_refusals_cost_nothing() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    for reason in [Reason::Overloaded, Reason::DrawingNotOpen, Reason::NotOwner] {
        house.pool.set(Mood::Refuses(reason));
        assert_refused(citizen.draw().await, reason);
    }
    house.pool.set(Mood::Answers);
    assert_eq!(citizen.left().await, (20, 5));
    assert_refused(citizen.keep("粤GB0001").await, Reason::PlateNotHeld);
    citizen.draw().await.unwrap();
    assert_eq!(citizen.left().await, (20, 4));
}

/// R-INF-09: the counters are the car's. They outlive the application, the account and a policy with
/// more chances.
#[tokio::test]
async fn counters_belong_to_the_vehicle() {
    let house = House::new().await;
    let first = house.selecting(1).await;
    first.draw().await.unwrap();
    first
        .compose(&["粤GZ0001", "粤GZ0002", "粤GZ0003"])
        .await
        .unwrap();
    house.void(&first.application).await.unwrap();
    house.app.give_back().await.unwrap();
    house
        .apply(&crate::house::GUANGDONG.replace("quota: 20", "quota: 50"))
        .await;
    let second = house.opened(2).await;
    second.submit(&first.vin).await.unwrap();
    second.confirm_info().await.unwrap();
    assert_eq!(second.left().await, (17, 4));
}

/// Giving up is free and leaves nothing held.
#[tokio::test]
async fn giving_up_is_free() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    citizen.draw().await.unwrap();
    let given_up = citizen.give_up().await.unwrap();
    assert_eq!(given_up.holding, None);
    assert_eq!(citizen.left().await, (20, 4));
}

/// The same request twice is charged once, and its answer is given again.
#[tokio::test]
async fn a_repeated_compose_is_charged_once() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let id = uuid();
    let first = citizen
        .compose_with(&id, &["粤GZ0001", "粤GZ0002"])
        .await
        .unwrap();
    let again = citizen
        .compose_with(&id, &["粤GZ0001", "粤GZ0002"])
        .await
        .unwrap();
    assert_eq!(first.outcome, again.outcome);
    assert_eq!(citizen.left().await, (18, 5));
    assert_eq!(house.pool.state().executed.len(), 1);
}
