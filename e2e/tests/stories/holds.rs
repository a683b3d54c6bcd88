//! Column and basket: timers of their own, a new batch restarts the basket's, a restarted pool forgets
//! nothing, and what lapsed is free for others.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use xuanhao_e2e::{Selecting, Stage};
use xuanhao_local::Service;
use xuanhao_local::citizen::{Application, Holding};

const POLICY: [(&str, &str); 3] = [
    ("column_ttl_s: 90", "column_ttl_s: 20"),
    ("basket_ttl_s: 90", "basket_ttl_s: 30"),
    ("interval_s: 10", "interval_s: 0"),
];

#[test]
fn column_and_basket_have_their_own_timers() -> Result<()> {
    Stage::open_with("holds", &POLICY)?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let (who, other) = tokio::try_join!(stage.selecting(), stage.selecting())?;
    let drawn = who.citizen.draw(&who.id, false).await?;
    let column = drawn.outcome.held().context("held")?.column.clone();
    let wanted = column[0].clone();
    let kept = who.citizen.keep(&who.id, &wanted).await?;
    let before = kept.outcome.held().context("held")?.clone();
    assert_eq!((before.column.len(), before.basket.len()), (9, 1));
    // Held is held: nobody else gets it.
    let missed = other.citizen.compose(&other.id, &[&wanted]).await?;
    assert!(missed.outcome.allocated().is_none());

    // E3: killed, the pool comes back with what its rows say.
    stage.platform().kill9(Service::Platepool)?;
    stage.platform().restart(Service::Platepool)?;
    assert_eq!(held(&who).await?, before);

    // R-RND-05: 换一批 replaces the column and restarts the basket's timer.
    let again = draw_when_ready(&who).await?;
    assert!(!again.column.contains(&wanted));
    assert!(
        again
            .column
            .iter()
            .all(|plate| !before.column.contains(plate))
    );
    assert_eq!(again.basket, before.basket);
    assert!(again.basket_until > before.basket_until);
    assert!(again.column_until < again.basket_until);

    sleep_past(&who, again.column_until).await?;
    let later = held(&who).await?;
    assert_eq!(
        (later.column, later.basket),
        (Vec::new(), vec![wanted.clone()])
    );
    sleep_past(&who, again.basket_until).await?;
    let empty = held(&who).await?;
    assert!(empty.column.is_empty() && empty.basket.is_empty());
    let late = who.citizen.confirm(&who.id, &wanted).await;
    assert_eq!(late.err().context("lapsed")?.code(), Some("HOLD_EXPIRED"));
    let free = other.citizen.compose(&other.id, &[&wanted]).await?;
    assert_eq!(
        free.outcome.allocated().context("free again")?.plate,
        wanted
    );
    Ok(())
}

async fn look(who: &Selecting) -> Result<Application> {
    Ok(who.citizen.application(&who.id).await?)
}

async fn held(who: &Selecting) -> Result<Holding> {
    Ok(look(who).await?.holding.unwrap_or_default())
}

/// The office may still belong to the process that was killed, for seconds; that costs nothing.
async fn draw_when_ready(who: &Selecting) -> Result<Holding> {
    for _ in 0..50 {
        match who.citizen.draw(&who.id, false).await {
            Ok(drawn) => return drawn.outcome.held().cloned().context("held"),
            Err(error) if error.problem().is_some_and(|problem| problem.status == 503) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("the pool did not come back")
}

async fn sleep_past(who: &Selecting, until: Option<Timestamp>) -> Result<()> {
    let now = look(who).await?.now.context("the server's time")?;
    let left = until.context("a time")?.duration_since(now);
    let left = Duration::try_from(left).unwrap_or_default();
    tokio::time::sleep(left + Duration::from_millis(200)).await;
    Ok(())
}
