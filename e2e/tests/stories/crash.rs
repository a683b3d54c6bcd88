//! Selection is killed between the pool's commit and its own write: it finishes by itself, once (P6,
//! P11).

use std::future::Future;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sqlx::Connection;
use xuanhao_e2e::Stage;
use xuanhao_local::{Service, new_id};

#[test]
fn a_killed_selection_finishes_by_itself() -> Result<()> {
    Stage::open("crash")?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let who = stage.selecting().await?;
    let drawn = who.citizen.draw(&who.id, false).await?;
    let plate = drawn.outcome.held().context("held")?.column[0].clone();
    who.citizen.keep(&who.id, &plate).await?;
    let id = new_id();

    // The pool is frozen until the operation's row is locked, so that selection hears the pool's
    // answer and cannot write it down.
    stage.platform().sigstop(Service::Platepool)?;
    let confirming = async {
        who.citizen.repeat_under(id);
        who.citizen.confirm(&who.id, &plate).await
    };
    let killing = async {
        let mut rows = stage.rows(Service::Selection).await?;
        eventually("a pending operation", || async {
            let sql = "SELECT count(*) FROM operations WHERE state = 'pending'";
            Ok(stage.count(Service::Selection, sql).await? == 1)
        })
        .await?;
        let mut lock = rows.begin().await?;
        sqlx::query("SELECT 1 FROM operations WHERE state = 'pending' FOR UPDATE")
            .fetch_one(&mut *lock)
            .await?;
        stage.platform().sigcont(Service::Platepool);
        eventually("an allocation", || async {
            let sql = "SELECT count(*) FROM allocations WHERE channel = 'internet'";
            Ok(stage.count(Service::Platepool, sql).await? == 1)
        })
        .await?;
        stage.platform().kill9(Service::Selection)?;
        lock.rollback().await?;
        let pending = "SELECT count(*) FROM operations WHERE state = 'pending'";
        assert_eq!(stage.count(Service::Selection, pending).await?, 1);
        anyhow::Ok(())
    };
    let (told, killed) = tokio::join!(confirming, killing);
    killed?;
    let told = told.err().context("nobody could answer")?;
    assert_eq!(told.problem().context("a problem")?.status, 503);

    stage.platform().restart(Service::Selection)?;
    eventually("the confirmation", || async {
        Ok(who.citizen.application(&who.id).await?.state == "confirmed")
    })
    .await?;
    // The repeated request is answered from the record.
    who.citizen.repeat_under(id);
    let again = who.citizen.confirm(&who.id, &plate).await?;
    assert_eq!(again.outcome.allocated().context("given")?.plate, plate);
    assert!(who.citizen.voucher(&who.id).await?.starts_with(b"%PDF-"));
    assert_eq!(who.left().await?, (20, 4));
    for (service, sql) in [
        (
            Service::Platepool,
            "SELECT count(*) FROM allocations WHERE channel = 'internet'",
        ),
        (
            Service::Selection,
            "SELECT count(*) FROM operations WHERE kind = 'confirm' AND state = 'settled'",
        ),
        (
            Service::Selection,
            "SELECT count(*) FROM outbox WHERE kind = 'selection.confirmed'",
        ),
    ] {
        assert_eq!(stage.count(service, sql).await?, 1, "{sql}");
    }
    eventually("the message", || async {
        let messages = stage.platform().console().messages_to(&who.person.mobile)?;
        let told = messages
            .iter()
            .filter(|message| message.text.contains(&plate));
        Ok(told.count() == 1)
    })
    .await
}

/// Waits until something is so, for a minute at most.
async fn eventually<F>(what: &str, check: impl Fn() -> F) -> Result<()>
where
    F: Future<Output = Result<bool>>,
{
    for _ in 0..600 {
        if check().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{what} did not come")
}
