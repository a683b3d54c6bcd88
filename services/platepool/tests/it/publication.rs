//! What everybody may see.

use tonic::{Request, Response};
use xuanhao_proto::common::v1::PlateClass as WireClass;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use crate::house::{House, OFFICE};

async fn pool(house: &House) -> pb::GetPoolResponse {
    let request = Request::new(pb::GetPoolRequest {
        office: OFFICE.to_owned(),
    });
    house
        .pool
        .publication()
        .get_pool(request)
        .await
        .map(Response::into_inner)
        .unwrap()
}

async fn keyboard(house: &House, partial: &str) -> Vec<String> {
    let request = pb::GetKeyboardRequest {
        office: OFFICE.to_owned(),
        plate_class: WireClass::Small.into(),
        issuing_code: "粤G".to_owned(),
        partial: partial.to_owned(),
    };
    let told = house
        .pool
        .publication()
        .get_keyboard(Request::new(request))
        .await;
    told.map(Response::into_inner).unwrap().characters
}

/// R-POOL-01: released batches, and counts that are coarse and late: what happens now cannot be read
/// from them.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_was_released_and_coarse_counts_of_before() {
    let house = House::new().await;
    house.pool.open_day(crate::house::DAY).await;
    house.pool.add_batch(&["D001A"]).await.unwrap();
    assert!(
        pool(&house).await.batches.is_empty(),
        "a prepared batch is nobody's business"
    );
    let released = house.pool.release(&["DD00A"]).await;
    let page = pool(&house).await;
    assert_eq!(page.batches, [released]);
    assert!(page.figures.is_empty() && page.counted_at.is_none());

    house.pool.draw(house.application(), 1, 3).await.unwrap();
    house.pool.app.publish_figures().await.unwrap();
    let page = pool(&house).await;
    let [figures] = &page.figures[..] else {
        panic!("{page:?}")
    };
    assert_eq!(
        (figures.released, figures.free_at_least, figures.step),
        (100, 90, 10)
    );
    house.pool.draw(house.application(), 1, 30).await.unwrap();
    assert_eq!(
        pool(&house).await,
        page,
        "until the next count nothing changes"
    );
    house.pool.app.publish_figures().await.unwrap();
    assert_eq!(pool(&house).await.figures[0].free_at_least, 60);
}

/// R-POOL-05: keys follow the published segments, and what is typed at other places; they do not
/// tell what is free.
#[tokio::test(flavor = "multi_thread")]
async fn keys_follow_the_published_segments_and_not_the_pool() {
    let house = House::opened("1D0[02][AB]").await;
    house.pool.add_batch(&["9999Z"]).await.unwrap();
    let keys = keyboard(&house, "").await;
    assert_eq!(keys, ["1", "0123456789", "0", "02", "AB"]);
    house.pool.release(&["2D0[13]C"]).await;
    assert_eq!(
        keyboard(&house, "").await,
        ["12", "0123456789", "0", "0123", "ABC"]
    );
    assert_eq!(
        keyboard(&house, "2").await[3..],
        ["13".to_owned(), "C".to_owned()]
    );
    assert_eq!(keyboard(&house, "????C").await[0], "2");
    // All of one kind are taken: the keys stay.
    for (index, plate) in ["粤G2001C", "粤G2003C"].into_iter().enumerate() {
        let _ = index;
        house
            .pool
            .compose(house.application(), 1, &[plate])
            .await
            .unwrap();
    }
    assert_eq!(keyboard(&house, "20").await[4], "C");
}
