//! The life of segments, and the order in which forms of serials are begun (R-POOL-03, GA 36).

use std::time::Duration;

use sqlx::Row;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use crate::house::{DAY, House, OFFICE, TRIAL, by_operator, new_uuid, start};

/// R-POOL-03: a segment is drawn from for some days, then opens for composing on a day by lot within
/// the window, which is in the log and is told once it has come.
#[tokio::test(flavor = "multi_thread")]
async fn a_segment_is_random_only_for_some_days() {
    let mut house = House::new().await;
    let rules = TRIAL
        .replace("random_only_days: 0", "random_only_days: 7")
        .replace("open_within_days: 0", "open_within_days: 30");
    house.pool.apply_rules(&rules, false).await.unwrap();
    for mask in ["D000A", "D000B", "D000C", "D000E", "D000F", "D000G"] {
        house.pool.release(&[mask]).await;
    }
    let days = "SELECT extract(epoch FROM random_only_until - released_at)::float8 / 86400
                FROM segments";
    let days: Vec<f64> = house
        .rows(days)
        .await
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(
        days.iter().all(|days| (6.99..=37.01).contains(days)),
        "{days:?}"
    );
    let lots: std::collections::BTreeSet<_> = days.iter().map(|days| days.round() as i64).collect();
    assert!(lots.len() > 1, "a lot each: {days:?}");
    let segments = |page: pb::GetPoolResponse| -> Vec<pb::Segment> {
        page.batches
            .into_iter()
            .flat_map(|batch| batch.segments)
            .collect()
    };
    let fresh = segments(house.pool.page().await);
    assert!(
        fresh
            .iter()
            .all(|one| one.life() == pb::SegmentLife::RandomOnly)
    );
    assert!(
        fresh.iter().all(|one| one.open_since.is_none()),
        "the day is not told"
    );
    let wish = |house: &House, op_no| {
        let (pool, who) = (house.pool.clone(), house.application());
        async move {
            let told = pool.compose(who, op_no, &["粤G1000A"]).await.unwrap();
            matches!(told.result, Some(Became::Allocated(_)))
        }
    };
    house.wait(6 * 86_400);
    house.pool.app.extend_log().await.unwrap();
    assert!(!wish(&house, 1).await);
    house.restart().await;
    house.wait(32 * 86_400);
    house.pool.app.extend_log().await.unwrap();
    assert!(wish(&house, 1).await);
    let open = segments(house.pool.page().await);
    assert!(open.iter().all(|one| one.life() == pb::SegmentLife::Open));
    let since: Vec<_> = open
        .iter()
        .map(|one| one.open_since.unwrap().seconds)
        .collect();
    assert!(
        since
            .iter()
            .all(|at| *at >= (start() + Duration::from_secs(7 * 86_400)).as_second())
    );
}

/// E6: the public log of the day does not tell the day by lot before it has come.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_does_not_tell_the_day_by_lot() {
    let house = House::new().await;
    house.pool.open_day(DAY).await;
    let rules = TRIAL.replace("random_only_days: 0", "random_only_days: 7");
    house.pool.apply_rules(&rules, false).await.unwrap();
    house.pool.release(&["D000A"]).await;
    let content = || async {
        let request = pb::ListDrawLogRequest {
            office: OFFICE.to_owned(),
            day: DAY.to_owned(),
            page_size: 0,
            page_token: String::new(),
        };
        let told = house
            .pool
            .publication()
            .list_draw_log(tonic::Request::new(request))
            .await;
        told.unwrap().into_inner().entries[0].content.clone()
    };
    house.wait(86_400);
    house.pool.app.reveal_day_keys().await.unwrap();
    let text = content().await;
    assert!(text.contains(r#""random_only_until":"withheld""#), "{text}");
    house.wait(7 * 86_400);
    let text = content().await;
    assert!(
        text.contains(r#""random_only_until":"2026-11-29T01:00:01"#),
        "{text}"
    );
}

/// GA 36: a form that is begun before enough of the one before it is used is warned of, by code and
/// class; nothing is refused for it, and enough use silences it.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_begun_early_is_warned_of() {
    let house = House::new().await;
    let add = |mask: &'static str| {
        let request = pb::AddBatchRequest {
            request_id: new_uuid(),
            office: OFFICE.to_owned(),
            name: "第一批".to_owned(),
            segments: vec![crate::house::segment(mask)],
            reason: "新号段".to_owned(),
        };
        let admin = house.pool.admin();
        async move {
            admin
                .add_batch(by_operator(request))
                .await
                .unwrap()
                .into_inner()
        }
    };
    let first = add("0DDDD").await;
    assert!(
        first.warnings.is_empty(),
        "the first form may always be begun"
    );
    let second = add("A00DD").await;
    let [warning] = &second.warnings[..] else {
        panic!("{second:?}")
    };
    assert_eq!(warning.warning, "activation_below_share");
    let parameter = |name: &str| warning.parameters[name].as_str();
    assert_eq!(
        (
            parameter("form"),
            parameter("before"),
            parameter("share"),
            parameter("needed")
        ),
        ("LDDDD", "DDDDD", "0", "60")
    );
    let batch = second.batch.unwrap().batch_id;
    house.pool.close_import(&batch, 0).await.unwrap();
    let released = house
        .pool
        .announce(&batch, house.in_seconds(60))
        .await
        .unwrap();
    assert_eq!(released.warnings, second.warnings);
    let used = first.batch.unwrap().batch_id;
    let plates: Vec<String> = (0..1_000).map(|n| format!("粤G0{n:04}")).collect();
    let plates: Vec<&str> = plates.iter().map(String::as_str).collect();
    crate::imports::import(&house.pool, &used, 0, &plates)
        .await
        .unwrap();
    let rules = TRIAL.replace("share_percent: 60", "share_percent: 1");
    house.pool.apply_rules(&rules, false).await.unwrap();
    assert!(
        add("B00DD").await.warnings.is_empty(),
        "one percent is used"
    );
}
