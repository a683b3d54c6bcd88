//! Statements whose outcome never comes (E3, E4, P6).

use std::time::Duration;

use sqlx::Row;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1::DroppedReason;
use xuanhao_testkit::wait_until;

use crate::house::{House, allocated, dropped, held, refused, refused_for_now};
use crate::proxy::Proxy;

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

/// E3, P6: the statement is committed, but its answer is lost. The resolve tells the allocation, and
/// nothing is done twice: the statement is not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn e3_a_commit_whose_answer_is_lost_is_resolved_to_its_row() {
    let house = House::opened("D000A").await;
    house.pool.app.stop().await.unwrap();
    let proxy = Proxy::start(&house.database.url()).await;
    let pool = house.another_over(proxy.pool().await).await;
    let (who, other) = (house.application(), house.application());
    held(&pool.draw(other, 1, 2).await.unwrap());
    pool.holding(who).await.unwrap();

    let lock = house.hold_up().await;
    let asking = {
        let pool = pool.clone();
        tokio::spawn(async move {
            pool.compose(who, 1, &["粤G1000A", "粤G2000A", "粤G3000A"])
                .await
        })
    };
    house.held_up_statement().await;
    proxy.lose_answers();
    lock.let_go().await;
    wait_until(Duration::from_secs(20), || async {
        house.count("allocations").await == 1
    })
    .await;
    assert!(!asking.is_finished(), "nobody knows yet");
    proxy.cut();
    assert_eq!(refused_for_now(asking.await.unwrap()), Reason::Unavailable);

    let told = pool.resolve(who, 1).await.unwrap();
    let live = pool.allocation(who).await.unwrap();
    assert_eq!(
        *allocated(&told),
        live,
        "the record names the allocation that is in the rows"
    );
    assert_eq!(house.count("allocations").await, 1);
    assert_eq!(house.count("pool_log WHERE kind = 'compose'").await, 1);
    assert_eq!(
        house.count("outbox WHERE kind = 'plate.allocated'").await,
        1
    );
    let epochs = house
        .rows("SELECT DISTINCT epoch FROM pool_log WHERE kind = 'compose'")
        .await;
    assert_eq!(epochs[0].get::<i32, _>(0), 2);
    // What others hold was not forgotten.
    let holding = pool.holding(other).await.unwrap().holding.unwrap();
    assert_eq!(holding.column.len(), 2);
    assert!(!holding.column.contains(&live.plate));
}
