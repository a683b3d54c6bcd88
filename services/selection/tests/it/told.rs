//! Who is told of a confirmed number, and after which look at the pool (P11).

use std::time::Duration;

use jiff::Timestamp;
use prost::Message;
use xuanhao_chassis::bus::{Bus, StreamSpec};
use xuanhao_chassis::db::Db;
use xuanhao_chassis::grpc::timestamp;
use xuanhao_chassis::outbox::Relay;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pool;
use xuanhao_proto::selection::v1 as pb;
use xuanhao_testkit::wait_until;

use crate::house::{House, assert_refused};
use crate::pool::Mood;

const LIMIT: Duration = Duration::from_secs(15);
const FACTS: &str = "SELECT count(*) FROM outbox WHERE kind = 'selection.confirmed'";

/// P11, R-DONE-03: the message is enqueued with the fact's id as request id, once.
#[tokio::test]
async fn the_message_carries_the_facts_id() {
    let house = House::new().await;
    let (citizen, result) = house.confirmed(1).await;
    wait_until(LIMIT, || async {
        house.notification.post().messages.len() == 1
    })
    .await;
    let fact: uuid::Uuid =
        sqlx::query_scalar("SELECT event_id FROM outbox WHERE kind = 'selection.confirmed'")
            .fetch_one(house.database.pool())
            .await
            .unwrap();
    let message = house.notification.post().messages[&fact.to_string()].clone();
    assert_eq!(message.template, "selection_confirmed");
    assert_eq!(message.parameters["plate"], result.plate);
    assert_eq!(message.parameters["deadline"], result.deadline);
    wait_until(LIMIT, || async {
        house
            .count("SELECT count(*) FROM selections WHERE message_at IS NOT NULL")
            .await
            == 1
    })
    .await;
    house.wait(10);
    house.app.announce_waiting().await.unwrap();
    assert_eq!(house.notification.post().asked, 1);
    assert_eq!(house.count(FACTS).await, 1);
    let application = citizen.look().await;
    assert_eq!(application.state(), pb::ApplicationState::Confirmed);
}

/// P11: while notification is away the fact stands and the message follows later, under the same id.
#[tokio::test]
async fn a_message_that_could_not_be_handed_over_follows() {
    let house = House::new().await;
    house.notification.post().away = true;
    house.confirmed(1).await;
    wait_until(LIMIT, || async { house.notification.post().asked > 0 }).await;
    wait_until(LIMIT, || async { house.count(FACTS).await == 1 }).await;
    house.wait(10);
    house.app.announce_waiting().await.unwrap_err();
    house.notification.post().away = false;
    house.app.announce_waiting().await.unwrap();
    assert_eq!(house.count(FACTS).await, 1);
    assert_eq!(house.notification.post().messages.len(), 1);
    assert_eq!(
        house
            .count("SELECT count(*) FROM selections WHERE message_at IS NULL")
            .await,
        0
    );
}

/// P11: before voucher, message or feed entry the pool is read again; what it does not hold is told to
/// nobody.
#[tokio::test]
async fn nothing_is_told_that_the_pool_does_not_hold() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let plate = citizen.draw().await.unwrap().column[0].clone();
    citizen.keep(&plate).await.unwrap();
    // The pool executes and answers, but cannot be read again yet.
    house.pool.state().resolves = false;
    citizen.confirm(&plate).await.unwrap();
    house.wait(10);
    house.app.announce_waiting().await.unwrap_err();
    assert_eq!(house.count(FACTS).await, 0, "no feed entry");
    assert_eq!(house.notification.post().messages.len(), 0, "no message");
    assert_refused(citizen.voucher().await, Reason::Unavailable);
    // It can be read, and holds another number.
    house.pool.state().resolves = true;
    let held = house.pool.state().allocations[&citizen.application].clone();
    house
        .pool
        .state()
        .allocations
        .get_mut(&citizen.application)
        .unwrap()
        .plate = "粤GB0199".to_owned();
    house.app.announce_waiting().await.unwrap_err();
    assert_refused(citizen.voucher().await, Reason::Internal);
    assert_eq!(house.count(FACTS).await, 0);
    house
        .pool
        .state()
        .allocations
        .insert(citizen.application.clone(), held);
    house.app.announce_waiting().await.unwrap();
    assert_eq!(house.count(FACTS).await, 1);
    citizen.voucher().await.unwrap();
}

/// P11: the pool's fact finishes a crashed confirmation; nothing is made from a fact alone, and facts
/// about others, in any state, have an answer.
#[tokio::test]
async fn the_pools_fact_finishes_a_crashed_confirmation_and_makes_nothing_alone() {
    let house = House::new().await;
    let citizen = house.selecting(1).await;
    let liar = house.selecting(2).await;
    let (done, _) = house.confirmed(3).await;
    let plate = citizen.draw().await.unwrap().column[0].clone();
    citizen.keep(&plate).await.unwrap();
    house.pool.set(Mood::LosesAnswers);
    house.pool.state().resolves = false;
    assert_refused(citizen.confirm(&plate).await, Reason::OperationPending);
    house.pool.release();
    house.pool.state().resolves = true;

    let bus = xuanhao_testkit::TestBus::new().await;
    let stranger = crate::house::uuid();
    let about = [
        &citizen.application,
        &liar.application,
        &done.application,
        &stranger,
    ];
    publish(&house, &bus, &about.map(String::as_str), &plate).await;
    wait_until(LIMIT, || async {
        house.count("SELECT count(*) FROM inbox").await == 4
    })
    .await;
    assert_eq!(house.count("SELECT count(*) FROM dead_letters").await, 0);
    assert_eq!(
        house.count("SELECT count(*) FROM allocation_hints").await,
        2
    );
    house.app.follow_hints().await.unwrap();
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Selecting,
        "a hint waits its time"
    );
    house.wait(6);
    house.app.follow_hints().await.unwrap();
    assert_eq!(
        citizen.look().await.state(),
        pb::ApplicationState::Confirmed
    );
    assert_eq!(citizen.look().await.result.unwrap().plate, plate);
    assert_eq!(
        liar.look().await.state(),
        pb::ApplicationState::Selecting,
        "the pool holds nothing"
    );
    assert_eq!(house.count("SELECT count(*) FROM selections").await, 2);
    assert_eq!(
        house.count("SELECT count(*) FROM allocation_hints").await,
        0
    );
}

/// Publishes as the pool does: its outbox, its relay, its stream; selection's own consumer listens.
async fn publish(house: &House, bus: &xuanhao_testkit::TestBus, about: &[&str], plate: &str) {
    let platepool = Bus::over(bus.client().await);
    platepool
        .apply_streams(&[StreamSpec::of_service("platepool", 1)])
        .await
        .unwrap();
    let selection = Bus::over(bus.client().await);
    let (app, stop) = (std::sync::Arc::clone(&house.app), house.stop.clone());
    tokio::spawn(xuanhao_selection::events::consume(selection, app, stop));
    // Any database with the chassis's tables does for the pool's outbox.
    let migrations = xuanhao_chassis::db::migrations(&xuanhao_selection::MIGRATOR);
    let database = xuanhao_testkit::TestDatabase::new(&migrations).await;
    let db = Db::over(database.pool().clone());
    let now: Timestamp = house.clock.now();
    for (n, application) in about.iter().enumerate() {
        let fact = pool::PlateAllocated {
            allocation_id: crate::house::uuid(),
            application_id: (*application).to_owned(),
            plate_class: 2,
            plate: plate.to_owned(),
            channel: pool::Channel::Internet.into(),
            op_no: 3,
            decided_at: Some(timestamp(now)),
        };
        let event = xuanhao_chassis::outbox::Event {
            id: uuid::Uuid::from_u128(0xE0 + n as u128).into(),
            kind: "plate.allocated".into(),
            province: "gd".to_owned(),
            office: Some(crate::house::OFFICE.to_owned()),
            aggregate_kind: "application".into(),
            aggregate_id: (*application).to_owned(),
            version: 1,
            occurred_at: now,
            payload: fact.encode_to_vec(),
        };
        db.run_tx("test.append", async |tx: &mut xuanhao_chassis::db::Tx| {
            xuanhao_chassis::outbox::append(tx, &event).await
        })
        .await
        .unwrap();
    }
    let relay = Relay::new("platepool", db, house.clock.clone(), platepool);
    let tenure = relay.begin().await.unwrap().unwrap();
    tenure.turn().await.unwrap();
}

/// R1: the feed loses nothing and repeats nothing to who remembers its position.
#[tokio::test]
async fn the_feed_goes_on_from_its_position() {
    let house = House::new().await;
    let (first, _) = house.confirmed(1).await;
    let (second, _) = house.confirmed(2).await;
    wait_until(LIMIT, || async { house.count(FACTS).await == 2 }).await;
    house.assign_positions().await;
    let (outcomes, position) = house.feed(0).await;
    let applications: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.selection.as_ref().unwrap().application_id.clone())
        .collect();
    assert_eq!(applications.len(), 2);
    assert!(
        applications.contains(&first.application) && applications.contains(&second.application)
    );
    assert_eq!(outcomes[0].r#type, "selection.v1.selection.confirmed");
    assert_eq!(house.feed(position).await, (Vec::new(), position));
}
