//! Filling a platform, and starting it again.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use xuanhao_local::{Citizen, Person, Place, Platform, Service, Staff, Vehicle, seed};
use xuanhao_servers::{Home, Scratch};

use crate::support::options;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_what_the_first_one_left() {
    let home = Home::discover().unwrap();
    let scratch = Scratch::new(&home, "kept").unwrap();
    let mut options = options();
    options.place = Place::Kept(scratch.path().join("platform"));
    let person = Person::invent().unwrap();

    let platform = Platform::start(options.clone()).unwrap();
    seed::fill(&platform, |_| {}).unwrap();
    let first = figures(&platform);
    assert_eq!(first["released"], 48_000);
    assert_eq!(first["allocated"], 2_000);
    let citizen = Citizen::of(&platform).unwrap();
    citizen.join("gd", &person).await.unwrap();
    platform.stop().unwrap();

    let platform = Platform::start(options).unwrap();
    seed::fill(&platform, |_| {}).unwrap();
    assert_eq!(figures(&platform), first);
    let citizen = Citizen::of(&platform).unwrap();
    citizen
        .sign_in(&person.login_name, &person.password)
        .await
        .unwrap();
    let office = seed::office_of("粤G").unwrap();
    let vehicle = Vehicle::new_energy().unwrap();
    let application = citizen
        .to_selecting(office.office, &person, &vehicle)
        .await
        .unwrap();
    assert_eq!(application.state, "selecting");
    assert_eq!(application.plate_class.as_deref(), Some("nev_small"));
    let drawn = citizen
        .draw(&application.application_id, false)
        .await
        .unwrap();
    let column = &drawn.outcome.held().unwrap().column;
    assert_eq!(column.len(), 10);
    citizen
        .keep(&application.application_id, &column[0])
        .await
        .unwrap();
    let confirmed = citizen
        .confirm(&application.application_id, &column[0])
        .await
        .unwrap();
    assert_eq!(confirmed.outcome.allocated().unwrap().plate, column[0]);
    await_the_fact(&platform);
    platform.stop().unwrap();
}

/// The pool's fact comes to selection, and nobody said or asked for what it may not.
fn await_the_fact(platform: &Platform) {
    let psql = platform.postgres().tools().program("psql");
    let url = platform.database_url(Service::Selection);
    let words = ["--no-psqlrc", "--tuples-only", "--no-align", "--command"];
    let start = Instant::now();
    loop {
        let mut command = Command::new(&psql);
        let query = "SELECT count(*) FROM inbox WHERE consumer = 'selection-allocations'";
        let told = command.args(words).args([query, &url]).output().unwrap();
        if String::from_utf8_lossy(&told.stdout).trim() == "1" {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{told:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = std::fs::read_to_string(platform.nats().log_file()).unwrap();
    assert!(!log.to_lowercase().contains("violation"), "{log}");
}

/// Tangshan's small plates.
fn figures(platform: &Platform) -> Value {
    let arguments = [
        "--output",
        "json",
        "pool",
        "figures",
        "--office",
        "he-tangshan",
    ];
    let told = platform.xuanctl(Staff::Operator, &arguments).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    told["classes"][0].clone()
}
