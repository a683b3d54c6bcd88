//! `lab`: a platform for tests that sit in a browser. It is thrown away, tells its addresses in one line of
//! JSON, and answers at a second address what a test cannot do as a citizen: who there is, what came by SMS,
//! what staff do, what time it is.
//!
//! It ends with its input, so that it never outlives the tests that started it.

mod doors;

use std::io::{self, Read as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::net::TcpListener;
use xuanhao_local::{Interrupt, Options, Platform, Programs, seed};
use xuanhao_servers::Home;

use crate::arguments::Preset;
use crate::{day, show};
use doors::Lab;

/// What is asked for at the end may take so long to be answered.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

pub(crate) fn run(
    home: Home,
    programs: Programs,
    interrupt: Interrupt,
    preset: Preset,
) -> Result<()> {
    end_with_input(interrupt.clone());
    let options = Options {
        interrupt: interrupt.clone(),
        say: beginning,
        ..Options::thrown_away(home, programs, "lab")
    };
    let platform = Platform::start(options)?;
    seed::fill(&platform, beginning)?;
    interrupt.check()?;
    if preset == Preset::Hebei2016
        && let Some(day) = day::to_wait_for(&platform)?
    {
        day::go_to(&platform, day::morning_of(day)?)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let lab = Arc::new(Lab::new(platform, preset)?);
    let served = runtime.block_on(serve(&lab, &interrupt));
    runtime.shutdown_timeout(LAST_ANSWERS);
    // Whoever still asks for something keeps it for a moment; it is stopped in any case.
    Arc::into_inner(lab).map_or(Ok(()), Lab::stop).and(served)
}

/// Tells where everything is, and answers until it is told to end.
async fn serve(lab: &Arc<Lab>, interrupt: &Interrupt) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("listening")?;
    let office = lab.office();
    let addresses = json!({
        "portal": lab.platform().url(),
        "control": format!("http://{}", listener.local_addr()?),
        "office": office.office,
        "issuing_code": office.segments[0].code,
    });
    show::line(&addresses.to_string());
    tokio::select! {
        served = axum::serve(listener, doors::all(lab)).into_future() => served.context("serving"),
        () = came(interrupt) => Ok(()),
    }
}

async fn came(interrupt: &Interrupt) {
    while !interrupt.came() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The standard output is for the one line.
fn beginning(text: &str) {
    show::trouble(&format!("  · {text}"));
}

fn end_with_input(interrupt: Interrupt) {
    thread::spawn(move || {
        let mut nothing = [0; 64];
        while io::stdin().read(&mut nothing).is_ok_and(|read| read > 0) {}
        interrupt.set();
    });
}
