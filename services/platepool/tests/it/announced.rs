//! Announced openings (R-POOL-02, R-POOL-03, R-POOL-04).

use std::time::Duration;

use jiff::Timestamp;
use sqlx::Row;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::outcome::Result as Became;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminService;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use crate::house::{DAY, House, OFFICE, by_operator, held, new_uuid, refused};

fn is_none_free(outcome: &pb::Outcome) -> bool {
    matches!(outcome.result, Some(Became::NoneFree(_)))
}

/// R-POOL-04: a batch opens to the second: at `opens_at` − 1 s nothing can be drawn or composed, at
/// `opens_at` + 0 s it can, whether the writer is the one that announced it, was restarted, or is
/// another process that took the office over.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_opens_to_the_second() {
    for writer in ["same", "restarted", "another"] {
        let mut house = House::new().await;
        house.pool.open_day(DAY).await;
        let batch = house.pool.prepare(&["D000A"]).await;
        let opens_at = house.in_seconds(600);
        let told = house
            .pool
            .announce(&batch, opens_at)
            .await
            .unwrap()
            .batch
            .unwrap();
        assert_eq!(told.state(), pb::BatchState::Announced);
        assert_eq!(told.opens_at, Some(timestamp(opens_at)));
        assert_eq!(told.segments[0].life(), pb::SegmentLife::Unreleased);
        assert!(told.released_at.is_none());
        let (one, two) = (house.application(), house.application());
        house.wait(599);
        let early = house.pool.draw(one, 1, 3).await.unwrap();
        assert!(is_none_free(&early), "{writer}: {early:?}");
        let missed = house.pool.compose(two, 1, &["粤G1000A"]).await.unwrap();
        assert!(matches!(missed.result, Some(Became::AllMissed(_))));
        match writer {
            "restarted" => house.restart().await,
            "another" => {
                house.pool.app.stop().await.unwrap();
                house.pool = house.another().await;
            }
            _ => {}
        }
        house.clock.set(opens_at);
        let drawn = house.pool.draw(one, 2, 3).await.unwrap();
        assert_eq!(drawn.decided_at, Some(timestamp(opens_at)), "{writer}");
        assert_eq!(held(&drawn).column.len(), 3);
        assert_eq!(house.count("pool_log WHERE kind = 'release'").await, 1);
        let page = house.pool.page().await;
        assert_eq!(page.batches[0].state(), pb::BatchState::Released);
        assert!(page.openings.is_empty());
    }
}

/// An order that was interrupted is carried out by the job, in time or late; the fact that a batch
/// opened is published once, when it has.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_announcement_is_carried_out() {
    let mut house = House::new().await;
    house.pool.open_day(DAY).await;
    let batch = house.pool.prepare(&["D000A"]).await;
    let opens_at = house.in_seconds(600);
    house.pool.holding(house.application()).await.unwrap();
    house.depose().await;
    let lost = house.pool.announce(&batch, opens_at).await;
    assert_eq!(refused(lost), Reason::NotOwner);
    assert_eq!(house.count("pool_log WHERE kind = 'release'").await, 0);
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    house.restart().await;
    house.pool.app.finish_orders().await.unwrap();
    assert_eq!(house.count("pool_log WHERE kind = 'release'").await, 1);
    house.pool.app.tell_openings().await.unwrap();
    assert_eq!(house.count("outbox").await, 0, "it is not open");
    house.clock.set(opens_at);
    for _ in 0..2 {
        house.pool.app.tell_openings().await.unwrap();
        assert_eq!(house.count("outbox WHERE kind = 'batch.released'").await, 1);
    }
    assert!(!is_none_free(
        &house.pool.draw(house.application(), 1, 3).await.unwrap()
    ));
}

/// An order that is carried out only after its time opens at once, and is told once.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_order_opens_at_once() {
    let mut house = House::new().await;
    house.pool.open_day(DAY).await;
    let batch = house.pool.prepare(&["D000A"]).await;
    house.pool.holding(house.application()).await.unwrap();
    house.depose().await;
    let lost = house.pool.announce(&batch, house.in_seconds(600)).await;
    assert_eq!(refused(lost), Reason::NotOwner);
    house.wait(700);
    house
        .execute("DELETE FROM pool_owners WHERE owner = 'somebody'")
        .await;
    house.restart().await;
    assert!(
        house.pool.page().await.batches.is_empty(),
        "nobody opened it"
    );
    house.pool.app.finish_orders().await.unwrap();
    house.pool.app.tell_openings().await.unwrap();
    assert_eq!(house.count("outbox WHERE kind = 'batch.released'").await, 1);
    let drawn = house.pool.draw(house.application(), 1, 3).await.unwrap();
    assert!(!is_none_free(&drawn));
    assert_eq!(house.pool.page().await.batches.len(), 1);
}

/// R-POOL-02, R-POOL-04: what an office without rules of its own goes by: a batch of a size, and
/// three days' notice. The refusal says what would do.
#[tokio::test(flavor = "multi_thread")]
async fn the_default_rules_want_size_and_notice() {
    let house = House::by_default().await;
    let small = house.pool.add_batch(&["D000A"]).await.unwrap_err();
    let small = Refusal::from_status(&small).unwrap();
    assert_eq!(small.reason(), Reason::BatchTooSmall);
    assert_eq!(small.params()["min"], "1000");
    let batch = house.pool.prepare(&["DDDDA"]).await;
    let at_once = house.pool.release_batch(&batch).await.unwrap_err();
    let at_once = Refusal::from_status(&at_once).unwrap();
    assert_eq!(at_once.reason(), Reason::NoticeTooShort);
    let earliest = house.in_seconds(72 * 3_600);
    let told: Timestamp = at_once.params()["earliest"].parse().unwrap();
    assert_eq!(told, earliest);
    let early = house
        .pool
        .announce(&batch, earliest - Duration::from_secs(1))
        .await;
    assert_eq!(refused(early), Reason::NoticeTooShort);
    let year_one = Timestamp::from_second(-60_000_000_000).unwrap();
    assert_eq!(
        refused(house.pool.announce(&batch, year_one).await),
        Reason::FieldInvalid
    );
    assert_eq!(house.count("openings").await, 0);
    house.pool.announce(&batch, earliest).await.unwrap();
    assert_eq!(
        refused(house.pool.announce(&batch, earliest).await),
        Reason::AlreadyReleased
    );
    let rows = house
        .rows("SELECT kind FROM pool_log ORDER BY epoch, seq")
        .await;
    let kinds: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        kinds,
        ["rules", "release"],
        "the preset's composing rules come first"
    );
}

/// R-POOL-04: an announcement is public, with the server's time; taken back with a public reason it
/// stays on the page for a while; the batch can be announced anew. After its time it stands.
#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_is_public_and_can_be_taken_back() {
    let mut house = House::new().await;
    house.pool.open_day(DAY).await;
    let batch = house.pool.prepare(&["D000A"]).await;
    assert_eq!(
        refused(house.pool.withdraw(&batch).await),
        Reason::FieldInvalid
    );
    let opens_at = house.in_seconds(600);
    house.pool.announce(&batch, opens_at).await.unwrap();
    let page = house.pool.page().await;
    assert!(page.batches.is_empty());
    assert_eq!(page.now, Some(timestamp(house.clock.now())));
    let [opening] = &page.openings[..] else {
        panic!("{page:?}")
    };
    assert_eq!(opening.batch_id, batch);
    assert_eq!(opening.opens_at, Some(timestamp(opens_at)));
    assert_eq!(opening.announced_at, Some(timestamp(house.clock.now())));
    assert_eq!(opening.segments[0].mask, "D000A");
    let keys = pb::GetKeyboardRequest {
        office: OFFICE.to_owned(),
        plate_class: xuanhao_proto::common::v1::PlateClass::Small.into(),
        issuing_code: "粤G".to_owned(),
        partial: String::new(),
    };
    let keys = house
        .pool
        .publication()
        .get_keyboard(tonic::Request::new(keys))
        .await;
    assert!(
        keys.unwrap()
            .into_inner()
            .characters
            .iter()
            .all(String::is_empty)
    );

    let request = pb::WithdrawReleaseRequest {
        request_id: new_uuid(),
        batch_id: batch.clone(),
        reason: "号段有误".to_owned(),
    };
    for _ in 0..2 {
        let ask = by_operator(request.clone());
        let told = house.pool.admin().withdraw_release(ask).await.unwrap();
        let told = told.into_inner().batch.unwrap();
        assert_eq!(told.state(), pb::BatchState::Closed);
        assert_eq!(told.withdrawn_reason, "号段有误");
    }
    assert_eq!(house.count("pool_log WHERE kind = 'withdraw'").await, 1);
    let act = "audit_entries WHERE act = 'withdraw_release' AND reason = '号段有误'";
    assert_eq!(house.count(act).await, 1);
    let page = house.pool.page().await;
    assert_eq!(page.openings[0].withdrawn_reason, "号段有误");
    house.restart().await;
    house.clock.set(opens_at);
    let who = house.application();
    assert!(is_none_free(&house.pool.draw(who, 1, 3).await.unwrap()));
    let opens_at = house.in_seconds(600);
    house.pool.announce(&batch, opens_at).await.unwrap();
    assert_eq!(house.pool.page().await.openings.len(), 2);
    house.clock.set(opens_at);
    assert!(!is_none_free(&house.pool.draw(who, 1, 3).await.unwrap()));
    assert_eq!(
        refused(house.pool.withdraw(&batch).await),
        Reason::AlreadyReleased
    );
    house.wait(8 * 86_400);
    assert!(house.pool.page().await.openings.is_empty());
}

/// A request's repeat after the announcement was taken back does not announce again.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_does_not_announce_again() {
    let house = House::new().await;
    let batch = house.pool.prepare(&["D000A"]).await;
    let request = pb::ReleaseBatchRequest {
        request_id: new_uuid(),
        batch_id: batch.clone(),
        reason: "放号公告".to_owned(),
        opens_at: Some(timestamp(house.in_seconds(600))),
    };
    let ask = || house.pool.admin();
    ask()
        .release_batch(by_operator(request.clone()))
        .await
        .unwrap();
    house.pool.withdraw(&batch).await.unwrap();
    let told = ask().release_batch(by_operator(request)).await.unwrap();
    assert_eq!(
        told.into_inner().batch.unwrap().state(),
        pb::BatchState::Closed
    );
    assert_eq!(house.count("pool_log WHERE kind = 'release'").await, 1);
}
