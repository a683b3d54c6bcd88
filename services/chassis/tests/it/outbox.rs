//! The outbox and its relay.

use std::collections::HashSet;
use std::time::Duration;

use async_nats::jetstream::stream::Config;
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::bus::{Bus, StreamSpec, stream_of};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::ids::EventId;
use xuanhao_chassis::jobs::{Deposed, Progress, Retention, RetentionConfig};
use xuanhao_chassis::outbox::{self, Relay};
use xuanhao_testkit::{TestBus, wait_until};

use crate::data::{Data, LIMIT, data, number, run, run_in};

const SERVICE: &str = "selection";
const FACT: &str = "selection.confirmed";

async fn relay(data: &Data, nats: &TestBus) -> Relay {
    let bus = Bus::over(nats.client().await);
    Relay::new(SERVICE, data.db.clone(), data.clock.clone(), bus)
}

async fn with_stream(nats: &TestBus) {
    let bus = Bus::over(nats.client().await);
    bus.apply_streams(&[StreamSpec::of_service(SERVICE, 1)])
        .await
        .unwrap();
}

async fn messages(nats: &TestBus) -> u64 {
    let mut stream = nats
        .jetstream()
        .await
        .get_stream(stream_of(SERVICE))
        .await
        .unwrap();
    stream.info().await.unwrap().state.messages
}

async fn published(data: &Data) -> i64 {
    let published = "SELECT count(*) FROM outbox WHERE published_at IS NOT NULL";
    number(data.db.pool(), published).await
}

async fn positioned(data: &Data) -> i64 {
    number(
        data.db.pool(),
        "SELECT count(*) FROM outbox WHERE position IS NOT NULL",
    )
    .await
}

#[tokio::test]
async fn a_fact_is_there_exactly_when_its_transaction_commits() {
    let (data, nats) = (data().await, TestBus::new().await);
    let (kept, lost) = (data.event(FACT), data.event(FACT));
    data.append(&kept).await;
    let undone: Result<(), db::Error> = data
        .db
        .run_tx("test.undo", async |tx: &mut Tx| {
            outbox::append(tx, &lost).await?;
            Err(db::Error::Affected {
                wanted: 1,
                found: 0,
            })
        })
        .await;
    undone.unwrap_err();
    relay(&data, &nats)
        .await
        .begin()
        .await
        .unwrap()
        .unwrap()
        .assign_positions()
        .await
        .unwrap();
    let entries = outbox::read_from(data.db.pool(), 0, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].position, &entries[0].event), (1, &kept));
}

#[tokio::test]
async fn a_fact_that_could_not_be_published_is_refused_at_once() {
    let data = data().await;
    let event = outbox::Event {
        province: "*".to_owned(),
        ..data.event(FACT)
    };
    let refused: Result<(), db::Error> = data
        .db
        .run_tx("test.append", async |tx: &mut Tx| {
            outbox::append(tx, &event).await
        })
        .await;
    assert!(matches!(refused, Err(db::Error::Corrupt { .. })));
}

#[tokio::test]
async fn the_table_keeps_out_what_no_subject_can_carry() {
    let data = data().await;
    for (kind, province, office) in [
        ("plate", "gd", "NULL"),
        ("plate.allocated.twice", "gd", "NULL"),
        ("plate.allocated", "广东", "NULL"),
        ("plate.allocated", "gd", "'*'"),
        ("plate.allocated", "gd", "'_'"),
    ] {
        let insert = format!(
            "INSERT INTO outbox (event_id, kind, province, office, aggregate_kind, aggregate_id,
                                 version, occurred_at, payload)
            VALUES ('{}', '{kind}', '{province}', {office}, 'plate', '1', 1, '2026-11-22', '')",
            data.ids.next::<xuanhao_chassis::ids::kind::Event>()
        );
        let inserted: Result<(), db::Error> = data
            .db
            .run_tx("test.insert", async |tx: &mut Tx| run_in(tx, &insert).await)
            .await;
        assert!(inserted.is_err(), "{insert}");
    }
}

#[tokio::test]
async fn a_published_fact_carries_its_identity_and_its_trace() {
    let (data, nats) = (data().await, TestBus::new().await);
    with_stream(&nats).await;
    let event = data.event(FACT);
    data.append(&event).await;
    run(data.db.pool(), "UPDATE outbox SET trace = '00-trace-01'").await;
    let tenure = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    assert_eq!(tenure.turn().await.unwrap(), Progress::Idle);
    let stream = nats
        .jetstream()
        .await
        .get_stream(stream_of(SERVICE))
        .await
        .unwrap();
    let message = stream.get_raw_message(1).await.unwrap();
    assert_eq!(
        message.subject.as_str(),
        "xuanhao.selection.v1.selection.confirmed.gd.gd-zhanjiang"
    );
    let id = message.headers.get("Nats-Msg-Id").unwrap();
    assert_eq!(id.as_str(), event.id.to_string());
    let envelope = <xuanhao_chassis::bus::Envelope as prost::Message>::decode(message.payload);
    let envelope = envelope.unwrap();
    assert_eq!(envelope.event_id().unwrap(), event.id);
    assert_eq!(envelope.r#type, "selection.v1.selection.confirmed");
    assert_eq!(envelope.occurred_at().unwrap(), event.occurred_at);
    assert_eq!(envelope.trace, "00-trace-01");
    assert_eq!(envelope.data, event.payload);
}

/// R1: a relay that was deposed without noticing is refused by the epoch; its positions do not
/// become visible.
#[tokio::test]
async fn r1_a_deposed_relays_positions_are_refused() {
    let (data, nats) = (data().await, TestBus::new().await);
    let (old, new) = (relay(&data, &nats).await, relay(&data, &nats).await);
    let old = old.begin().await.unwrap().unwrap();
    assert!(new.begin().await.unwrap().is_none(), "one relay at a time");
    data.clock.advance(Duration::from_secs(11));
    let new = new.begin().await.unwrap().unwrap();
    data.append(&data.event(FACT)).await;
    assert!(matches!(
        old.assign_positions().await,
        Err(Deposed::TakenOver)
    ));
    assert_eq!(positioned(&data).await, 0);
    assert_eq!(new.assign_positions().await.unwrap(), 1);
}

/// R1: while relays depose each other all the time, a reader by position never sees a position
/// below one it has already seen, and so misses nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_positions_become_visible_in_order_under_competing_relays() {
    const WRITERS: usize = 4;
    const FACTS: usize = 60;
    let (data, nats) = (data().await, TestBus::new().await);
    let (relay_a, relay_b) = (relay(&data, &nats).await, relay(&data, &nats).await);
    let stop = CancellationToken::new();
    let competing = async |relay: Relay| {
        let (mut reigns, mut deposed) = (0, 0);
        while !stop.is_cancelled() {
            let Some(tenure) = relay.begin().await.unwrap() else {
                // The other one's time is up.
                data.clock.advance(Duration::from_secs(11));
                continue;
            };
            reigns += 1;
            for _ in 0..3 {
                match tenure.assign_positions().await {
                    Ok(_) => {}
                    Err(Deposed::TakenOver) => {
                        deposed += 1;
                        break;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        (reigns, deposed)
    };
    let writing = async {
        let write = async |_| {
            for _ in 0..FACTS {
                data.append(&data.event(FACT)).await;
            }
        };
        futures::future::join_all((0..WRITERS).map(write)).await;
    };
    let reading = async {
        let (mut cursor, mut seen) = (0, HashSet::new());
        while seen.len() < WRITERS * FACTS {
            for entry in outbox::read_from(data.db.pool(), cursor, 7).await.unwrap() {
                assert!(entry.position > cursor);
                cursor = entry.position;
                assert!(seen.insert(entry.event.id));
            }
        }
        stop.cancel();
        cursor
    };
    let all = async { tokio::join!(competing(relay_a), competing(relay_b), writing, reading) };
    let ((a, a_deposed), (b, b_deposed), _, last) = tokio::time::timeout(LIMIT * 3, all)
        .await
        .expect("a fact was missed");
    assert_eq!(
        last,
        i64::try_from(WRITERS * FACTS).unwrap(),
        "positions have no gaps"
    );
    assert!(a > 1 && b > 1, "both relayed");
    assert!(
        a_deposed + b_deposed > 0,
        "one was deposed while it relayed"
    );
}

/// R1: a relay that crashed between publishing and marking publishes the same message again, which
/// JetStream recognises.
#[tokio::test]
async fn r1_publishing_again_after_a_crash_makes_no_second_message() {
    let (data, nats) = (data().await, TestBus::new().await);
    with_stream(&nats).await;
    for _ in 0..5 {
        data.append(&data.event(FACT)).await;
    }
    let crashed = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    crashed.turn().await.unwrap();
    run(data.db.pool(), "UPDATE outbox SET published_at = NULL").await;
    data.clock.advance(Duration::from_secs(11));
    let next = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    assert_eq!(next.publish().await.unwrap(), 5);
    assert_eq!(messages(&nats).await, 5);
    assert_eq!(published(&data).await, 5);
}

#[tokio::test]
async fn facts_wait_while_there_is_no_stream() {
    let (data, nats) = (data().await, TestBus::new().await);
    data.append(&data.event(FACT)).await;
    let tenure = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    tenure.turn().await.unwrap_err();
    assert_eq!((positioned(&data).await, published(&data).await), (1, 0));
    with_stream(&nats).await;
    tenure.turn().await.unwrap();
    assert_eq!((messages(&nats).await, published(&data).await), (1, 1));
}

#[tokio::test]
async fn what_was_acknowledged_is_marked_although_another_was_not() {
    let (data, nats) = (data().await, TestBus::new().await);
    // A stream for one of two facts only.
    let config = Config {
        name: "half".to_owned(),
        subjects: vec!["xuanhao.selection.v1.selection.confirmed.>".to_owned()],
        ..Config::default()
    };
    nats.jetstream().await.create_stream(config).await.unwrap();
    data.append(&data.event("selection.voided")).await;
    data.append(&data.event(FACT)).await;
    let tenure = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    tenure.turn().await.unwrap_err();
    assert_eq!(published(&data).await, 1);
}

#[tokio::test]
async fn a_running_relay_publishes_what_is_committed_and_gives_its_lease_back() {
    let (data, nats) = (data().await, TestBus::new().await);
    with_stream(&nats).await;
    let stop = CancellationToken::new();
    let running = relay(&data, &nats).await.run(stop.clone());
    let using = async {
        for n in 1..=3 {
            data.append(&data.event(FACT)).await;
            wait_until(LIMIT, || async { published(&data).await == n }).await;
        }
        stop.cancel();
    };
    tokio::join!(running, using);
    assert_eq!(messages(&nats).await, 3);
    let next = relay(&data, &nats).await.begin().await.unwrap();
    assert!(next.is_some(), "nobody has to wait for the lease to expire");
}

#[tokio::test]
async fn a_committed_fact_wakes_the_relay_and_an_undone_one_does_not() {
    let data = data().await;
    let raised = data.db.outbox_signal().raised();
    let undone: Result<(), db::Error> = data
        .db
        .run_tx("test.undo", async |tx: &mut Tx| {
            outbox::append(tx, &data.event(FACT)).await?;
            Err(db::Error::Affected {
                wanted: 1,
                found: 0,
            })
        })
        .await;
    undone.unwrap_err();
    tokio::pin!(raised);
    let early = tokio::time::timeout(Duration::from_millis(50), &mut raised).await;
    assert!(early.is_err());
    data.append(&data.event(FACT)).await;
    tokio::time::timeout(LIMIT, raised).await.unwrap();
}

#[tokio::test]
async fn only_published_facts_grow_old_and_their_positions_never_return() {
    let (data, nats) = (data().await, TestBus::new().await);
    with_stream(&nats).await;
    data.append(&data.event(FACT)).await;
    let tenure = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    tenure.turn().await.unwrap();
    let waiting: EventId = {
        let event = data.event(FACT);
        data.append(&event).await;
        event.id
    };
    let config = RetentionConfig {
        outbox_days: 7,
        ..RetentionConfig::default()
    };
    let retention = Retention::new(data.db.clone(), data.clock.clone(), config);
    data.clock.advance(Duration::from_secs(6 * 24 * 3600));
    retention.sweep().await.unwrap();
    assert_eq!(
        number(data.db.pool(), "SELECT count(*) FROM outbox").await,
        2
    );
    data.clock.advance(Duration::from_secs(2 * 24 * 3600));
    retention.sweep().await.unwrap();
    assert_eq!(
        number(data.db.pool(), "SELECT count(*) FROM outbox").await,
        1
    );
    let tenure = relay(&data, &nats).await.begin().await.unwrap().unwrap();
    tenure.assign_positions().await.unwrap();
    let entries = outbox::read_from(data.db.pool(), 0, 10).await.unwrap();
    assert_eq!((entries[0].position, entries[0].event.id), (2, waiting));
}
