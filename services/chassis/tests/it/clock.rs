//! The clock against a real database.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::clock::Clock;

use crate::data::{data, number};

async fn database_time(pool: &sqlx::PgPool) -> Timestamp {
    let micros = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    Timestamp::from_microsecond(number(pool, micros).await).unwrap()
}

#[tokio::test]
async fn it_tells_the_databases_time() {
    let data = data().await;
    let clock = Clock::synchronised(data.db.pool(), SignedDuration::ZERO)
        .await
        .unwrap();
    let before = clock.now();
    let database = database_time(data.db.pool()).await;
    let after = clock.now();
    let slack = SignedDuration::from_millis(50);
    assert!(before - slack <= database && database <= after + slack);
}

#[tokio::test]
async fn a_simulation_is_offset() {
    let data = data().await;
    let day = SignedDuration::from_hours(24);
    let plain = Clock::synchronised(data.db.pool(), SignedDuration::ZERO)
        .await
        .unwrap();
    let ahead = Clock::synchronised(data.db.pool(), day).await.unwrap();
    let difference = ahead.now().duration_since(plain.now()) - day;
    assert!(difference.abs() < SignedDuration::from_secs(1));
}

#[tokio::test]
async fn it_never_runs_back_while_it_is_synchronised_again_and_again() {
    let data = data().await;
    let clock = Clock::synchronised(data.db.pool(), SignedDuration::ZERO)
        .await
        .unwrap();
    let stop = CancellationToken::new();
    let watched = std::thread::spawn({
        let (clock, stop) = (clock.clone(), stop.clone());
        move || {
            let mut last = clock.now();
            let mut seen = 0_u64;
            while !stop.is_cancelled() {
                let now = clock.now();
                assert!(now >= last, "{now} after {last}");
                last = now;
                seen += 1;
            }
            seen
        }
    });
    let end = Instant::now() + Duration::from_millis(500);
    while Instant::now() < end {
        clock.resynchronise(data.db.pool()).await.unwrap();
    }
    stop.cancel();
    assert!(watched.join().unwrap() > 1_000);
}
