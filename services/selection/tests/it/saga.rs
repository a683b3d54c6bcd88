//! Operations across two databases (P1–P8), with a pool that loses answers, stands still, or is away.

use std::time::Duration;

use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_testkit::wait_until;

use crate::citizen::draw_request;
use crate::house::{House, assert_refused};
use crate::pool::{Mood, instant};

const LIMIT: Duration = Duration::from_secs(10);
const PENDING: &str = "SELECT count(*) FROM operations WHERE state = 'pending'";
const RESERVED: &str =
    "SELECT count(*) FROM vehicle_quotas WHERE compose_reserved > 0 OR draw_reserved > 0";

/// Waits until the pool has executed so many operations.
async fn executed(house: &House, count: usize) {
    wait_until(LIMIT, || async {
        house.pool.state().executed.len() == count
    })
    .await;
}

/// P1: the reservation is committed before the pool is asked, and another request meanwhile is refused
/// uncharged; the pool is asked once.
#[tokio::test]
async fn one_operation_at_a_time_and_reserved_before_the_pool_is_asked() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::StandsStill);
    let (first, second) = tokio::join!(citizen.draw(), async {
        executed(&house, 1).await;
        assert_eq!(house.count(PENDING).await, 1);
        assert_eq!(house.count(RESERVED).await, 1);
        let application = citizen.look().await;
        assert!(application.operation_pending);
        assert_eq!(application.counters.unwrap().draws_left, 4, "set aside");
        let second = citizen.draw().await;
        house.pool.release();
        second
    });
    first.unwrap();
    assert_refused(second, Reason::OperationPending);
    assert_eq!(citizen.left().await, (20, 4));
    assert_eq!(house.count(RESERVED).await, 0);
    assert_eq!(house.pool.state().executed.len(), 1);
}

/// P1: a burst of different requests for one car reserves one at a time; every charge is for an
/// operation the pool executed.
#[tokio::test]
async fn a_burst_of_requests_is_charged_for_what_was_executed() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let burst = (0..12).map(|_| citizen.draw());
    let answers = futures_of(burst).await;
    let granted = answers.iter().filter(|answer| answer.is_ok()).count();
    let executed = house.pool.state().executed.len();
    assert_eq!(granted, executed);
    assert_eq!(
        citizen.left().await,
        (20, 5 - i32::try_from(executed).unwrap())
    );
    // Whoever came while another was under way, or when all rounds were used.
    for status in answers.into_iter().filter_map(Result::err) {
        let reason = Refusal::from_status(&status).unwrap().reason();
        let expected = [Reason::OperationPending, Reason::QuotaExceeded];
        assert!(expected.contains(&reason), "{reason:?}");
    }
}

async fn futures_of<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done
}

/// P1: the call is detached from the caller's connection: who goes away is settled all the same.
#[tokio::test]
async fn an_operation_outlives_its_caller() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::StandsStill);
    let request = draw_request(&citizen.application);
    tokio::select! {
        answer = citizen.draw_with(request.clone()) => panic!("answered too early: {answer:?}"),
        () = executed(&house, 1) => {}
    }
    house.pool.release();
    wait_until(LIMIT, || async { house.count(PENDING).await == 0 }).await;
    assert_eq!(citizen.left().await, (20, 4));
    let answer = citizen.draw_with(request).await.unwrap();
    assert!(
        answer.outcome.is_some(),
        "P5: the answer is given again from the record"
    );
    assert_eq!(house.pool.state().executed.len(), 1);
}

/// P1: the pool is told who acted, under which key it knows the car; P3: until when, and numbers rise
/// by one.
#[tokio::test]
async fn the_pool_is_told_actor_key_number_and_end() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let drawn = citizen.draw().await.unwrap();
    citizen.keep(&drawn.column[0]).await.unwrap();
    citizen.confirm(&drawn.column[0]).await.unwrap();
    let state = house.pool.state();
    let numbers: Vec<u64> = state
        .executed
        .iter()
        .map(|operation| operation.op_no)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    for operation in &state.executed {
        assert_eq!(operation.actor, citizen.account());
        assert_eq!(operation.on_behalf_of, "");
        assert_eq!(operation.vehicle_key.len(), 32);
        assert_eq!(operation.channel(), pool::Channel::Internet);
        let end = instant(operation.not_after.as_ref().unwrap());
        let life = end.duration_since(house.clock.now());
        assert!(life.is_positive() && life.as_secs() <= 10);
    }
}

/// P3: an operation that comes too late is refused by the pool, and costs nothing.
#[tokio::test]
async fn an_operation_past_its_end_costs_nothing() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::Refuses(Reason::OperationTooLate));
    assert_refused(citizen.draw().await, Reason::OperationTooLate);
    house.pool.set(Mood::Answers);
    assert_eq!(citizen.left().await, (20, 5));
    citizen.draw().await.unwrap();
}

/// P3: when the pool knows higher numbers, as after a restore here, the next operation goes on from
/// them.
#[tokio::test]
async fn numbers_go_on_from_the_pools() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house
        .pool
        .state()
        .records
        .insert((citizen.application.clone(), 7), None);
    let request = draw_request(&citizen.application);
    assert_refused(
        citizen.draw_with(request.clone()).await,
        Reason::Unavailable,
    );
    citizen.draw_with(request).await.unwrap();
    assert_eq!(house.pool.state().executed[0].op_no, 8);
    assert_eq!(citizen.left().await, (20, 4));
}

/// P2: a retry joins its operation and gets its answer; another body under the same id is refused.
#[tokio::test]
async fn a_retry_joins_its_operation() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::StandsStill);
    let request = draw_request(&citizen.application);
    let (first, joined) = tokio::join!(citizen.draw_with(request.clone()), async {
        executed(&house, 1).await;
        let (joined, ()) = tokio::join!(citizen.draw_with(request.clone()), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            house.pool.release();
        });
        joined
    });
    assert_eq!(first.unwrap().outcome, joined.unwrap().outcome);
    assert_eq!(house.pool.state().executed.len(), 1);
    assert_eq!(citizen.left().await, (20, 4));
    let other = pb::DrawRequest {
        exclude_four: true,
        ..request
    };
    assert_refused(citizen.draw_with(other).await, Reason::RequestIdReused);
}

/// P2: a final refusal is kept under its id, whatever has changed since; one that time lifts is not.
#[tokio::test]
async fn only_final_refusals_are_kept() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let refused = citizen.confirm_request("粤GB0001");
    assert_refused(
        citizen.confirm_with(refused.clone()).await,
        Reason::PlateNotHeld,
    );
    let drawn = citizen.draw().await.unwrap();
    assert_eq!(drawn.column[1], "粤GB0001");
    citizen.keep("粤GB0001").await.unwrap();
    assert_refused(citizen.confirm_with(refused).await, Reason::PlateNotHeld);

    let id = crate::house::uuid();
    citizen
        .compose_with(&crate::house::uuid(), &["粤GZ0001"])
        .await
        .unwrap();
    let early = citizen.compose_with(&id, &["粤GZ0002"]).await;
    assert_refused(early, Reason::IntervalNotElapsed);
    house.wait(10);
    citizen.compose_with(&id, &["粤GZ0002"]).await.unwrap();
}

/// P4, P5: an answer lost on the way is looked up and settled from the pool's row: charged once,
/// answered at once.
#[tokio::test]
async fn a_lost_answer_is_settled_from_the_pools_row() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::LosesAnswers);
    let drawn = citizen.draw().await.unwrap();
    assert_eq!(drawn.column.len(), 10);
    assert_eq!(citizen.left().await, (20, 4));
    assert_eq!(house.pool.state().resolved.len(), 1);
    let missed = citizen.compose(&["粤GZ0001", "粤GZ0002"]).await.unwrap();
    assert!(
        matches!(missed, pb::selecting_outcome::Result::AllMissed(_)),
        "misses are rows too"
    );
    assert_eq!(citizen.left().await, (18, 4));
    assert_eq!(house.pool.state().executed.len(), 2, "never executed twice");
}

/// P6: an operation the pool never saw gets a tombstone and costs nothing; the same request id may be
/// asked again and is a new operation.
#[tokio::test]
async fn an_operation_that_never_arrived_is_dropped_for_ever() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::IsAway);
    let request = draw_request(&citizen.application);
    assert_refused(
        citizen.draw_with(request.clone()).await,
        Reason::Unavailable,
    );
    assert_eq!(citizen.left().await, (20, 5));
    assert_eq!(
        house.pool.state().records[&(citizen.application.clone(), 1)],
        None,
        "a tombstone"
    );
    house.pool.set(Mood::Answers);
    citizen.draw_with(request).await.unwrap();
    assert_eq!(house.pool.state().executed[0].op_no, 2);
    assert_eq!(citizen.left().await, (20, 4));
}

/// P6: killed between the pool's commit and its own write, selection finishes by itself, once; an
/// allocation always settles.
#[tokio::test]
async fn recovery_finishes_what_a_crash_left() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let drawn = citizen.draw().await.unwrap();
    citizen.keep(&drawn.column[0]).await.unwrap();
    // The pool commits, the answer is lost, and the process has no chance to look it up.
    house.pool.set(Mood::LosesAnswers);
    house.pool.state().resolves = false;
    let request = citizen.confirm_request(&drawn.column[0]);
    assert_refused(
        citizen.confirm_with(request.clone()).await,
        Reason::OperationPending,
    );
    assert_eq!(house.count(PENDING).await, 1);
    house.pool.release();
    house.pool.state().resolves = true;

    let restarted = house.restarted().await;
    restarted.recover_pending().await.unwrap();
    assert_eq!(
        house.count(PENDING).await,
        1,
        "too young: its own process may still be at it"
    );
    // Long enough for any hold to be void: the allocation settles all the same.
    house.wait(120);
    restarted.recover_pending().await.unwrap();
    restarted.recover_pending().await.unwrap();
    assert_eq!(house.count(PENDING).await, 0);
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Confirmed
    );
    let answer = citizen.confirm_with(request).await.unwrap();
    assert!(matches!(
        answer.outcome.unwrap().result,
        Some(pb::selecting_outcome::Result::Allocated(_))
    ));
    assert_eq!(house.count("SELECT count(*) FROM selections").await, 1);
    assert_eq!(house.pool.state().allocations.len(), 1);
}

/// P6: a miss always settles, however late; a column with too little time left is given up and costs
/// nothing.
#[tokio::test]
async fn a_late_miss_is_charged_and_a_late_column_is_not() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    for (compose, charged) in [(true, (18, 5)), (false, (18, 5))] {
        house.pool.set(Mood::LosesAnswers);
        house.pool.state().resolves = false;
        let refused = if compose {
            citizen.compose(&["粤GZ0001", "粤GZ0002"]).await.map(drop)
        } else {
            citizen.draw().await.map(drop)
        };
        assert_refused(refused, Reason::OperationPending);
        house.pool.release();
        house.pool.state().resolves = true;
        house.wait(70);
        house.app.recover_pending().await.unwrap();
        assert_eq!(citizen.left().await, charged);
    }
    assert_eq!(citizen.look().await.holding, None);
    assert_eq!(house.count(PENDING).await, 0);
}

/// P8: exhausted only when both counters are 0 and no operation or hold is live.
#[tokio::test]
async fn an_application_with_a_live_operation_is_not_exhausted() {
    let yaml = crate::house::GUANGDONG
        .replace("quota: 20", "quota: 0")
        .replace("quota: 5\n  count", "quota: 1\n  count");
    let house = House::with(&yaml).await;
    let citizen = house.selecting(1).await;
    house.pool.set(Mood::StandsStill);
    let (drawn, ()) = tokio::join!(citizen.draw(), async {
        executed(&house, 1).await;
        assert_eq!(citizen.left().await, (0, 0));
        house.app.exhaust_spent().await.unwrap();
        assert_eq!(
            citizen.look().await.state(),
            pb::ApplicationState::Selecting
        );
        house.pool.release();
    });
    let plate = drawn.unwrap().column[0].clone();
    house.app.exhaust_spent().await.unwrap();
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Selecting,
        "the column is live"
    );
    citizen.keep(&plate).await.unwrap();
    citizen.confirm(&plate).await.unwrap();
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Confirmed
    );
}
