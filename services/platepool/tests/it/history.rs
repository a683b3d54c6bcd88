//! Coarse counts of past days.

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use crate::house::{House, OFFICE, refused};
use crate::returning::{ask, send_back};

async fn page(house: &House, page_size: i32, page_token: &str) -> pb::ListPoolHistoryResponse {
    let request = pb::ListPoolHistoryRequest {
        office: OFFICE.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let told = house
        .pool
        .publication()
        .list_pool_history(tonic::Request::new(request))
        .await;
    told.unwrap().into_inner()
}

/// R-POOL-01: a day is told once it is over, coarse, newest first, in pages; days on which nobody
/// counted are made up for, from the rows, and a day once told stays as it was.
#[tokio::test(flavor = "multi_thread")]
async fn past_days_are_told_coarsely() {
    let house = House::opened("DD00A").await;
    for digit in 0..7 {
        let (who, wish) = (house.application(), format!("粤G1{digit}00A"));
        for prefix in [&*wish] {
            house.pool.compose(who, 1, &[prefix]).await.unwrap();
        }
    }
    let who = house.application();
    for digits in ["20", "21", "22", "23", "24", "25"] {
        let wish = format!("粤G{digits}00A");
        house
            .pool
            .compose(house.application(), 1, &[&wish])
            .await
            .unwrap();
    }
    house.pool.compose(who, 1, &["粤G3000A"]).await.unwrap();
    house.pool.close(who).await.unwrap();
    ask(&house.pool, send_back(who, (100_000, 100_000)))
        .await
        .unwrap();
    house.pool.app.count_days().await.unwrap();
    assert!(
        page(&house, 0, "").await.days.is_empty(),
        "the day is not over"
    );
    house.wait(4 * 86_400);
    for _ in 0..2 {
        house.pool.app.count_days().await.unwrap();
    }
    let all = page(&house, 0, "").await;
    assert_eq!(all.next_page_token, "");
    let days: Vec<_> = all.days.iter().map(|one| one.day.as_str()).collect();
    assert_eq!(
        days,
        ["2026-11-25", "2026-11-24", "2026-11-23", "2026-11-22"]
    );
    let first = all.days.last().unwrap();
    assert_eq!((first.released, first.step), (100, 10));
    // Thirteen are somebody's and one is away.
    assert_eq!((first.allocated_at_least, first.free_at_least), (10, 80));
    assert_eq!(first.returned_at_least, 0);
    assert_eq!(all.days[0].free_at_least, 80, "one is back: 87 are free");
    let two = page(&house, 2, "").await;
    assert_eq!(two.days, all.days[..2]);
    let rest = page(&house, 2, &two.next_page_token).await;
    assert_eq!(rest.days, all.days[2..]);
    assert_eq!(rest.next_page_token, "");
    let request = pb::ListPoolHistoryRequest {
        office: OFFICE.to_owned(),
        page_size: 367,
        page_token: String::new(),
    };
    let publication = house.pool.publication();
    let told = publication
        .list_pool_history(tonic::Request::new(request))
        .await;
    assert_eq!(refused(told), Reason::FieldInvalid);
}
