//! Leases.

use std::time::Duration;

use tokio::sync::oneshot;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::jobs::{Deposed, Leases};

use crate::data::{Data, data, run_in};

const TTL: Duration = Duration::from_secs(10);

fn two(data: &Data) -> (Leases, Leases) {
    let leases = || Leases::new(data.db.clone(), data.clock.clone());
    (leases(), leases())
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_expires_or_is_given_back() {
    let data = data().await;
    let (ours, theirs) = two(&data);
    let lease = ours.acquire("work", TTL).await.unwrap().unwrap();
    assert_eq!(lease.epoch(), 1);
    assert!(theirs.acquire("work", TTL).await.unwrap().is_none());
    assert!(theirs.acquire("other work", TTL).await.unwrap().is_some());

    data.clock.advance(Duration::from_secs(6));
    lease.renew(TTL).await.unwrap();
    data.clock.advance(Duration::from_secs(6));
    assert!(
        theirs.acquire("work", TTL).await.unwrap().is_none(),
        "it was renewed"
    );

    lease.release().await.unwrap();
    let taken = theirs.acquire("work", TTL).await.unwrap().unwrap();
    assert_eq!(taken.epoch(), 2);
    data.clock.advance(Duration::from_secs(10));
    let back = ours.acquire("work", TTL).await.unwrap().unwrap();
    assert_eq!(back.epoch(), 3, "it had expired");
    assert!(matches!(taken.renew(TTL).await, Err(Deposed::TakenOver)));
    assert!(matches!(taken.release().await, Err(Deposed::TakenOver)));
}

#[tokio::test]
async fn its_own_holder_starts_a_new_epoch_too() {
    let data = data().await;
    let (ours, _) = two(&data);
    let first = ours.acquire("work", TTL).await.unwrap().unwrap();
    let second = ours.acquire("work", TTL).await.unwrap().unwrap();
    assert_eq!((first.epoch(), second.epoch()), (1, 2));
    assert!(matches!(first.renew(TTL).await, Err(Deposed::TakenOver)));
}

/// R1: a deposed holder's transaction cannot commit.
#[tokio::test]
async fn r1_a_fence_refuses_an_older_epoch() {
    let data = data().await;
    let (ours, theirs) = two(&data);
    let old = ours.acquire("work", TTL).await.unwrap().unwrap();
    data.clock.advance(TTL);
    let new = theirs.acquire("work", TTL).await.unwrap().unwrap();
    let write = async |lease: &xuanhao_chassis::jobs::Lease| -> Result<(), Deposed> {
        data.db
            .run_tx("test.write", async |tx: &mut Tx| {
                lease.fence(tx).await?;
                Ok(run_in(tx, "INSERT INTO things VALUES ('a', 1)").await?)
            })
            .await
    };
    assert!(matches!(write(&old).await, Err(Deposed::TakenOver)));
    assert_eq!(data.things().await, 0);
    write(&new).await.unwrap();
}

/// R1: a take-over waits for the transaction its holder has in flight.
#[tokio::test]
async fn r1_a_take_over_waits_for_a_fenced_transaction() {
    let data = data().await;
    let (ours, theirs) = two(&data);
    let lease = ours.acquire("work", TTL).await.unwrap().unwrap();
    data.clock.advance(TTL);
    let (fenced, is_fenced) = oneshot::channel();
    let (finish, may_finish) = oneshot::channel::<()>();
    let signals = std::sync::Mutex::new(Some((fenced, may_finish)));
    let in_flight = async {
        let written: Result<(), Deposed> = data
            .db
            .run_tx("test.write", async |tx: &mut Tx| {
                lease.fence(tx).await?;
                let signals = signals.lock().unwrap().take();
                if let Some((fenced, may_finish)) = signals {
                    fenced.send(()).unwrap();
                    may_finish.await.unwrap();
                }
                Ok(run_in(tx, "INSERT INTO things VALUES ('a', 1)").await?)
            })
            .await;
        written.unwrap();
    };
    let taking_over = async {
        is_fenced.await.unwrap();
        let acquired = theirs.acquire("work", TTL);
        tokio::pin!(acquired);
        let early = tokio::time::timeout(Duration::from_millis(200), &mut acquired).await;
        assert!(early.is_err(), "it must wait");
        finish.send(()).unwrap();
        let taken = acquired.await.unwrap().unwrap();
        assert_eq!(data.things().await, 1, "what was in flight is committed");
        taken
    };
    let ((), taken) = tokio::join!(in_flight, taking_over);
    assert_eq!(taken.epoch(), 2);
}
