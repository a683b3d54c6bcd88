//! The way back of numbers (P10).

use sqlx::Row;
use tonic::{Response, Status};
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_service_server::PoolService;

use crate::house::{House, OFFICE, Process, allocated, by_selection, held, new_uuid, refused};

pub(crate) fn send_back(who: ApplicationId, delay: (i64, i64)) -> pb::ReturnAllocationRequest {
    pb::ReturnAllocationRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        application_id: who.to_string(),
        reason: "lapsed".to_owned(),
        delay_min_s: delay.0,
        delay_max_s: delay.1,
        random_only_s: 600,
    }
}

pub(crate) async fn ask(
    pool: &Process,
    request: pb::ReturnAllocationRequest,
) -> Result<Option<pb::Allocation>, Status> {
    let told = pool
        .operations()
        .return_allocation(by_selection(request))
        .await;
    told.map(|told| told.into_inner().allocation)
}

async fn register(pool: &Process, who: ApplicationId) -> Result<pb::Allocation, Status> {
    let request = pb::MarkAllocationRegisteredRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        application_id: who.to_string(),
    };
    let told = pool
        .operations()
        .mark_allocation_registered(by_selection(request))
        .await;
    told.map(|told: Response<_>| told.into_inner().allocation.unwrap())
}

/// P10: the number of a closed application ends, comes back after a random delay within the bounds,
/// and is first drawn only; asked again the same order stands.
#[tokio::test(flavor = "multi_thread")]
async fn p10_a_lapsed_number_returns_by_random_first() {
    let house = House::opened("0000A").await;
    let (one, two) = (house.application(), house.application());
    let live = house.pool.compose(one, 1, &["粤G0000A"]).await.unwrap();
    let live = allocated(&live).clone();
    let early = ask(&house.pool, send_back(one, (7_000, 7_200))).await;
    assert_eq!(refused(early), Reason::OperationOutOfOrder);
    house.pool.close(one).await.unwrap();
    let ended = ask(&house.pool, send_back(one, (7_000, 7_200)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended.allocation_id, live.allocation_id);
    assert_eq!(ended.life(), pb::AllocationLife::Ended);
    let again = ask(&house.pool, send_back(one, (7_000, 7_200)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again, ended);

    let rows = house.rows("SELECT extract(epoch FROM available_at - decided_at)::float8, extract(epoch FROM random_only_until - available_at)::float8 FROM returns").await;
    assert_eq!(rows.len(), 1, "one way back");
    let delay: f64 = rows[0].get(0);
    assert!((7_000.0..=7_200.1).contains(&delay), "{delay}");
    assert_eq!(rows[0].get::<f64, _>(1), 600.0);
    assert_eq!(house.count("outbox WHERE kind = 'plate.returned'").await, 1);

    let missed = |told: pb::Outcome| matches!(told.result, Some(Became::AllMissed(_)));
    assert!(missed(
        house.pool.compose(two, 1, &["粤G0000A"]).await.unwrap()
    ));
    house.wait(3_500);
    assert!(matches!(
        house.pool.draw(two, 2, 1).await.unwrap().result,
        Some(Became::NoneFree(_))
    ));
    house.wait(3_701);
    // It is back: to be drawn, not to be composed.
    assert!(missed(
        house.pool.compose(two, 3, &["粤G0000A"]).await.unwrap()
    ));
    let drawn = house.pool.draw(two, 4, 1).await.unwrap();
    assert_eq!(held(&drawn).column, ["粤G0000A"]);
    house.pool.give_up(two, 5).await.unwrap();
    house.wait(601);
    allocated(&house.pool.compose(two, 6, &["粤G0000A"]).await.unwrap());
}

/// P10: delays are drawn anew for every number, by nobody's choice.
#[tokio::test(flavor = "multi_thread")]
async fn p10_delays_are_random() {
    let house = House::opened("000DA").await;
    for digit in 0..10 {
        let who = house.application();
        house
            .pool
            .compose(who, 1, &[&*format!("粤G000{digit}A")])
            .await
            .unwrap();
        house.pool.close(who).await.unwrap();
        ask(&house.pool, send_back(who, (0, 86_400))).await.unwrap();
    }
    let rows = house.rows("SELECT count(DISTINCT available_at - decided_at), max(available_at) - min(available_at) > interval '1 hour' FROM returns").await;
    assert_eq!(rows[0].get::<i64, _>(0), 10);
    assert!(rows[0].get::<bool, _>(1));
}

/// P10: a registered allocation stays live for ever; the schema does not let it end either.
#[tokio::test(flavor = "multi_thread")]
async fn p10_a_registered_allocation_stays_for_ever() {
    let house = House::opened("D000A").await;
    let who = house.application();
    house.pool.compose(who, 1, &["粤G1000A"]).await.unwrap();
    let marked = register(&house.pool, who).await.unwrap();
    assert_eq!(marked.life(), pb::AllocationLife::Registered);
    assert_eq!(register(&house.pool, who).await.unwrap(), marked);
    house.pool.close(who).await.unwrap();
    let back = ask(&house.pool, send_back(who, (0, 0))).await;
    assert_eq!(refused(back), Reason::AlreadyRegistered);
    assert_eq!(
        house.pool.allocation(who).await.unwrap().life(),
        pb::AllocationLife::Registered
    );
    let end = "UPDATE allocations SET ended_at = '2026-11-23T00:00:00Z'";
    assert!(
        sqlx::raw_sql(end)
            .execute(house.database.pool())
            .await
            .is_err()
    );
    let nobody = register(&house.pool, house.application()).await;
    assert_eq!(refused(nobody), Reason::AllocationEnded);
}

/// P10: a registration that comes between the order and its carrying out wins; the number stays, in
/// the rows and in the memory.
#[tokio::test(flavor = "multi_thread")]
async fn p10_a_registration_wins_over_an_order_that_waits() {
    let house = House::opened("D000A").await;
    let (one, two) = (house.application(), house.application());
    house.pool.compose(one, 1, &["粤G1000A"]).await.unwrap();
    house.pool.close(one).await.unwrap();
    order(&house, one).await;
    register(&house.pool, one).await.unwrap();
    house.pool.app.finish_returns().await.unwrap();
    assert_eq!(
        house.pool.allocation(one).await.unwrap().life(),
        pb::AllocationLife::Registered
    );
    assert_eq!(house.count("return_orders WHERE done_at IS NULL").await, 0);
    let told = house.pool.compose(two, 1, &["粤G1000A"]).await.unwrap();
    assert!(matches!(told.result, Some(Became::AllMissed(_))));
}

async fn order(house: &House, who: ApplicationId) {
    house
        .execute(format!(
            "INSERT INTO return_orders SELECT allocation_id, province, office, application, plate,
             'lapsed', '2026-11-22T05:00:00Z', '2026-11-22T06:00:00Z', '2026-11-22T01:00:00Z'
             FROM allocations WHERE application = '{who}'"
        ))
        .await;
}

/// An order that was interrupted, before or after the life ended, is carried out by the job, with the
/// delay that was drawn when it was made.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_order_is_finished() {
    let mut house = House::opened("D000A").await;
    let (one, two) = (house.application(), house.application());
    for (who, plate) in [(one, "粤G1000A"), (two, "粤G2000A")] {
        house.pool.compose(who, 1, &[plate]).await.unwrap();
        house.pool.close(who).await.unwrap();
        order(&house, who).await;
    }
    // The process ended between the end of the second's life and its way back.
    house.pool.app.stop().await.unwrap();
    house
        .execute(format!(
            "UPDATE allocations SET ended_at = '2026-11-22T01:00:10Z' WHERE application = '{two}'"
        ))
        .await;
    house.pool = house.another().await;
    house.pool.app.finish_returns().await.unwrap();
    house.pool.app.finish_returns().await.unwrap();
    let rows = house
        .rows("SELECT available_at = '2026-11-22T05:00:00Z' FROM returns")
        .await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.get::<bool, _>(0)));
    assert_eq!(
        house.count("allocations WHERE returned_at IS NULL").await,
        0
    );
    assert_eq!(house.count("pool_log WHERE kind = 'lapse'").await, 1);
    house.wait(5 * 3_600);
    assert_eq!(house.pool.memory().await.audit().unwrap().away, 0);
}
