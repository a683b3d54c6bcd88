//! Three processes of the pool: the one that writes is killed, the next is told to stop, and whoever
//! selects meanwhile loses nothing.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tokio::time::sleep;
use xuanhao_e2e::{OFFICE, Selecting, Stage};
use xuanhao_local::citizen::Selected;
use xuanhao_local::{Options, Replica, Service, Staff, new_id};

const REPLICAS: u8 = 3;
/// A lease lives for three seconds; within its time a request waits for the next writer.
const TRIES: usize = 3;
const EPOCH: &str = "SELECT epoch FROM office_leases WHERE office = 'gd-zhanjiang'";

#[test]
fn a_pool_of_three_outlives_its_writers() -> Result<()> {
    let options = Options {
        pool_replicas: REPLICAS,
        ..Options::of_story("replicas")?
    };
    let stage = Stage::of(options)?.with_policy(&[("interval_s: 10", "interval_s: 0")])?;
    stage.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let (who, other) = tokio::try_join!(stage.selecting(), stage.selecting())?;
    let drawn = who.citizen.draw(&who.id, false).await?;
    let wanted = drawn.outcome.held().context("held")?.column[0].clone();
    who.citizen.keep(&who.id, &wanted).await?;

    let first = writer(stage)?;
    stage.platform().kill9(first)?;
    let given = confirm(&who, &wanted).await?;
    assert_eq!(given.outcome.allocated().context("given")?.plate, wanted);
    let second = writer(stage)?;
    assert_ne!(second, first);

    // Told to stop, a writer hands its offices over first: nobody has to ask twice. It may have them
    // back by the end, but under another epoch.
    stage.platform().restart(first)?;
    let before = stage.count(Service::Platepool, EPOCH).await?;
    let drawing = async {
        for _ in 0..3 {
            other.citizen.draw(&other.id, false).await?;
            for _ in 0..20 {
                other.citizen.application(&other.id).await?;
                sleep(Duration::from_millis(20)).await;
            }
        }
        anyhow::Ok(())
    };
    let (platform, mut stopped) = (stage.platform(), Ok(()));
    let drawn = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| platform.restart(second));
        let drawn = block_in_place(|| Handle::current().block_on(drawing));
        stopped = stopping.join().expect("it does not panic");
        drawn
    });
    drawn?;
    stopped?;
    assert!(stage.count(Service::Platepool, EPOCH).await? > before);
    Ok(())
}

/// Confirms under one request id until the pool has answered.
async fn confirm(who: &Selecting, plate: &str) -> Result<Selected> {
    let id = new_id();
    for _ in 1..TRIES {
        who.citizen.repeat_under(id);
        match who.citizen.confirm(&who.id, plate).await {
            Err(error) if error.problem().is_some_and(|problem| problem.status == 503) => {
                sleep(Duration::from_secs(1)).await;
            }
            told => return Ok(told?),
        }
    }
    who.citizen.repeat_under(id);
    Ok(who.citizen.confirm(&who.id, plate).await?)
}

/// Which process writes for the office.
fn writer(stage: &Stage) -> Result<Replica> {
    let words = ["--output", "json", "pool", "writers", "--office", OFFICE];
    let told: Value = serde_json::from_str(&stage.platform().xuanctl(Staff::Operator, &words)?)?;
    let writer = &told["writers"][0]["replica"];
    let replicas = told["replicas"].as_array().context("replicas")?;
    let replica = replicas.iter().find(|one| one["replica"] == *writer);
    let address = &replica.context("the writer lives")?["address"];
    let is_it = |replica: &Replica| stage.platform().grpc_address(*replica) == *address;
    let mut all = (1..=REPLICAS).map(|number| Service::Platepool.replica(number));
    all.find(is_it).context("one of ours")
}
