//! The same request twice: answered twice, done and charged once (P2, P5).

use anyhow::{Context as _, Result};
use xuanhao_e2e::Stage;
use xuanhao_local::{Service, new_id};

#[test]
fn the_same_request_twice_charges_once() -> Result<()> {
    Stage::open("repeat")?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let who = stage.selecting().await?;
    let id = new_id();
    let draw = |exclude_four| {
        let who = &who;
        async move {
            // Taken by the write that follows before anything is waited for.
            who.citizen.repeat_under(id);
            who.citizen.draw(&who.id, exclude_four).await
        }
    };
    let (one, two) = tokio::join!(draw(false), draw(false));
    let (one, two) = (one?, two?);
    assert_eq!(one.outcome, two.outcome);
    assert_eq!(draw(false).await?.outcome, one.outcome);
    assert_eq!(who.left().await?, (20, 4));
    let other = draw(true).await.err().context("another request")?;
    assert_eq!(other.code(), Some("REQUEST_ID_REUSED"));
    assert_eq!(who.left().await?, (20, 4));

    let plate = &one.outcome.held().context("held")?.column[0];
    who.citizen.keep(&who.id, plate).await?;
    let id = new_id();
    let confirm = || {
        let who = &who;
        async move {
            who.citizen.repeat_under(id);
            who.citizen.confirm(&who.id, plate).await
        }
    };
    let (one, two) = tokio::join!(confirm(), confirm());
    let (one, two) = (one?, two?);
    assert_eq!(one.outcome.allocated().context("given")?.plate, *plate);
    assert_eq!(one.outcome, two.outcome);
    assert_eq!(confirm().await?.outcome, one.outcome);
    for (service, sql) in [
        (
            Service::Platepool,
            "SELECT count(*) FROM allocations WHERE channel = 'internet'",
        ),
        (
            Service::Selection,
            "SELECT count(*) FROM operations WHERE kind = 'confirm'",
        ),
        (
            Service::Selection,
            "SELECT count(*) FROM operations WHERE kind = 'draw'",
        ),
        (
            Service::Selection,
            "SELECT count(*) FROM outbox WHERE kind = 'selection.confirmed'",
        ),
    ] {
        assert_eq!(stage.count(service, sql).await?, 1, "{sql}");
    }
    Ok(())
}
