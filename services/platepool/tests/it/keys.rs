//! The unique keys of live allocations (E8).

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;

use crate::fences::plate_key;
use crate::house::{House, allocated, refused};

async fn insert(house: &House, plate: &str, vehicle: &str) -> Result<(), sqlx::Error> {
    let sql = format!(
        "INSERT INTO allocations (allocation_id, province, office, plate, application, vehicle_key,
                                  channel, op_no, epoch, seq, decided_at)
         VALUES (gen_random_uuid(), 'gd', 'gd-zhanjiang', {}, gen_random_uuid(),
                 sha256('{vehicle}'), 'internet', 1, 1, 999, '2026-11-22T01:00:00Z')",
        plate_key(plate)
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(house.database.pool())
        .await
        .map(drop)
}

/// E2, E8: an allocation that was made behind the engine's back takes its number from one request of
/// a batch; the others of the batch are committed, and of the one nothing is written.
#[tokio::test(flavor = "multi_thread")]
async fn e8_a_taken_number_fails_its_request_only() {
    let house = House::opened("D000A").await;
    let (one, two, first) = (
        house.application(),
        house.application(),
        house.application(),
    );
    for who in [one, two, first] {
        house.pool.holding(who).await.unwrap();
    }
    let facts = "outbox WHERE kind = 'plate.allocated'";
    let lock = house.hold_up().await;
    let ask = |who, plate: &'static str| {
        let pool = house.pool.clone();
        tokio::spawn(async move { pool.compose(who, 1, &[plate]).await })
    };
    let ahead = ask(first, "粤G9000A");
    house.held_up_statement().await;
    let (taken, free) = (ask(one, "粤G1000A"), ask(two, "粤G2000A"));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    insert(&house, "粤G1000A", "somebody").await.unwrap();
    lock.let_go().await;

    allocated(&ahead.await.unwrap().unwrap());
    assert_eq!(refused(taken.await.unwrap()), Reason::PlateTaken);
    assert_eq!(allocated(&free.await.unwrap().unwrap()).plate, "粤G2000A");
    assert_eq!(
        house
            .count(&format!("pool_log WHERE application = '{one}'"))
            .await,
        0
    );
    assert_eq!(house.count(facts).await, 2);
    assert_eq!(
        house.count("office_leases WHERE epoch = 1").await,
        1,
        "no rebuild was needed"
    );
    // Somebody has it: it is missed from now on, and the application may go on.
    let told = house
        .pool
        .compose(one, 2, &["粤G1000A", "粤G3000A"])
        .await
        .unwrap();
    assert_eq!(allocated(&told).plate, "粤G3000A");
}

/// E8: a vehicle has one live allocation, whichever application asks.
#[tokio::test(flavor = "multi_thread")]
async fn e8_a_vehicle_gets_one_number() {
    let house = House::opened("D000A").await;
    let (one, two) = (house.application(), house.application());
    allocated(&house.pool.compose(one, 1, &["粤G1000A"]).await.unwrap());
    let mut request = house.pool.composing(two, 1, &["粤G2000A"]);
    request.operation.as_mut().unwrap().vehicle_key = house.pool.operation(one, 1).vehicle_key;
    use pb::pool_service_server::PoolService;
    let told = house
        .pool
        .operations()
        .compose(crate::house::by_selection(request))
        .await;
    assert_eq!(refused(told), Reason::VinInUse);
    assert!(house.pool.allocation(two).await.is_none());
    // The number was not used up.
    let told = house
        .pool
        .compose(house.application(), 1, &["粤G2000A"])
        .await
        .unwrap();
    assert_eq!(allocated(&told).plate, "粤G2000A");
}

/// E8: the database itself refuses a second live allocation of a number, of an application and of a
/// vehicle, and none that has ended.
#[tokio::test(flavor = "multi_thread")]
async fn e8_the_keys_stand_in_the_schema() {
    let house = House::opened("D000A").await;
    let who = house.application();
    allocated(&house.pool.compose(who, 1, &["粤G1000A"]).await.unwrap());
    let violated = |result: Result<(), sqlx::Error>| {
        let error = result.unwrap_err();
        error
            .as_database_error()
            .unwrap()
            .constraint()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        violated(insert(&house, "粤G1000A", "a").await),
        "allocations_live_plate_key"
    );
    insert(&house, "粤G2000A", "b").await.unwrap();
    assert_eq!(
        violated(insert(&house, "粤G3000A", "b").await),
        "allocations_live_vehicle_key"
    );
    let again =
        format!("UPDATE allocations SET application = '{who}' WHERE application <> '{who}'");
    let again = sqlx::raw_sql(sqlx::AssertSqlSafe(again))
        .execute(house.database.pool())
        .await;
    assert_eq!(
        violated(again.map(drop)),
        "allocations_live_application_key"
    );
    house
        .execute("UPDATE allocations SET ended_at = '2026-11-22T02:00:00Z'")
        .await;
    insert(&house, "粤G1000A", "b").await.unwrap();
}
