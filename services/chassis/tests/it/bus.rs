//! Streams and consumers.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use prost::Message;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::bus::{
    Bus, BusConfig, Change, Consumer, Envelope, Error, Handled, Handler, StreamSpec, Subject,
};
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::jobs::{Retention, RetentionConfig};
use xuanhao_chassis::outbox::Relay;
use xuanhao_testkit::{
    NatsAccess, NatsSecret, NatsUser, TestBus, own_nats_with, own_postgres, temp_dir, wait_until,
};

use crate::data::{Count, Data, LIMIT, data, number, on, run_in};

const SERVICE: &str = "platepool";
const FACT: &str = "plate.allocated";
const CONSUMER: &str = "selection-plate-allocated";

/// Boxed, because connecting is a large future and tests hold many.
async fn jetstream(nats: &TestBus) -> async_nats::jetstream::Context {
    Box::pin(nats.jetstream()).await
}

async fn bus(nats: &TestBus) -> Bus {
    Bus::over(Box::pin(nats.client()).await)
}

async fn stream(nats: &TestBus) {
    // A window this short makes repeats visible that are usually dropped.
    let spec = StreamSpec {
        duplicate_window: Duration::from_millis(100),
        ..StreamSpec::of_service(SERVICE, 1)
    };
    bus(nats).await.apply_streams(&[spec]).await.unwrap();
}

fn envelope(data: &Data, aggregate: &str) -> Envelope {
    Envelope {
        id: data
            .ids
            .next::<xuanhao_chassis::ids::kind::Event>()
            .to_string(),
        r#type: format!("{SERVICE}.v1.{FACT}"),
        aggregate_id: aggregate.to_owned(),
        ..Envelope::default()
    }
}

async fn publish(nats: &TestBus, message_id: &str, bytes: Vec<u8>) {
    let subject = Subject::new(SERVICE, FACT, "gd", None).unwrap().to_string();
    let message = PublishMessage::build()
        .message_id(message_id)
        .payload(bytes.into());
    let jetstream = jetstream(nats).await;
    let acknowledged = jetstream.send_publish(subject, message).await.unwrap();
    assert!(!acknowledged.await.unwrap().duplicate);
}

async fn publish_fact(data: &Data, nats: &TestBus, aggregate: &str) {
    let envelope = envelope(data, aggregate);
    publish(nats, &envelope.id, envelope.encode_to_vec()).await;
}

/// Adds a thing for each fact, and misbehaves where the aggregate's id says so.
#[derive(Default)]
struct Adding {
    started: Arc<Notify>,
    retries: Count,
}

impl Handler for Adding {
    type Error = db::Error;

    async fn handle(&self, tx: &mut Tx, envelope: &Envelope) -> Result<Handled, db::Error> {
        let name = &envelope.aggregate_id;
        run_in(tx, &format!("INSERT INTO things VALUES ('{name}', 1)")).await?;
        self.started.notify_one();
        match name.as_str() {
            "reject" => Ok(Handled::Reject("it can never be".to_owned())),
            "panic" => panic!("a handler may be wrong"),
            "fail" => Err(db::Error::Affected {
                wanted: 1,
                found: 0,
            }),
            "hang" => std::future::pending().await,
            "slow" => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Ok(Handled::Done)
            }
            "busy" if self.retries.next() == 1 => {
                let cancelled = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57014'; END $$";
                run_in(tx, cancelled).await.map(|()| Handled::Done)
            }
            "later" if self.retries.next() == 1 => Ok(Handled::Retry(Duration::from_millis(50))),
            _ => Ok(Handled::Done),
        }
    }
}

fn consumer() -> Consumer {
    Consumer::new(CONSUMER, SERVICE, &[FACT])
}

/// Runs the consumer while `using` it.
async fn consume<T>(
    data: &Data,
    nats: &TestBus,
    consumer: Consumer,
    using: impl Future<Output = T>,
) -> T {
    let stop = CancellationToken::new();
    let bus = bus(nats).await;
    let (db, clock) = (data.db.clone(), data.clock.clone());
    let running = consumer.run(bus, db, clock, Adding::default(), stop.clone());
    let using = async {
        let used = using.await;
        stop.cancel();
        used
    };
    tokio::join!(running, using).1
}

async fn dead_letters(data: &Data) -> i64 {
    number(data.db.pool(), "SELECT count(*) FROM dead_letters").await
}

#[tokio::test]
async fn streams_become_what_their_specs_say() {
    let nats = TestBus::new().await;
    let bus = bus(&nats).await;
    let spec = StreamSpec::of_service(SERVICE, 1);
    let change = async |spec: &StreamSpec| {
        let applied = bus.apply_streams(std::slice::from_ref(spec)).await.unwrap();
        assert_eq!(applied[0].stream, "xuanhao-platepool");
        applied.into_iter().next().unwrap().change
    };
    assert_eq!(change(&spec).await, Change::Created);
    assert_eq!(change(&spec).await, Change::Unchanged);
    let longer = StreamSpec {
        max_age: spec.max_age * 2,
        max_bytes: Some(1 << 20),
        ..spec.clone()
    };
    assert_eq!(
        change(&longer).await,
        Change::Updated(vec!["max_age", "max_bytes"])
    );
    assert_eq!(change(&longer).await, Change::Unchanged);
}

/// R1: a fact that is delivered again, under whatever message, has its effect once.
#[tokio::test]
async fn r1_duplicates_are_harmless() {
    let (data, nats) = (data().await, TestBus::new().await);
    stream(&nats).await;
    let twice = envelope(&data, "twice");
    publish(&nats, "first", twice.encode_to_vec()).await;
    publish(&nats, "second", twice.encode_to_vec()).await;
    publish_fact(&data, &nats, "once").await;
    let acknowledged = async {
        let jetstream = jetstream(&nats).await;
        let stream = jetstream.get_stream("xuanhao-platepool").await.unwrap();
        wait_until(LIMIT, || async {
            let info = stream.consumer_info(CONSUMER).await;
            info.is_ok_and(|info| info.ack_floor.stream_sequence == 3)
        })
        .await;
    };
    consume(&data, &nats, consumer(), acknowledged).await;
    // The second effect of one fact would have violated the table's key and become a dead letter.
    assert_eq!((data.things().await, dead_letters(&data).await), (2, 0));
}

#[tokio::test]
async fn poison_is_put_aside_and_its_neighbours_have_their_effect() {
    let (data, nats) = (data().await, TestBus::new().await);
    stream(&nats).await;
    for aggregate in ["a", "reject", "b", "panic", "c", "fail", "d", "hang", "e"] {
        publish_fact(&data, &nats, aggregate).await;
    }
    publish(&nats, "garbage", b"\xff\xff\xff".to_vec()).await;
    publish_fact(&data, &nats, "f").await;
    // One at a time: whatever blocks, blocks all.
    let strict = consumer()
        .concurrency(1)
        .max_deliveries(2)
        .handling_limit(Duration::from_millis(400));
    consume(&data, &nats, strict, async {
        wait_until(LIMIT, || async {
            data.things().await == 6 && dead_letters(&data).await == 5
        })
        .await;
    })
    .await;
    let because = async |reason: &str, deliveries: i64| {
        let sql = format!(
            "SELECT count(*) FROM dead_letters
            WHERE reason LIKE '{reason}%' AND deliveries = {deliveries}"
        );
        number(data.db.pool(), &sql).await
    };
    assert_eq!(because("it can never be", 1).await, 1);
    assert_eq!(because("the handler panicked", 2).await, 1);
    assert_eq!(because("handling failed", 2).await, 1);
    assert_eq!(because("handling took too long", 2).await, 1);
    assert_eq!(
        because("the envelope of an event cannot be read", 1).await,
        1
    );
}

#[tokio::test]
async fn a_fact_can_be_handled_later() {
    let (data, nats) = (data().await, TestBus::new().await);
    stream(&nats).await;
    publish_fact(&data, &nats, "later").await;
    consume(&data, &nats, consumer(), async {
        wait_until(LIMIT, || async { data.things().await == 1 }).await;
    })
    .await;
    assert_eq!(dead_letters(&data).await, 0);
}

#[tokio::test]
async fn a_fault_of_the_database_never_puts_a_fact_aside() {
    let (data, nats) = (data().await, TestBus::new().await);
    stream(&nats).await;
    publish_fact(&data, &nats, "busy").await;
    consume(&data, &nats, consumer().max_deliveries(1), async {
        wait_until(LIMIT, || async { data.things().await == 1 }).await;
    })
    .await;
    assert_eq!(dead_letters(&data).await, 0);
}

#[tokio::test]
async fn a_consumer_waits_for_its_stream() {
    let (data, nats) = (data().await, TestBus::new().await);
    consume(&data, &nats, consumer(), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stream(&nats).await;
        publish_fact(&data, &nats, "a").await;
        wait_until(LIMIT, || async { data.things().await == 1 }).await;
    })
    .await;
}

#[tokio::test]
async fn facts_in_hand_are_finished_at_the_stop() {
    let (data, nats) = (data().await, TestBus::new().await);
    stream(&nats).await;
    publish_fact(&data, &nats, "slow").await;
    let adding = Adding::default();
    let (stop, started) = (CancellationToken::new(), Arc::clone(&adding.started));
    let bus = bus(&nats).await;
    let running = consumer().run(
        bus,
        data.db.clone(),
        data.clock.clone(),
        adding,
        stop.clone(),
    );
    tokio::join!(running, async {
        started.notified().await;
        stop.cancel();
    });
    assert_eq!(data.things().await, 1);
}

#[tokio::test]
async fn fault_facts_survive_an_absent_database() {
    let base = db::migrations(&sqlx::migrate::Migrator::with_migrations(Vec::new()));
    let mut server = tokio::task::spawn_blocking(own_postgres).await.unwrap();
    let data = on(server.database(&base).await).await;
    let nats = TestBus::new().await;
    stream(&nats).await;
    let impatient = consumer().max_deliveries(1);
    consume(&data, &nats, impatient, async {
        publish_fact(&data, &nats, "before").await;
        wait_until(LIMIT, || async { data.things().await == 1 }).await;
        server.stop().unwrap();
        publish_fact(&data, &nats, "while").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.restart().unwrap();
        wait_until(LIMIT * 2, || async { data.things().await == 2 }).await;
    })
    .await;
    assert_eq!(dead_letters(&data).await, 0);
}

#[tokio::test]
async fn consumed_facts_and_dead_letters_are_forgotten_in_time() {
    let (data, nats) = (data().await, TestBus::new().await);
    stream(&nats).await;
    publish_fact(&data, &nats, "a").await;
    publish_fact(&data, &nats, "reject").await;
    consume(&data, &nats, consumer(), async {
        wait_until(LIMIT, || async {
            data.things().await == 1 && dead_letters(&data).await == 1
        })
        .await;
    })
    .await;
    let retention = Retention::new(
        data.db.clone(),
        data.clock.clone(),
        RetentionConfig::default(),
    );
    let inbox = async || number(data.db.pool(), "SELECT count(*) FROM inbox").await;
    let day = Duration::from_secs(24 * 3600);
    data.clock.advance(day * 29);
    retention.sweep().await.unwrap();
    assert_eq!((inbox().await, dead_letters(&data).await), (1, 1));
    data.clock.advance(day * 2);
    retention.sweep().await.unwrap();
    assert_eq!((inbox().await, dead_letters(&data).await), (0, 1));
    data.clock.advance(day * 150);
    retention.sweep().await.unwrap();
    assert_eq!(dead_letters(&data).await, 0);
}

#[tokio::test]
async fn a_bus_starts_before_its_server_and_refuses_secrets_in_its_configuration() {
    let absent = BusConfig::at("nats://127.0.0.1:1");
    let bus = Bus::connect("test", &absent).await.unwrap();
    assert!(!bus.is_connected());
    let leaky = BusConfig::at("nats://me:secret@127.0.0.1:1");
    assert!(matches!(
        Bus::connect("test", &leaky).await,
        Err(Error::Config(_))
    ));
    let half = BusConfig {
        user: Some("me".to_owned()),
        ..absent
    };
    assert!(matches!(
        Bus::connect("test", &half).await,
        Err(Error::Config(_))
    ));
}

#[tokio::test]
async fn a_service_speaks_as_its_own_user_and_may_publish_only_its_own_facts() {
    let secret = NatsSecret::Password {
        name: SERVICE.to_owned(),
        password: "secret".to_owned(),
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let user = NatsUser {
        secret,
        publish: words(&["xuanhao.platepool.>", "$JS.API.>", "$JS.ACK.>"]),
        subscribe: words(&["_INBOX.>"]),
    };
    let start = move || own_nats_with(NatsAccess::Users(vec![user]));
    let server = tokio::task::spawn_blocking(start).await.unwrap();
    let folder = temp_dir();
    let password_file = folder.path().join("password");
    let config = BusConfig {
        user: Some(SERVICE.to_owned()),
        password_file: Some(password_file.clone()),
        request_timeout_ms: 500,
        ..BusConfig::at(server.url())
    };
    std::fs::write(&password_file, "guess\n").unwrap();
    let stranger = Bus::connect(SERVICE, &config).await.unwrap();
    std::fs::write(&password_file, "secret\n").unwrap();
    let bus = Bus::connect(SERVICE, &config).await.unwrap();
    wait_until(LIMIT, || async { bus.is_connected() }).await;
    assert!(!stranger.is_connected());

    let (ours, theirs) = (
        StreamSpec::of_service(SERVICE, 1),
        StreamSpec::of_service("vehicle", 1),
    );
    bus.apply_streams(&[ours, theirs]).await.unwrap();
    let data = data().await;
    data.append(&data.event(FACT)).await;
    let relay = |service| Relay::new(service, data.db.clone(), data.clock.clone(), bus.clone());
    let foreign = relay("vehicle").begin().await.unwrap().unwrap();
    foreign.turn().await.unwrap_err();
    data.clock.advance(Duration::from_secs(11));
    let own = relay(SERVICE).begin().await.unwrap().unwrap();
    own.turn().await.unwrap();
    let published = "SELECT count(*) FROM outbox WHERE published_at IS NOT NULL";
    assert_eq!(number(data.db.pool(), published).await, 1);
    bus.close().await.unwrap();
}
