//! The log: instants, replay, partitions (E5, E6, E7, E9).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use sqlx::Row;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::reason::Reason;
use xuanhao_platepool::domain::draw::{Day, DayKey};
use xuanhao_platepool::domain::limits::Limits;
use xuanhao_platepool::domain::replay::Replay;
use xuanhao_platepool::domain::state::Office;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use crate::house::{DAY, House, OFFICE, allocated, held, office, refused, start};
use crate::returning::{ask, send_back};

/// E5: a writer whose clock is behind goes on where the log ends.
#[tokio::test(flavor = "multi_thread")]
async fn e5_instants_never_run_back() {
    let house = House::opened("D000A").await;
    house.wait(3_600);
    let first = house.pool.draw(house.application(), 1, 2).await.unwrap();
    house.pool.app.stop().await.unwrap();
    let behind = Clock::manual(start() + Duration::from_secs(10));
    let pool = house.another_at(behind.clone()).await;
    let mut request = pool.drawing(house.application(), 1, 2);
    request
        .operation
        .as_mut()
        .unwrap()
        .not_after
        .as_mut()
        .unwrap()
        .seconds += 3_600;
    use pb::pool_service_server::PoolService;
    let later = pool
        .operations()
        .draw(crate::house::by_selection(request))
        .await
        .unwrap();
    let later = later.into_inner().outcome.unwrap();
    let instant = |outcome: &pb::Outcome| {
        let at = outcome.decided_at.unwrap();
        Timestamp::new(at.seconds, at.nanos).unwrap()
    };
    assert!(instant(&later) > instant(&first));
    assert!(instant(&later) < instant(&first) + Duration::from_secs(1));
    let rows = house
        .rows("SELECT decided_at FROM pool_log ORDER BY epoch, seq")
        .await;
    let at = |row: &sqlx::postgres::PgRow| row.get::<jiff_sqlx::Timestamp, _>(0).to_jiff();
    assert!(rows.iter().map(at).is_sorted());
}

/// E6, E9, E10: from the rows, the revealed key and the public value every draw of the day comes out
/// again, with imports, allocations, closes, returns and restarts between; under another key none
/// would.
#[tokio::test(flavor = "multi_thread")]
async fn e6_a_day_is_derived_again_from_its_rows_and_the_revealed_key() {
    let mut house = House::new().await;
    house.pool.open_day(DAY).await;
    let batch = house
        .pool
        .add_batch(&["D0[01]DA", "DD00[BC]"])
        .await
        .unwrap();
    crate::imports::import(&house.pool, &batch.batch_id, 0, &["粤G1011A", "粤G2000A"])
        .await
        .unwrap();
    house.pool.close_import(&batch.batch_id, 2).await.unwrap();
    house.pool.release_batch(&batch.batch_id).await.unwrap();
    let announced = house.pool.prepare(&["E000D"]).await;
    let opens_at = house.in_seconds(200);
    house.pool.announce(&announced, opens_at).await.unwrap();
    let withdrawn = house.pool.prepare(&["F000D"]).await;
    house
        .pool
        .announce(&withdrawn, house.in_seconds(9_000))
        .await
        .unwrap();
    house.pool.withdraw(&withdrawn).await.unwrap();
    let withheld = crate::withholdings::withholding(&["粤G3300B", "粤G4400C"]);
    let withheld = crate::withholdings::withhold(&house.pool, withheld)
        .await
        .unwrap();
    for round in 1..=3 {
        for _ in 0..5 {
            let who = house.application();
            let column = held(&house.pool.draw(who, 1, 7).await.unwrap())
                .column
                .clone();
            house.pool.keep(who, 2, &column[2]).await.unwrap();
            house.wait(30);
            house.pool.draw(who, 3, 7).await.unwrap();
            if round == 1 {
                house.pool.choose(who, 4, &column[2], 100).await.unwrap();
            }
            if round == 2 {
                allocated(&house.pool.confirm(who, 4, &column[2]).await.unwrap());
                house.pool.close(who).await.unwrap();
                ask(&house.pool, send_back(who, (60, 120))).await.unwrap();
            }
        }
        if round == 2 {
            crate::withholdings::end(&house.pool, &crate::house::new_uuid(), &withheld)
                .await
                .unwrap();
        }
        house.pool.resolve(house.application(), 1).await.unwrap();
        house.restart().await;
    }
    house.wait(16 * 3_600);
    house.pool.app.reveal_day_keys().await.unwrap();

    let request = pb::GetDrawDayRequest {
        office: OFFICE.to_owned(),
        day: DAY.to_owned(),
    };
    let day = house
        .pool
        .publication()
        .get_draw_day(tonic::Request::new(request))
        .await
        .unwrap();
    let day = day.into_inner();
    let rows = house
        .pool
        .app
        .rows_of(office(), date(2026, 11, 22))
        .await
        .unwrap();
    assert!(rows.len() > 60);
    let key: [u8; 32] = hex::decode(&day.key).unwrap().try_into().unwrap();
    let replay = |key| {
        let codes = office().codes.iter().copied().collect();
        let limits = Limits {
            import: 20_000,
            ..Limits::default()
        };
        let mut replay = Replay::new(
            Office {
                id: office().id,
                codes,
            },
            limits,
        );
        let public_value = day.public_value.clone().into_bytes();
        replay
            .reveal(Day {
                date: date(2026, 11, 22),
                key: DayKey(key),
                public_value,
            })
            .unwrap();
        let result = rows.iter().try_for_each(|row| replay.apply(row));
        result.map(|()| replay)
    };
    let replayed = replay(key).unwrap().state_at(house.clock.now());
    assert_eq!(replayed.snapshot(), house.pool.memory().await.snapshot());
    assert!(replay([1; 32]).is_err());
    crate::stranger::derives_the_day(&house).await;
    crate::stranger::the_pool_carries_it_out_again(&house).await;
}

/// E6: strangers get the log of a day only once its key is revealed, in pages, in canonical JSON, and
/// without what tells of persons. When a number comes back is withheld until it has.
#[tokio::test(flavor = "multi_thread")]
async fn e6_the_public_log_is_told_after_the_day() {
    let house = House::opened("D000A").await;
    let who = house.application();
    let taken = house.pool.compose(who, 1, &["粤G1000A"]).await.unwrap();
    house.pool.close(who).await.unwrap();
    ask(&house.pool, send_back(who, (200_000, 200_000)))
        .await
        .unwrap();
    let drawn = house.pool.draw(house.application(), 1, 2).await.unwrap();
    let page = |token: String, page_size| {
        let (office, day) = (OFFICE.to_owned(), DAY.to_owned());
        let request = pb::ListDrawLogRequest {
            office,
            day,
            page_size,
            page_token: token,
        };
        let publication = house.pool.publication();
        async move {
            let told = publication
                .list_draw_log(tonic::Request::new(request))
                .await;
            told.map(tonic::Response::into_inner)
        }
    };
    assert_eq!(refused(page(String::new(), 0).await), Reason::NotFound);
    house.wait(16 * 3_600);
    house.pool.app.reveal_day_keys().await.unwrap();

    let all = page(String::new(), 0).await.unwrap();
    let kinds: Vec<_> = all
        .entries
        .iter()
        .map(|entry| entry.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        ["release", "compose", "close", "lapse", "return", "draw"]
    );
    assert!(all.next_page_token.is_empty());
    let (mut token, mut paged) = (String::new(), Vec::new());
    loop {
        let next = page(token, 4).await.unwrap();
        paged.extend(next.entries);
        token = next.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all.entries);
    assert_eq!(
        refused(page("x".to_owned(), 4).await),
        Reason::PageTokenInvalid
    );

    let compose = &all.entries[1];
    assert_eq!((compose.epoch, compose.seq), (taken.epoch, taken.seq));
    assert_eq!(compose.application_id, who.to_string());
    assert_eq!(
        compose.content,
        r#"{"input":{"wishes":["02 粤G1000A"]},"outcome":{"is":"allocated","plate":"02 粤G1000A"},"set":{}}"#
    );
    assert_eq!(
        all.entries[4].content,
        r#"{"input":{"available_at":"withheld","plate":"02 粤G1000A","random_only_until":"withheld"},"outcome":{"is":"returning"},"set":{}}"#
    );
    for plate in &held(&drawn).column {
        assert!(all.entries[5].content.contains(plate));
    }
    house.wait(200_000);
    let later = page(String::new(), 0).await.unwrap();
    assert!(
        !later.entries[4]
            .content
            .contains(r#""available_at":"withheld""#)
    );
}

/// E7: a row is the application's whole set, not a difference.
#[tokio::test(flavor = "multi_thread")]
async fn e7_a_row_is_the_whole_set() {
    let house = House::opened("D000A").await;
    let who = house.application();
    let column = held(&house.pool.draw(who, 1, 4).await.unwrap())
        .column
        .clone();
    house.pool.keep(who, 2, &column[3]).await.unwrap();
    house.pool.give_up(who, 3).await.unwrap();
    let rows = house
        .rows(format!(
            "SELECT cardinality(column_plates), cardinality(basket_plates), column_chosen,
                    column_until > decided_at FROM pool_log_readable WHERE application = '{who}' ORDER BY seq"
        ))
        .await;
    let row = |index: usize| {
        let row = &rows[index];
        (
            row.get::<Option<i32>, _>(0),
            row.get::<Option<i32>, _>(1),
            row.get::<Option<bool>, _>(2),
        )
    };
    assert_eq!(row(0), (Some(4), None, Some(false)));
    assert_eq!(row(1), (Some(3), Some(1), Some(true)));
    assert_eq!(row(2), (None, None, None));
}

/// The log has its partitions ahead, of the civil days of Asia/Shanghai, and goes on over midnight.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_a_partition_for_each_day() {
    let house = House::opened("D000A").await;
    let partitions = "pg_inherits WHERE inhparent = 'pool_log'::regclass";
    assert_eq!(house.count(partitions).await, 9);
    house
        .pool
        .compose(house.application(), 1, &["粤G1000A"])
        .await
        .unwrap();
    house.wait(15 * 3_600);
    house
        .pool
        .compose(house.application(), 1, &["粤G2000A"])
        .await
        .unwrap();
    assert_eq!(
        house
            .count("pool_log_20261122 WHERE kind = 'compose'")
            .await,
        1
    );
    assert_eq!(
        house
            .count("pool_log_20261123 WHERE kind = 'compose'")
            .await,
        1
    );
    house.pool.app.extend_log().await.unwrap();
    house.pool.app.extend_log().await.unwrap();
    assert_eq!(house.count(partitions).await, 10);
}
