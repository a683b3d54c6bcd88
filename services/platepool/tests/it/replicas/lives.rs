//! Replicas that end without a word, or are frozen for a while.

use std::time::{Duration, Instant};

use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_testkit::wait_until;

use super::house::{PATIENCE, Town};
use crate::house::{allocated, held, refused_for_now};
use crate::proxy::Proxy;

/// Kills a replica that reaches the database through a proxy: neither its peers nor the database hear
/// of it any more, and it hears nothing.
async fn killed(replica: &super::house::Replica, proxy: &Proxy) {
    replica.cut_off();
    proxy.lose_answers();
}

/// After the writer's last sign of life has run out another takes over, with all that was held; those
/// who ask meanwhile wait and are answered.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_while_nobody_writes_waits_for_the_next_writer() {
    let town = Town::new().await;
    let proxy = Proxy::start(&town.database.url()).await;
    let one = town.replica_over(proxy.pool().await).await;
    town.open(&one, &["D000A"]).await;
    let two = town.replica().await;
    let (who, other) = (town.application(), town.application());
    let before = two.process.draw(who, 1, 4).await.unwrap();
    let before = held(&before).column.clone();

    killed(&one, &proxy).await;
    let begun = Instant::now();
    let drawn = two.process.draw(other, 1, 6).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(held(&drawn).column.len(), 6);
    assert!(held(&drawn).column.iter().all(|one| !before.contains(one)));
    assert_eq!(town.epoch().await, 2);
}

/// The owner was frozen until another wrote: it speaks of nothing that it remembers, and is asked for
/// nothing any more.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_gave_no_sign_of_life_is_silent() {
    let town = Town::new().await;
    let proxy = Proxy::start(&town.database.url()).await;
    let one = town.replica_over(proxy.pool().await).await;
    town.open(&one, &["D000A"]).await;
    let two = town.replica().await;
    let who = town.application();
    let taken = one.process.compose(who, 1, &["粤G1000A"]).await.unwrap();
    allocated(&taken);
    let holder = town.application();
    held(&one.process.draw(holder, 1, 2).await.unwrap());

    // Opening the day has put the clock on: the last sign may be of before.
    one.process.app.beat().await.unwrap();

    // Its signs do not arrive any more; it does not know, and is asked as before.
    proxy.lose_answers();
    wait_until(PATIENCE, || async { town.epoch().await == 2 }).await;
    // The other moves the applications on.
    two.process.give_up(holder, 2).await.unwrap();
    two.process.close(who).await.unwrap();
    let asked = xuanhao_chassis::grpc::until(
        tokio::time::Instant::now() + Duration::from_millis(700),
        one.process.holding(holder),
    );
    // What it remembers it does not tell; what the other tells it may hand on.
    match asked.await {
        Ok(told) => assert_eq!(told.last_op_no, 2),
        refused => assert_eq!(refused_for_now(refused), Reason::NotOwner),
    }

    // It comes back, sees who writes, and passes on.
    proxy.cut();
    wait_until(PATIENCE, || async {
        let told = one.process.compose(who, 2, &["粤G2000A"]).await;
        let closed = |status: &tonic::Status| {
            let refusal = xuanhao_chassis::error::Refusal::from_status(status);
            refusal.is_some_and(|one| one.reason() == Reason::ApplicationClosed)
        };
        told.is_err_and(|status| closed(&status))
    })
    .await;
    assert_eq!(town.count("pool_log WHERE epoch > 2").await, 0);
    assert_eq!(two.list_writers(&[]).await.replicas.len(), 2);
}

/// The row is committed and the writer's answer is lost on its way: the repeat at the next writer is
/// answered from the row, and there is one effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_a_lost_answer_has_one_effect() {
    let town = Town::new().await;
    let proxy = Proxy::start(&town.database.url()).await;
    let one = town.replica_over(proxy.pool().await).await;
    town.open(&one, &["D000A"]).await;
    let two = town.replica().await;
    let who = town.application();
    two.process.holding(who).await.unwrap();

    let lock = HeldUp::of(&town).await;
    let asking = {
        let process = two.process.clone();
        tokio::spawn(async move { process.compose(who, 1, &["粤G1000A"]).await })
    };
    lock.until_somebody_waits(&town).await;
    proxy.lose_answers();
    lock.let_go().await;
    wait_until(PATIENCE, || async { town.count("allocations").await == 1 }).await;
    one.cut_off();
    let told = asking.await.unwrap().unwrap();
    assert_eq!(allocated(&told).plate, "粤G1000A");
    assert_eq!(told.epoch, 1, "it is the row of the first writer");
    assert_eq!(town.count("allocations").await, 1);
    assert_eq!(town.count("pool_log WHERE kind = 'compose'").await, 1);
    assert_eq!(town.count("outbox WHERE kind = 'plate.allocated'").await, 1);
}

/// What an operator orders is not sent again: a lost answer is unknown.
#[tokio::test(flavor = "multi_thread")]
async fn an_operators_act_is_never_repeated() {
    let town = Town::new().await;
    let proxy = Proxy::start(&town.database.url()).await;
    let one = town.replica_over(proxy.pool().await).await;
    town.open(&one, &["D000A"]).await;
    let two = town.replica().await;
    let batch = two.process.prepare(&["D001A"]).await;
    let lock = HeldUp::of(&town).await;
    let asking = {
        let process = two.process.clone();
        let batch = batch.clone();
        tokio::spawn(async move { process.release_batch(&batch).await })
    };
    lock.until_somebody_waits(&town).await;
    proxy.lose_answers();
    // The writer's connections end with its calls in the midst.
    one.cut_off();
    tokio::time::sleep(Duration::from_millis(200)).await;
    lock.let_go().await;
    assert_eq!(refused_for_now(asking.await.unwrap()), Reason::Unavailable);
    assert_eq!(town.count("pool_log WHERE kind = 'release'").await, 2);
    // The order stands, and is found to be carried out.
    wait_until(PATIENCE, || async { town.epoch().await == 2 }).await;
    let told = two.process.release_batch(&batch).await;
    assert!(told.is_err() || told.unwrap().state() == pb::BatchState::Released);
    assert_eq!(town.count("pool_log WHERE kind = 'release'").await, 2);
}

/// Statements of the office wait while this lives.
struct HeldUp(sqlx::PgConnection);

impl HeldUp {
    async fn of(town: &Town) -> Self {
        let mut connection = town.database.pool().acquire().await.unwrap().detach();
        let lock = "BEGIN; SELECT * FROM office_leases FOR UPDATE";
        sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
        Self(connection)
    }

    async fn until_somebody_waits(&self, town: &Town) {
        let waiting = "pg_stat_activity WHERE datname = current_database()
                       AND wait_event_type = 'Lock' AND query LIKE '%platepool.%'";
        wait_until(PATIENCE, || async { town.count(waiting).await > 0 }).await;
    }

    async fn let_go(mut self) {
        sqlx::raw_sql("COMMIT").execute(&mut self.0).await.unwrap();
    }
}
