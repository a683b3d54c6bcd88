//! Numbers that are in use already (E1).

use tonic::{Response, Status};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_vocabulary::{PlateClass, PlateMask};

use crate::house::{House, Process, by_operator, office, refused};

pub(crate) async fn import(
    pool: &Process,
    batch: &str,
    chunk_no: u32,
    plates: &[&str],
) -> Result<(u64, u64), Status> {
    let plates = plates.iter().map(|plate| (*plate).to_owned()).collect();
    let request = pb::ImportUsedNumbersRequest {
        batch_id: batch.to_owned(),
        chunk_no,
        plates,
    };
    let told = pool
        .admin()
        .import_used_numbers(by_operator(request))
        .await
        .map(Response::into_inner)?;
    Ok((told.taken, told.outside))
}

/// E1: used numbers are taken before the release, a piece at a time; a piece sent again is answered
/// the same; what lies outside is counted; and none of them is ever offered.
#[tokio::test(flavor = "multi_thread")]
async fn e1_used_numbers_are_never_offered() {
    let mut house = House::new().await;
    let batch = house.pool.add_batch(&["000DA"]).await.unwrap().batch_id;
    let first = ["粤G0000A", "粤G0001A", "粤G0001A", "粤G9999A"];
    assert_eq!(
        import(&house.pool, &batch, 0, &first).await.unwrap(),
        (2, 1)
    );
    assert_eq!(
        import(&house.pool, &batch, 0, &first).await.unwrap(),
        (2, 1),
        "again is harmless"
    );
    assert_eq!(house.count("pool_log WHERE kind = 'import'").await, 1);
    let another = import(&house.pool, &batch, 0, &["粤G0002A"]).await;
    assert_eq!(refused(another), Reason::RequestIdReused);
    // A number that is known is not taken twice, whichever piece it comes with.
    assert_eq!(
        import(&house.pool, &batch, 1, &["粤G0001A", "粤G0002A"])
            .await
            .unwrap(),
        (1, 0)
    );
    assert_eq!(
        refused(import(&house.pool, &batch, 2, &["粤G000"]).await),
        Reason::ImportRowInvalid
    );
    // The piece is in the rows even if its answer was not kept.
    house
        .execute("DELETE FROM import_chunks WHERE chunk_no = 1")
        .await;
    house.restart().await;
    assert_eq!(
        import(&house.pool, &batch, 1, &["粤G0001A", "粤G0002A"])
            .await
            .unwrap(),
        (0, 0)
    );

    house.pool.close_import(&batch, 3).await.unwrap();
    assert_eq!(
        refused(import(&house.pool, &batch, 3, &["粤G0003A"]).await),
        Reason::ImportClosed
    );
    house.pool.release_batch(&batch).await.unwrap();
    house.pool.open_day(crate::house::DAY).await;
    let told = house.pool.draw(house.application(), 1, 50).await.unwrap();
    assert_eq!(crate::house::held(&told).column.len(), 7);
    let told = house
        .pool
        .compose(house.application(), 1, &["粤G0001A"])
        .await
        .unwrap();
    assert!(matches!(told.result, Some(Became::AllMissed(_))));
    let by = pb::get_allocation_request::By::Plate(pb::PlateKey {
        plate_class: 2,
        plate: "粤G0001A".to_owned(),
    });
    let request = pb::GetAllocationRequest {
        office: crate::house::OFFICE.to_owned(),
        by: Some(by),
    };
    use pb::pool_service_server::PoolService;
    let live = house
        .pool
        .operations()
        .get_allocation(crate::house::by_selection(request))
        .await;
    assert_eq!(
        live.unwrap().into_inner().allocation.unwrap().channel(),
        pb::Channel::Import
    );
}

/// E1: the close counts what the pool holds; a lost piece is found out.
#[tokio::test(flavor = "multi_thread")]
async fn e1_a_lost_piece_is_found_out() {
    let house = House::new().await;
    let batch = house.pool.add_batch(&["000DA"]).await.unwrap().batch_id;
    import(&house.pool, &batch, 0, &["粤G0000A"]).await.unwrap();
    assert_eq!(
        refused(house.pool.release_batch(&batch).await),
        Reason::ImportNotClosed
    );
    assert_eq!(
        refused(house.pool.close_import(&batch, 2).await),
        Reason::ImportIncomplete
    );
    import(&house.pool, &batch, 1, &["粤G0009A"]).await.unwrap();
    let closed = house.pool.close_import(&batch, 2).await.unwrap();
    assert_eq!(
        (closed.imported, closed.state()),
        (2, pb::BatchState::Closed)
    );
    assert_eq!(
        refused(house.pool.close_import(&batch, 2).await),
        Reason::ImportClosed
    );
}

/// An import that meets an allocation the memory does not know of rebuilds it; the piece can be sent
/// again.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_meets_an_unknown_allocation_can_be_sent_again() {
    let house = House::new().await;
    let batch = house.pool.add_batch(&["000DA"]).await.unwrap().batch_id;
    house.pool.holding(house.application()).await.unwrap();
    house
        .execute(format!(
            "INSERT INTO allocations (allocation_id, province, office, plate, channel, epoch, seq, decided_at)
             VALUES (gen_random_uuid(), 'gd', 'gd-zhanjiang', {}, 'import', 1, 999, '2026-11-22T01:00:00Z')",
            crate::fences::plate_key("粤G0001A")
        ))
        .await;
    let met = import(&house.pool, &batch, 0, &["粤G0000A", "粤G0001A"]).await;
    assert_eq!(refused(met), Reason::Unavailable);
    assert_eq!(
        import(&house.pool, &batch, 0, &["粤G0000A", "粤G0001A"])
            .await
            .unwrap(),
        (0, 0)
    );
    house.pool.close_import(&batch, 2).await.unwrap();
    house.pool.release_batch(&batch).await.unwrap();
    let memory = house.pool.memory().await;
    assert_eq!(memory.figures(PlateClass::Small).free, 8);
}

/// Pieces of a large import add up, and what is left is what is free.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_import_keeps_every_number() {
    let house = House::new().await;
    let mask = PlateMask::parse("LLDDD").unwrap();
    let used: Vec<String> = mask
        .iter()
        .take(40_000)
        .map(|serial| format!("粤G{serial}"))
        .collect();
    let batch = house.pool.add_batch(&["LLDDD"]).await.unwrap().batch_id;
    for (number, piece) in used.chunks(20_000).enumerate() {
        let piece: Vec<&str> = piece.iter().map(String::as_str).collect();
        let told = import(&house.pool, &batch, u32::try_from(number).unwrap(), &piece)
            .await
            .unwrap();
        assert_eq!(told, (20_000, 0));
    }
    house.pool.close_import(&batch, 40_000).await.unwrap();
    house.pool.release_batch(&batch).await.unwrap();
    let memory = house.pool.app.memory(office()).await.unwrap();
    assert_eq!(memory.figures(PlateClass::Small).free, 536_000);
}
