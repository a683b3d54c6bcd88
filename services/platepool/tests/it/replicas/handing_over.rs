//! Offices that go from one replica to another while people draw.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use xuanhao_chassis::reason::Reason;
use xuanhao_testkit::wait_until;

use super::house::{PATIENCE, Town};
use crate::house::{held, refused_for_now};

/// A replica that leaves hands its office over while requests wait undecided in it and new ones
/// come: none fails, no number is held twice, and the log goes on without a gap.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_a_replica_leaves() {
    let town = Town::new().await;
    let one = town.replica().await;
    town.open(&one, &["DD00A"]).await;
    let (two, three) = (town.replica().await, town.replica().await);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut people = JoinSet::new();
    for index in 0..24 {
        let process = [&one, &two, &three][index % 3].process.clone();
        let (who, is_over) = (town.application(), Arc::clone(&is_over));
        people.spawn(async move {
            let mut op_no = 0;
            let mut column = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                op_no += 1;
                let told = process.draw(who, op_no, 3).await;
                let told = told.unwrap_or_else(|status| panic!("draw {op_no}: {status:?}"));
                column = held(&told).column.clone();
            }
            (op_no, column)
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = town.epoch().await;
    one.process.app.leave().await;
    let told = two.list_writers(&[]).await;
    assert!(told.replicas.iter().any(|one| one.leaving));
    assert_ne!(told.writers[0].replica, one.name().await);
    assert_eq!(town.epoch().await, before + 2, "let go once, taken once");
    tokio::time::sleep(Duration::from_millis(500)).await;
    is_over.store(true, Ordering::Relaxed);
    let mut numbers = Vec::new();
    for (draws, column) in people.join_all().await {
        assert!(draws > 1, "it drew before and after");
        numbers.extend(column);
    }
    let different: BTreeSet<_> = numbers.iter().collect();
    assert_eq!((numbers.len(), different.len()), (72, 72));
    one.drain().await;
    // The memory that was followed is the one that the rows make.
    let writer = if town.writers(&two).await.values().next() == Some(&two.name().await) {
        &two
    } else {
        &three
    };
    let lived = writer.process.memory().await.snapshot();
    let epoch = town.epoch().await;
    for replica in [two, three] {
        replica.process.app.stop().await.unwrap();
    }
    let fresh = town.replica().await;
    let rebuilt = fresh.process.memory().await;
    assert_eq!(rebuilt.snapshot(), lived);
    assert_eq!(i64::try_from(rebuilt.epoch()).unwrap(), epoch + 1);
}

/// Requests that wait in the writer that lets go are decided by its successor.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_undecided_is_handed_on() {
    let town = Town::new().await;
    let one = town.replica().await;
    town.open(&one, &["DD00A"]).await;
    let two = town.replica().await;
    // A statement that does not end holds up the batch after it.
    let mut connection = town.database.pool().acquire().await.unwrap().detach();
    let lock = "BEGIN; SELECT * FROM office_leases FOR UPDATE";
    sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
    let mut asking = JoinSet::new();
    for index in 0..20 {
        let process = [&one, &two][index % 2].process.clone();
        let who = town.application();
        asking.spawn(async move { process.draw(who, 1, 2).await.unwrap() });
    }
    let waiting = "pg_stat_activity WHERE datname = current_database()
                   AND wait_event_type = 'Lock' AND query LIKE '%platepool.%'";
    wait_until(PATIENCE, || async { town.count(waiting).await > 0 }).await;
    let leaving = {
        let app = Arc::clone(&one.process.app);
        tokio::spawn(async move { app.leave().await })
    };
    // By now the successor is prepared.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(!leaving.is_finished(), "its statement is on its way");
    sqlx::raw_sql("COMMIT")
        .execute(&mut connection)
        .await
        .unwrap();
    let all = asking.join_all().await;
    leaving.await.unwrap();
    let numbers: BTreeSet<_> = all
        .iter()
        .flat_map(|told| held(told).column.clone())
        .collect();
    assert_eq!(numbers.len(), 40);
    let decided_by_successor = town
        .count("pool_log WHERE kind = 'draw' AND epoch > 1")
        .await;
    assert!(decided_by_successor > 0, "somebody was handed on");
    assert_eq!(
        town.writers(&two).await.values().next(),
        Some(&two.name().await)
    );
}

/// Without a successor it serves to the end, and then lets go at once: the next does not wait.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_successor_lets_go_at_its_end() {
    let town = Town::new().await;
    let one = town.replica().await;
    town.open(&one, &["D000A"]).await;
    one.process.app.leave().await;
    held(&one.process.draw(town.application(), 1, 2).await.unwrap());
    one.drain().await;
    assert_eq!(town.count("pool_owners").await, 0);
    let begun = std::time::Instant::now();
    let two = town.replica().await;
    held(&two.process.draw(town.application(), 1, 2).await.unwrap());
    assert!(begun.elapsed() < Duration::from_millis(1_500));
}

/// Who leaves takes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_refuses_to_take() {
    use xuanhao_chassis::grpc::call;
    use xuanhao_proto::platepool::v1 as pb;
    use xuanhao_proto::platepool::v1::pool_peer_service_client::PoolPeerServiceClient;

    let town = Town::new().await;
    let one = town.replica().await;
    one.process.app.leave().await;
    let channel = crate::door::channel(town.certs(), "platepool", one.address);
    let mut peer = PoolPeerServiceClient::new(channel);
    let (office, epoch) = (crate::house::OFFICE.to_owned(), 1);
    let prepare = pb::PrepareOfficeRequest {
        office: office.clone(),
    };
    let told = peer.prepare_office(call(prepare)).await;
    assert_eq!(refused_for_now(told), Reason::NotOwner);
    let told = peer
        .take_office(call(pb::TakeOfficeRequest { office, epoch }))
        .await;
    assert_eq!(refused_for_now(told), Reason::NotOwner);
    assert_eq!(town.count("office_leases").await, 0);
}

/// What was prepared does not fit the rows: the successor reads them all, and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_memory_that_cannot_follow_is_read_anew() {
    use xuanhao_chassis::grpc::call;
    use xuanhao_proto::platepool::v1 as pb;
    use xuanhao_proto::platepool::v1::pool_peer_service_client::PoolPeerServiceClient;

    let town = Town::new().await;
    let one = town.replica().await;
    town.open(&one, &["DD00A"]).await;
    let two = town.replica().await;
    let office = crate::house::OFFICE.to_owned();
    let channel = crate::door::channel(town.certs(), "platepool", two.address);
    let mut peer = PoolPeerServiceClient::new(channel);
    let request = pb::PrepareOfficeRequest {
        office: office.clone(),
    };
    peer.prepare_office(call(request)).await.unwrap();
    let who = town.application();
    let column = held(&one.process.draw(who, 1, 5).await.unwrap())
        .column
        .clone();
    // The row says something that the numbers cannot have come to.
    town.execute("UPDATE pool_log SET op_no = 7 WHERE kind = 'draw'")
        .await;
    let successor = two.name().await;
    town.execute(format!(
        "UPDATE office_leases SET epoch = epoch + 1, owner = '{successor}'"
    ))
    .await;
    let taken = peer
        .take_office(call(pb::TakeOfficeRequest { office, epoch: 2 }))
        .await;
    assert_eq!(taken.unwrap().into_inner().epoch, 3);
    let holding = two.process.holding(who).await.unwrap().holding.unwrap();
    assert_eq!(holding.column, column);
    let others = two.process.draw(town.application(), 1, 30).await.unwrap();
    assert!(held(&others).column.iter().all(|one| !column.contains(one)));
}
