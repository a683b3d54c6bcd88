//! Batches and their release (E1).

use sqlx::Row;
use tonic::Response;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;

use crate::house::{House, OFFICE, by_operator, new_uuid, refused, segment};

/// E1: an issuing code belongs to one office; a batch with another's is refused.
#[tokio::test(flavor = "multi_thread")]
async fn e1_a_foreign_code_is_refused() {
    let house = House::new().await;
    let request = pb::AddBatchRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        name: "第一批".to_owned(),
        segments: vec![pb::NewSegment {
            issuing_code: "粤K".to_owned(),
            ..segment("D000A")
        }],
        reason: "新号段".to_owned(),
    };
    let foreign = house.pool.admin().add_batch(by_operator(request)).await;
    assert_eq!(refused(foreign), Reason::IssuingCodeTaken);
    assert_eq!(
        refused(house.pool.add_batch(&["D000"]).await),
        Reason::MaskMalformed
    );
    assert_eq!(
        refused(house.pool.add_batch(&["DDDDDA"]).await),
        Reason::MaskMalformed
    );
}

/// E1: segments of one code and class are disjoint, prepared or released; another class may have the
/// same serials.
#[tokio::test(flavor = "multi_thread")]
async fn e1_segments_are_disjoint() {
    let house = House::opened("D000A").await;
    assert_eq!(
        refused(house.pool.add_batch(&["1DDDA"]).await),
        Reason::SegmentOverlaps
    );
    assert_eq!(
        refused(house.pool.add_batch(&["D001A", "DD01A"]).await),
        Reason::SegmentOverlaps
    );
    house.pool.add_batch(&["D001A"]).await.unwrap();
    assert_eq!(
        refused(house.pool.add_batch(&["D001A"]).await),
        Reason::SegmentOverlaps
    );
    let request = pb::AddBatchRequest {
        request_id: new_uuid(),
        office: OFFICE.to_owned(),
        name: "大型汽车".to_owned(),
        segments: vec![pb::NewSegment {
            plate_class: WireClass::Large.into(),
            ..segment("D000A")
        }],
        reason: "新号段".to_owned(),
    };
    house
        .pool
        .admin()
        .add_batch(by_operator(request))
        .await
        .unwrap();
}

/// E1: the engine itself refuses a release that overlaps, whatever stands in the tables.
#[tokio::test(flavor = "multi_thread")]
async fn e1_the_engine_refuses_an_overlapping_release() {
    let house = House::opened("D000A").await;
    let batch = house.pool.add_batch(&["D001A"]).await.unwrap().batch_id;
    house.pool.close_import(&batch, 0).await.unwrap();
    house
        .execute("UPDATE segments SET mask = 'D000A' WHERE released_at IS NULL")
        .await;
    assert_eq!(
        refused(house.pool.release_batch(&batch).await),
        Reason::SegmentOverlaps
    );
    assert_eq!(house.count("pool_log WHERE kind = 'release'").await, 1);
    assert_eq!(
        house.count("segments WHERE released_at IS NOT NULL").await,
        1
    );
}

/// A release is ordered once; the same request is answered the same, another is told that it is
/// done. The order has its audit entry, the release its fact.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_happens_once() {
    let house = House::new().await;
    let batch = house.pool.add_batch(&["D000A"]).await.unwrap().batch_id;
    house.pool.close_import(&batch, 0).await.unwrap();
    let (request_id, reason) = (new_uuid(), "放号".to_owned());
    let request = pb::ReleaseBatchRequest {
        request_id,
        batch_id: batch.clone(),
        reason,
        opens_at: None,
    };
    let ask = || async {
        let told = house
            .pool
            .admin()
            .release_batch(by_operator(request.clone()))
            .await;
        told.map(Response::into_inner).unwrap()
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!(first, second);
    assert_eq!(
        first.batch.as_ref().unwrap().state(),
        pb::BatchState::Released
    );
    assert_eq!(
        refused(house.pool.release_batch(&batch).await),
        Reason::AlreadyReleased
    );
    assert_eq!(house.count("pool_log WHERE kind = 'release'").await, 1);
    assert_eq!(house.count("outbox WHERE kind = 'batch.released'").await, 1);
    let acts = house
        .rows("SELECT act FROM audit_entries ORDER BY acted_at, act")
        .await;
    let mut acts: Vec<String> = acts.iter().map(|row| row.get(0)).collect();
    acts.sort();
    assert_eq!(acts, ["add_batch", "close_import", "release_batch"]);
}

/// An order that was not carried out, because the process ended, is carried out when it is sent
/// again.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_release_is_finished_by_its_repeat() {
    let mut house = House::new().await;
    let batch = house.pool.add_batch(&["D000A"]).await.unwrap().batch_id;
    house.pool.close_import(&batch, 0).await.unwrap();
    let (request_id, reason) = (new_uuid(), "放号".to_owned());
    let request = pb::ReleaseBatchRequest {
        request_id,
        batch_id: batch.clone(),
        reason,
        opens_at: None,
    };
    house.pool.holding(house.application()).await.unwrap();
    house.depose().await;
    let lost = house
        .pool
        .admin()
        .release_batch(by_operator(request.clone()))
        .await;
    assert_eq!(refused(lost), Reason::NotOwner);
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    house.restart().await;
    let told = house
        .pool
        .admin()
        .release_batch(by_operator(request))
        .await
        .unwrap();
    assert_eq!(
        told.into_inner().batch.unwrap().state(),
        pb::BatchState::Released
    );
    assert_eq!(
        house
            .count("audit_entries WHERE act = 'release_batch'")
            .await,
        1
    );
}

/// Batches are listed newest first, in pages; figures are the engine's.
#[tokio::test(flavor = "multi_thread")]
async fn batches_and_figures_are_shown() {
    let house = House::opened("D000A").await;
    for mask in ["D001A", "D002A"] {
        house.wait(1);
        house.pool.add_batch(&[mask]).await.unwrap();
    }
    let (mut token, mut masks) = (String::new(), Vec::new());
    loop {
        let (office, page_token) = (OFFICE.to_owned(), token);
        let request = pb::ListBatchesRequest {
            office,
            page_size: 2,
            page_token,
        };
        let page = house
            .pool
            .admin()
            .list_batches(by_operator(request))
            .await
            .unwrap()
            .into_inner();
        masks.extend(
            page.batches
                .into_iter()
                .map(|batch| batch.segments[0].mask.clone()),
        );
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(masks, ["D002A", "D001A", "D000A"]);

    let (one, two) = (house.application(), house.application());
    house.pool.draw(one, 1, 3).await.unwrap();
    let taken = house.pool.draw(two, 1, 1).await.unwrap();
    house
        .pool
        .confirm(two, 2, &crate::house::held(&taken).column[0])
        .await
        .unwrap();
    let request = pb::GetPoolFiguresRequest {
        office: OFFICE.to_owned(),
    };
    let told = house
        .pool
        .admin()
        .get_pool_figures(by_operator(request.clone()))
        .await
        .unwrap();
    let figures = &told.get_ref().classes[0];
    assert_eq!(
        (
            figures.released,
            figures.free,
            figures.held,
            figures.allocated
        ),
        (10, 6, 3, 1)
    );
    assert_eq!(told.get_ref().epoch, 1);
    house.pool.close(two).await.unwrap();
    crate::returning::ask(&house.pool, crate::returning::send_back(two, (600, 600)))
        .await
        .unwrap();
    let told = house
        .pool
        .admin()
        .get_pool_figures(by_operator(request))
        .await
        .unwrap();
    let figures = &told.get_ref().classes[0];
    assert_eq!(
        (
            figures.free,
            figures.held,
            figures.allocated,
            figures.returning
        ),
        (6, 3, 0, 1)
    );
}
