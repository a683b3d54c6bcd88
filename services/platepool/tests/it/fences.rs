//! Fences, take-overs, group commit (E2, E3, E4).

use std::collections::BTreeSet;

use sqlx::Row;
use tokio::task::JoinSet;
use xuanhao_chassis::reason::Reason;
use xuanhao_testkit::wait_for;

use crate::house::{House, allocated, held, refused_for_now};

/// E2: after another connection raised the epoch, no write of a statement takes place: neither rows
/// of the log, nor allocations, nor facts, nor segments, nor the end of a life.
#[tokio::test(flavor = "multi_thread")]
async fn e2_a_fenced_statement_writes_nothing() {
    let house = House::opened("D000A").await;
    let pool = &house.pool;
    let (one, two) = (house.application(), house.application());
    let plate = allocated(&pool.compose(one, 1, &["粤G0000A"]).await.unwrap())
        .plate
        .clone();
    pool.close(one).await.unwrap();
    pool.holding(two).await.unwrap();
    let batch = pool.add_batch(&["D001A"]).await.unwrap();
    pool.close_import(&batch.batch_id, 0).await.unwrap();
    let (log, facts) = (house.count("pool_log").await, house.count("outbox").await);

    house.depose().await;
    assert_eq!(
        refused_for_now(pool.compose(two, 1, &["粤G1000A"]).await),
        Reason::NotOwner
    );
    assert_eq!(
        refused_for_now(pool.draw(two, 1, 5).await),
        Reason::NotOwner
    );
    assert_eq!(
        refused_for_now(pool.release_batch(&batch.batch_id).await),
        Reason::NotOwner
    );
    assert_eq!(house.count("pool_log").await, log);
    assert_eq!(house.count("outbox").await, facts);
    assert_eq!(house.count("allocations WHERE ended_at IS NULL").await, 1);
    assert_eq!(
        house.count("segments WHERE released_at IS NOT NULL").await,
        1
    );

    // The same once more for the statement of an order that was being carried out.
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    wait_for(std::time::Duration::from_secs(10), || async {
        pool.holding(two).await.ok()
    })
    .await;
    house.depose().await;
    let back = crate::returning::send_back(one, (0, 0));
    assert_eq!(
        refused_for_now(crate::returning::ask(pool, back).await),
        Reason::NotOwner
    );
    assert_eq!(house.count("allocations WHERE ended_at IS NULL").await, 1);
    assert_eq!(pool.allocation(one).await.unwrap().plate, plate);
}

/// E2, E3: of two processes that both believe to write for the office, one is fenced at its next
/// statement; no number is held or given twice.
#[tokio::test(flavor = "multi_thread")]
async fn e2_of_two_owners_one_loses() {
    let house = House::opened("DD00A").await;
    let old = &house.pool;
    let first = held(&old.draw(house.application(), 1, 40).await.unwrap())
        .column
        .clone();
    let new = house.another().await;
    // While the owner lives, nobody takes its office over.
    assert_eq!(
        refused_for_now(new.draw(house.application(), 1, 1).await),
        Reason::NotOwner
    );

    house
        .execute("UPDATE office_leases SET owner = 'somebody who is gone'")
        .await;
    let who = house.application();
    let second = wait_for(std::time::Duration::from_secs(10), || async {
        new.draw(who, 1, 40).await.ok()
    });
    let second = held(&second.await).column.clone();
    // The old owner has decided nothing since, and does not know yet.
    assert_eq!(
        refused_for_now(old.draw(house.application(), 1, 40).await),
        Reason::NotOwner
    );
    assert_eq!(
        refused_for_now(old.compose(house.application(), 1, &[&*first[0]]).await),
        Reason::NotOwner
    );

    let all: BTreeSet<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), 80, "no number is in both columns");
    assert_eq!(new.memory().await.epoch(), 2);
}

/// E3: a take-over waits for fenced writers in flight, and reads after them.
#[tokio::test(flavor = "multi_thread")]
async fn e3_a_take_over_waits_for_writers_in_flight_and_then_reads() {
    let house = House::opened("D000A").await;
    house.pool.app.stop().await.unwrap();
    // A statement of the old epoch that is not committed yet: it holds the fence's lock.
    let mut writer = house.database.pool().acquire().await.unwrap().detach();
    let statement = "BEGIN;
        SELECT * FROM office_leases WHERE epoch = 1 FOR SHARE;
        INSERT INTO allocations (allocation_id, province, office, plate, channel, epoch, seq, decided_at)
        SELECT gen_random_uuid(), 'gd', 'gd-zhanjiang', {plate}, 'import', 1, 99, '2026-11-22T01:00:05Z'";
    let plate = plate_key("粤G3000A");
    let statement = statement.replace("{plate}", &plate.to_string());
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(&mut writer)
        .await
        .unwrap();

    let new = house.another().await;
    let who = house.application();
    let asking = {
        let new = new.clone();
        tokio::spawn(async move { new.compose(who, 1, &["粤G3000A"]).await })
    };
    house.held_up_statement().await;
    assert_eq!(
        house.rows("SELECT epoch FROM office_leases").await[0].get::<i64, _>(0),
        1
    );
    sqlx::raw_sql("COMMIT").execute(&mut writer).await.unwrap();
    let told = asking.await.unwrap().unwrap();
    assert!(matches!(
        told.result,
        Some(xuanhao_proto::platepool::v1::outcome::Result::AllMissed(_))
    ));
    assert_eq!(
        house.rows("SELECT epoch FROM office_leases").await[0].get::<i64, _>(0),
        2
    );
}

pub(crate) fn plate_key(number: &str) -> i64 {
    use xuanhao_vocabulary::{PlateClass, PlateKey, PlateNumber};
    PlateKey::pack(PlateClass::Small, PlateNumber::parse(number).unwrap())
        .unwrap()
        .get()
}

/// E4: requests that come while a statement is on its way wait undecided, and then make one batch:
/// one statement, one instant.
#[tokio::test(flavor = "multi_thread")]
async fn e4_requests_during_a_commit_make_the_next_batch() {
    let house = House::opened("DD00A").await;
    let lock = house.hold_up().await;
    let mut asking = JoinSet::new();
    let draw = |who| {
        let pool = house.pool.clone();
        async move { pool.draw(who, 1, 2).await.unwrap() }
    };
    asking.spawn(draw(house.application()));
    let statement = house.held_up_statement().await;
    for _ in 0..20 {
        asking.spawn(draw(house.application()));
    }
    // Histories are read meanwhile, beside the statement; nothing else is sent.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(house.held_up_statement().await, statement);
    let waiting =
        "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    assert_eq!(house.count(waiting).await, 1, "one statement is on its way");
    lock.let_go().await;
    let columns: Vec<_> = asking.join_all().await;
    let numbers: BTreeSet<_> = columns
        .iter()
        .flat_map(|told| held(told).column.clone())
        .collect();
    assert_eq!(numbers.len(), 42);
    let batches = house
        .rows("SELECT count(*) FROM pool_log WHERE kind = 'draw' GROUP BY decided_at ORDER BY decided_at")
        .await;
    let sizes: Vec<i64> = batches.iter().map(|row| row.get(0)).collect();
    assert_eq!(sizes, [1, 20]);
}
