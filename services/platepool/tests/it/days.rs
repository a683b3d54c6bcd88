//! Keys and public values of days (E10).

use sqlx::Row;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationService;

use xuanhao_testkit::wait_for;

use crate::house::{DAY, House, OFFICE, held, refused};

async fn day(house: &House, day: &str) -> Result<pb::GetDrawDayResponse, tonic::Status> {
    let request = pb::GetDrawDayRequest {
        office: OFFICE.to_owned(),
        day: day.to_owned(),
    };
    let told = house
        .pool
        .publication()
        .get_draw_day(tonic::Request::new(request))
        .await;
    told.map(tonic::Response::into_inner)
}

/// E10: without a public value drawing does not open; composing needs none.
#[tokio::test(flavor = "multi_thread")]
async fn e10_drawing_opens_with_the_public_value() {
    let house = House::new().await;
    house.pool.release(&["D000A"]).await;
    let who = house.application();
    assert_eq!(
        refused(house.pool.draw(who, 1, 2).await),
        Reason::DrawingNotOpen
    );
    house
        .pool
        .compose(house.application(), 1, &["粤G1000A"])
        .await
        .unwrap();
    house.pool.open_day(DAY).await;
    held(&house.pool.draw(who, 1, 2).await.unwrap());
    // The next day is another one.
    house.wait(15 * 3_600);
    assert_eq!(
        refused(house.pool.draw(who, 2, 2).await),
        Reason::DrawingNotOpen
    );
}

/// E10: a value that is fixed through another process opens the day in the one that writes.
#[tokio::test(flavor = "multi_thread")]
async fn e10_a_value_fixed_elsewhere_opens_the_day() {
    let house = House::new().await;
    // Made while nothing is released, so it does not ask for the office.
    let other = house.another().await;
    house.pool.release(&["D000A"]).await;
    let who = house.application();
    assert_eq!(
        refused(house.pool.draw(who, 1, 2).await),
        Reason::DrawingNotOpen
    );
    // The other cannot be reached, nor can it tell: the writer finds the value when it is needed.
    other.open_day(DAY).await;
    let drawn = wait_for(std::time::Duration::from_secs(10), || async {
        house.pool.draw(who, 1, 2).await.ok()
    });
    held(&drawn.await);
}

/// E10: the hash is published before the value is fixed, and the value is fixed once for all; both
/// stand in the schema too.
#[tokio::test(flavor = "multi_thread")]
async fn e10_first_the_hash_then_the_value_and_never_another() {
    let house = House::new().await;
    let published = day(&house, DAY).await.unwrap();
    assert_eq!(published.key_hash.len(), 64);
    assert!(published.public_value.is_empty() && published.key.is_empty());
    // The very instant of publication is not before.
    assert_eq!(
        refused(house.pool.fix_value(DAY).await),
        Reason::PublicValueTooEarly
    );
    assert_eq!(
        refused(house.pool.fix_value("2027-01-01").await),
        Reason::PublicValueTooEarly
    );
    house.wait(1);
    house.pool.fix_value(DAY).await.unwrap();
    assert_eq!(
        refused(house.pool.fix_value(DAY).await),
        Reason::PublicValueFixed
    );
    assert_eq!(
        refused(house.pool.fix_value("2026-11-21").await),
        Reason::FieldInvalid
    );
    let fixed = day(&house, DAY).await.unwrap();
    assert_eq!(fixed.key_hash, published.key_hash);
    assert!(fixed.value_fixed_at.unwrap().seconds > fixed.hash_published_at.unwrap().seconds);
    let entries = house
        .rows("SELECT act, reason, subject FROM audit_entries")
        .await;
    assert_eq!(entries[0].get::<String, _>(0), "fix_public_value");
    assert_eq!(entries[0].get::<String, _>(2), DAY);
    let early =
        "UPDATE day_keys SET hash_published_at = value_fixed_at WHERE value_fixed_at IS NOT NULL";
    assert!(
        sqlx::raw_sql(early)
            .execute(house.database.pool())
            .await
            .is_err()
    );
}

/// E10: the key is secret and sealed until its day is over, then everybody has it, and it has the
/// hash that was published before.
#[tokio::test(flavor = "multi_thread")]
async fn e10_the_key_is_revealed_after_the_day_and_not_before() {
    let house = House::opened("D000A").await;
    let hash = day(&house, DAY).await.unwrap().key_hash;
    let sealed = house
        .rows("SELECT encode(sealed, 'hex') FROM day_keys ORDER BY day")
        .await;
    let sealed: String = sealed[0].get(0);
    house.wait(15 * 3_600 - 60);
    house.pool.app.reveal_day_keys().await.unwrap();
    assert!(
        day(&house, DAY).await.unwrap().key.is_empty(),
        "the day is not over"
    );
    house.wait(120);
    house.pool.app.reveal_day_keys().await.unwrap();
    assert!(
        day(&house, DAY).await.unwrap().key.is_empty(),
        "rows near midnight may be on their way"
    );
    house.wait(300);
    house.pool.app.reveal_day_keys().await.unwrap();
    let key = day(&house, DAY).await.unwrap().key;
    let bytes: [u8; 32] = hex::decode(&key).unwrap().try_into().unwrap();
    let key_of_day = xuanhao_platepool::domain::draw::DayKey(bytes);
    assert_eq!(hex::encode(key_of_day.commitment()), hash);
    assert!(!sealed.contains(&key), "it was sealed while it was secret");
    let tomorrow = day(&house, "2026-11-23").await.unwrap();
    assert!(tomorrow.key.is_empty());
}

/// E10: the keys of the days ahead are made once, whoever makes them; two processes agree.
#[tokio::test(flavor = "multi_thread")]
async fn e10_keys_are_made_ahead_and_once() {
    let house = House::new().await;
    assert_eq!(house.count("day_keys").await, 3);
    let hash = day(&house, DAY).await.unwrap().key_hash;
    let other = house.another().await;
    other.app.publish_day_keys().await.unwrap();
    assert_eq!(house.count("day_keys").await, 3);
    assert_eq!(day(&house, DAY).await.unwrap().key_hash, hash);
    house.wait(86_400);
    house.pool.app.publish_day_keys().await.unwrap();
    assert_eq!(house.count("day_keys").await, 4);
    assert_eq!(refused(day(&house, "2030-01-01").await), Reason::NotFound);
}
