//! Citizens compose: the first free wish wins, missed rounds cost, malformed ones do not.

use anyhow::{Context as _, Result};
use xuanhao_e2e::{Stage, free_numbers, used_number};
use xuanhao_local::citizen::Outcome;

#[test]
fn the_first_free_wish_wins() -> Result<()> {
    Stage::open("compose")?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let (first, second, third) =
        tokio::try_join!(stage.selecting(), stage.selecting(), stage.selecting())?;
    let (used, free) = (used_number()?, free_numbers(3)?);
    let [given_away, wanted, _] = free.as_slice() else {
        anyhow::bail!("three numbers")
    };

    first.citizen.wait_to_compose(&first.id).await?;
    let taken = first.citizen.compose(&first.id, &[given_away]).await?;
    assert_eq!(
        taken.outcome.allocated().context("free")?.plate,
        *given_away
    );

    // R-SEL-06: wishes 1 and 2 are taken, one by an older plate and one a moment ago.
    second.citizen.wait_to_compose(&second.id).await?;
    let wishes = [used.as_str(), given_away, wanted];
    let composed = second.citizen.compose(&second.id, &wishes).await?;
    let given = composed.outcome.allocated().context("the third is free")?;
    assert_eq!(given.plate, *wanted);
    assert_eq!(composed.application.state, "confirmed");
    assert!(
        second
            .citizen
            .voucher(&second.id)
            .await?
            .starts_with(b"%PDF-")
    );

    // All missed costs as many as were wished; what is malformed costs nothing.
    third.citizen.wait_to_compose(&third.id).await?;
    for (wishes, code) in [
        (&[used.as_str(), used.as_str()][..], "WISH_DUPLICATE"),
        (&["粤G粤粤粤"][..], "WISH_MALFORMED"),
    ] {
        let refused = third.citizen.compose(&third.id, wishes).await;
        let refused = refused.err().context("refused")?;
        assert_eq!(refused.code(), Some(code));
    }
    assert_eq!(third.left().await?, (20, 5));
    let missed = third
        .citizen
        .compose(&third.id, &[&used, given_away])
        .await?;
    assert!(matches!(missed.outcome, Outcome::AllMissed { .. }));
    assert_eq!(third.left().await?, (18, 5));
    // R-SEL-05: the next round has to wait.
    let early = third.citizen.compose(&third.id, &[&free[2]]).await;
    assert_eq!(
        early.err().context("too early")?.code(),
        Some("INTERVAL_NOT_ELAPSED")
    );
    third.citizen.wait_to_compose(&third.id).await?;
    let given = third.citizen.compose(&third.id, &[&free[2]]).await?;
    assert_eq!(given.outcome.allocated().context("free")?.plate, free[2]);
    Ok(())
}
