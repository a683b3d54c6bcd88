//! Statements whose outcome never comes (E3, E4, P6).

use std::time::Duration;

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1::DroppedReason;

use crate::house::{House, allocated, dropped, held, refused, refused_for_now};

/// E3, P6: the connection is killed after the statement was sent and before it was committed. The
/// caller is told that nobody knows; the resolve tells that it never was, and sees to it.
#[tokio::test(flavor = "multi_thread")]
async fn e3_a_statement_that_died_is_resolved_to_never() {
    let house = House::opened("D000A").await;
    let who = house.application();
    house.pool.holding(who).await.unwrap();
    let lock = house.hold_up().await;
    let asking = {
        let (pool, who) = (house.pool.clone(), who);
        tokio::spawn(async move { pool.compose(who, 1, &["粤G1000A"]).await })
    };
    let statement = house.held_up_statement().await;
    house
        .execute(format!("SELECT pg_terminate_backend({statement})"))
        .await;
    assert_eq!(refused_for_now(asking.await.unwrap()), Reason::Unavailable);
    lock.let_go().await;

    let told = house.pool.resolve(who, 1).await.unwrap();
    assert_eq!(dropped(&told), DroppedReason::NeverRecorded);
    assert_eq!(told.epoch, 2, "the rebuild began a new epoch");
    let again = house.pool.composing(who, 1, &["粤G1000A"]);
    let again = house
        .pool
        .compose(who, again.operation.unwrap().op_no, &["粤G1000A"])
        .await;
    assert_eq!(refused(again), Reason::OperationRefused);
    assert_eq!(house.count("allocations").await, 0);
    allocated(&house.pool.compose(who, 2, &["粤G1000A"]).await.unwrap());
}

/// P4: nobody is told anything of a row that is not committed.
#[tokio::test(flavor = "multi_thread")]
async fn p4_no_answer_before_the_row_is_committed() {
    let house = House::opened("D000A").await;
    let who = house.application();
    house.pool.holding(who).await.unwrap();
    let lock = house.hold_up().await;
    let pool = house.pool.clone();
    let asking = tokio::spawn(async move { pool.draw(who, 1, 2).await });
    house.held_up_statement().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!asking.is_finished());
    assert_eq!(house.count("pool_log WHERE kind = 'draw'").await, 0);
    lock.let_go().await;
    held(&asking.await.unwrap().unwrap());
    assert_eq!(house.count("pool_log WHERE kind = 'draw'").await, 1);
}
