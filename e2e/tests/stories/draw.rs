//! A citizen draws numbers, keeps one, confirms it, prints the voucher and registers the car.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use xuanhao_e2e::{OFFICE, PROVINCE, Stage, seeded, segment};
use xuanhao_local::{Service, Staff, seed};
use xuanhao_vocabulary::{PlateMask, PlateNumber};

#[test]
fn a_number_is_drawn_confirmed_and_registered() -> Result<()> {
    Stage::open("draw")?.play(story)
}

async fn story(stage: &Stage) -> Result<()> {
    let who = stage.selecting().await?;
    assert_eq!(who.left().await?, (20, 5));

    // R-RND-01, R-RND-03: ten free numbers of what was released, without 4.
    let drawn = who.citizen.draw(&who.id, true).await?;
    let held = drawn.outcome.held().context("numbers are held")?;
    assert_eq!(held.column.len(), 10);
    let mask = PlateMask::parse(segment().mask)?;
    let used: Vec<String> = seed::used_numbers(seeded())?
        .iter()
        .map(ToString::to_string)
        .collect();
    for plate in &held.column {
        let number = PlateNumber::parse(plate)?;
        assert_eq!(number.code().to_string(), segment().code);
        assert!(mask.contains(&number.serial()), "{plate}");
        assert!(!number.contains_digit_four(), "{plate}");
        assert!(!used.contains(plate), "{plate}");
    }
    assert_eq!(who.left().await?, (20, 4));

    // R-RND-09: a number of the column is no candidate yet.
    let wanted = &held.column[3];
    let early = who.citizen.confirm(&who.id, wanted).await;
    assert_eq!(
        early.err().context("not kept yet")?.code(),
        Some("PLATE_NOT_HELD")
    );
    let kept = who.citizen.keep(&who.id, wanted).await?;
    let held = kept.outcome.held().context("still held")?;
    assert_eq!(held.basket, std::slice::from_ref(wanted));
    let confirmed = who.citizen.confirm(&who.id, wanted).await?;
    let given = confirmed.outcome.allocated().context("given")?;
    assert_eq!(&given.plate, wanted);
    assert_eq!(confirmed.application.state, "confirmed");
    assert_eq!(who.citizen.enter(OFFICE).await?.step, "completed");

    let pdf = who.citizen.voucher(&who.id).await?;
    assert!(pdf.starts_with(b"%PDF-"));
    let signed = who.citizen.signed_voucher(&who.id).await?;
    assert_eq!(signed.voucher_number, given.voucher_number);
    let keys = stage.platform().voucher_keys_file().display().to_string();
    let verify = |text: &str| {
        let arguments = ["voucher", "verify", text, "--keys", &keys];
        stage.platform().try_xuanctl(Staff::Officer, &arguments)
    };
    let verified = verify(&signed.signed_voucher)?;
    let told = String::from_utf8(verified.stdout)?;
    assert!(
        verified.status.success() && told.contains(wanted.as_str()),
        "{told}"
    );
    let (head, _) = signed
        .signed_voucher
        .rsplit_once('.')
        .context("a signature")?;
    assert_eq!(
        verify(&format!("{head}.{}", "A".repeat(86)))?.status.code(),
        Some(1)
    );

    // P11: the message goes once, with the number.
    let told = message_about(stage, &who.person.mobile, wanted).await?;
    assert_eq!(told, 1);

    let today = xuanhao_local::people::today()?.to_string();
    let register = [
        "outcome",
        "mark-registered",
        "--province",
        PROVINCE,
        who.id.as_str(),
        "--on",
        &today,
        "--reason",
        "inspected at the window",
    ];
    stage.platform().xuanctl(Staff::Officer, &register)?;
    assert_eq!(who.citizen.application(&who.id).await?.state, "registered");
    let seen = crate::nation::finds(stage, &given.voucher_number).await?;
    assert_eq!((&seen.plate, seen.state.as_str()), (wanted, "registered"));
    assert_eq!(
        (&seen.vin, seen.office.as_str()),
        (&who.vehicle.vin, OFFICE)
    );
    let allocations = stage
        .count(
            Service::Platepool,
            "SELECT count(*) FROM allocations WHERE channel = 'internet'",
        )
        .await?;
    assert_eq!(allocations, 1);
    Ok(())
}

/// How often the number was told by SMS; waits for the first.
async fn message_about(stage: &Stage, mobile: &str, plate: &str) -> Result<usize> {
    for _ in 0..150 {
        let messages = stage.platform().console().messages_to(mobile)?;
        let told = messages
            .iter()
            .filter(|message| message.text.contains(plate))
            .count();
        if told > 0 {
            return Ok(told);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(false, "no message came");
    Ok(0)
}
