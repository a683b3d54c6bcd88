//! After the day a stranger derives its draws again, and so does the pool.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::ToSpan as _;
use xuanhao_e2e::{OFFICE, Stage};
use xuanhao_local::Staff;

#[test]
fn a_day_is_derived_again_by_a_stranger_and_by_the_pool() -> Result<()> {
    Stage::open_with("stranger", &[("interval_s: 10", "interval_s: 0")])?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let platform = stage.platform();
    let day = platform.today()?;

    let one = stage.selecting().await?;
    let drawn = one.citizen.draw(&one.id, true).await?;
    let held = drawn.outcome.held().context("numbers are held")?;
    one.citizen.keep(&one.id, &held.column[0]).await?;
    let again = one.citizen.draw(&one.id, false).await?;
    let held = again.outcome.held().context("numbers are held")?;
    one.citizen.confirm(&one.id, &held.basket[0]).await?;
    let other = stage.selecting().await?;
    other.citizen.draw(&other.id, false).await?;

    // E10: the key is told once the day is over.
    let export = |file: &str| -> [String; 6] {
        let day = day.to_string();
        ["pool", "export", OFFICE, &day, "--file", file].map(str::to_owned)
    };
    let file = platform.folders().base().join("draws.jsonl");
    let file = file.to_str().context("a path is text")?;
    let words = export(file);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let early = platform.try_xuanctl(Staff::Operator, &words)?;
    assert_eq!(early.status.code(), Some(1));

    platform.move_clock(platform.now() + 25.hours())?;
    platform.sign_in(Staff::Operator)?;
    revealed(stage, &words).await?;

    let checker = concat!(env!("CARGO_MANIFEST_DIR"), "/checker/derive_draws.py");
    let told = Command::new("python3").arg(checker).arg(file).output()?;
    let text = String::from_utf8(told.stdout)?;
    assert!(told.status.success(), "{text}");
    assert!(text.contains("3 draws, 30 numbers drawn"), "{text}");

    let replay = ["pool", "replay", OFFICE, words[3], "--output", "json"];
    let told = platform.xuanctl(Staff::Operator, &replay)?;
    assert!(
        told.contains(r#""holds": true"#) || told.contains(r#""holds":true"#),
        "{told}"
    );
    assert!(told.contains("picks_of_day"), "{told}");
    Ok(())
}

/// Exports, as soon as the day's key is told.
async fn revealed(stage: &Stage, words: &[&str]) -> Result<()> {
    for _ in 0..300 {
        let told = stage.platform().try_xuanctl(Staff::Operator, words)?;
        if told.status.success() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(false, "the day's key was not told");
    Ok(())
}
