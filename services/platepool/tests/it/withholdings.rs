//! Numbers withheld for a public reason, and their way back.

use sqlx::Row;
use tonic::Status;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;

use crate::house::{House, OFFICE, Process, by_operator, held, new_uuid, refused};

pub(crate) fn withholding(plates: &[&str]) -> pb::WithholdNumbersRequest {
    pb::WithholdNumbersRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        plate_class: WireClass::Small.into(),
        plates: plates.iter().map(|plate| (*plate).to_owned()).collect(),
        public_reason: "留作教练车".to_owned(),
    }
}

pub(crate) async fn withhold(
    pool: &Process,
    request: pb::WithholdNumbersRequest,
) -> Result<String, Status> {
    let told = pool.admin().withhold_numbers(by_operator(request)).await;
    told.map(|told| told.into_inner().withholding_id)
}

pub(crate) async fn end(pool: &Process, request_id: &str, id: &str) -> Result<(), Status> {
    let request = pb::EndWithholdingRequest {
        request_id: request_id.to_owned(),
        withholding_id: id.to_owned(),
        reason: "不再需要".to_owned(),
    };
    pool.admin()
        .end_withholding(by_operator(request))
        .await
        .map(drop)
}

/// Withheld numbers are out of selecting, for a reason everybody reads, over restarts; afterwards
/// they come back after a random delay, each its own, drawn only at first.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_withheld_in_public_and_come_back() {
    let mut house = House::opened("D000A").await;
    let plates: Vec<String> = (0..9).map(|digit| format!("粤G{digit}000A")).collect();
    let texts: Vec<&str> = plates.iter().map(String::as_str).collect();
    let request = withholding(&texts);
    let id = withhold(&house.pool, request.clone()).await.unwrap();
    assert_eq!(
        withhold(&house.pool, request).await.unwrap(),
        id,
        "a repeat"
    );
    let page = house.pool.page().await;
    let [shown] = &page.withholdings[..] else {
        panic!("{page:?}")
    };
    assert_eq!((&shown.withholding_id, &shown.plates), (&id, &plates));
    assert_eq!(shown.public_reason, "留作教练车");
    let rows = house
        .rows("SELECT DISTINCT channel, application::text FROM allocations")
        .await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<String, _>(0), "reserve");
    assert_eq!(rows[0].get::<Option<String>, _>(1), None);
    house.restart().await;
    let who = house.application();
    let drawn = house.pool.draw(who, 1, 10).await.unwrap();
    assert_eq!(held(&drawn).column, ["粤G9000A"]);
    let missed = house.pool.compose(who, 2, &[texts[0]]).await.unwrap();
    assert!(matches!(missed.result, Some(Became::AllMissed(_))));

    let request_id = new_uuid();
    end(&house.pool, &request_id, &id).await.unwrap();
    end(&house.pool, &request_id, &id).await.unwrap();
    assert_eq!(
        refused(end(&house.pool, &new_uuid(), &id).await),
        Reason::AllocationEnded
    );
    assert!(house.pool.page().await.withholdings.is_empty());
    assert_eq!(
        house.count("pool_log WHERE kind = 'end_withholding'").await,
        1
    );
    let delays =
        "SELECT count(DISTINCT available_at), min(available_at - decided_at) >= interval '1 hour',
                         max(available_at - decided_at) <= interval '3 days 1 second' FROM returns";
    let delays = &house.rows(delays).await[0];
    assert_eq!(delays.get::<i64, _>(0), 9);
    assert!(delays.get::<bool, _>(1) && delays.get::<bool, _>(2));
    let memory = house.pool.memory().await.snapshot();
    house.restart().await;
    assert_eq!(
        house.pool.memory().await.snapshot(),
        memory,
        "rows and memory agree"
    );
    house.wait(4 * 86_400);
    house.pool.app.publish_day_keys().await.unwrap();
    house.pool.open_day("2026-11-26").await;
    let back = house.pool.draw(house.application(), 1, 10).await.unwrap();
    assert_eq!(held(&back).column.len(), 10);
    assert_eq!(
        house.count("audit_entries WHERE act LIKE '%with%'").await,
        2
    );
}

/// Only released, free numbers are withheld: all, or none; a refused order leaves nothing standing.
#[tokio::test(flavor = "multi_thread")]
async fn only_free_numbers_are_withheld() {
    let house = House::opened("D000A").await;
    let who = house.application();
    house.pool.compose(who, 1, &["粤G1000A"]).await.unwrap();
    let other = house.pool.draw(house.application(), 1, 1).await.unwrap();
    let drawn = held(&other).column[0].clone();
    let mut numbers = ["粤G2000A", "粤G3000A"].into_iter();
    let free = numbers.find(|number| *number != drawn).unwrap();
    let ask = |plates: &[&str]| {
        let (pool, request) = (house.pool.clone(), withholding(plates));
        async move { refused(withhold(&pool, request).await) }
    };
    assert_eq!(ask(&[free, "粤G2000B"]).await, Reason::PlateNotReleased);
    assert_eq!(ask(&["粤K2000A"]).await, Reason::PlateNotReleased);
    assert_eq!(ask(&["粤G1000A"]).await, Reason::PlateTaken);
    assert_eq!(ask(&[&drawn]).await, Reason::PlateTaken);
    assert_eq!(house.count("withholdings").await, 0);
    assert_eq!(house.count("pool_log WHERE kind = 'withhold'").await, 0);
    let mut request = withholding(&[free]);
    request.public_reason = "车".to_owned();
    assert_eq!(
        refused(withhold(&house.pool, request).await),
        Reason::FieldInvalid
    );
    let mut request = withholding(&[free]);
    request.public_reason = "  ".to_owned();
    assert_eq!(
        refused(withhold(&house.pool, request).await),
        Reason::StaffReasonRequired
    );
    assert_eq!(
        refused(end(&house.pool, &new_uuid(), &new_uuid()).await),
        Reason::NotFound
    );
}

/// Orders that were interrupted are carried out by the job: the withholding, and its end.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_orders_are_carried_out() {
    let mut house = House::opened("D000A").await;
    house.depose().await;
    let request = withholding(&["粤G2000A"]);
    let lost = withhold(&house.pool, request.clone()).await;
    assert_eq!(refused(lost), Reason::NotOwner);
    assert!(house.pool.page().await.withholdings.is_empty());
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    house.restart().await;
    house.pool.app.finish_orders().await.unwrap();
    let id = withhold(&house.pool, request).await.unwrap();
    assert_eq!(house.pool.page().await.withholdings[0].withholding_id, id);
    house.depose().await;
    let lost = end(&house.pool, &new_uuid(), &id).await;
    assert_eq!(refused(lost), Reason::NotOwner);
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    house.restart().await;
    house.pool.app.finish_orders().await.unwrap();
    house.pool.app.finish_orders().await.unwrap();
    assert!(house.pool.page().await.withholdings.is_empty());
    assert_eq!(house.count("returns").await, 1);
}
