//! `demo`: a fresh platform, two pre-selections under one preset, and a clean stop.

mod lives;
mod stories;
mod voucher;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use xuanhao_local::{Interrupt, Options, Platform, Programs, Resident, seed};
use xuanhao_servers::{Durability, Home};

use crate::arguments::Preset;
use crate::show::{self, Steps, line};
use lives::Lives;
use stories::Stories;

/// Names with their values.
type Facts = Vec<(String, String)>;

/// The whole platform fits into so much memory.
const MOST_MEMORY_KIB: u64 = 1_536 * 1_024;

pub(crate) fn run(
    home: Home,
    programs: Programs,
    interrupt: Interrupt,
    preset: Preset,
) -> Result<()> {
    let start = Instant::now();
    line("选号平台演示：全新数据 · Xuanhao demo on fresh data");
    let keep = folder_for_vouchers(&home)?;
    let mut steps = Steps::default();
    steps.chapter("平台 · platform");
    let options = Options {
        durability: Durability::Full,
        interrupt: interrupt.clone(),
        say: show::beginning,
        ..Options::thrown_away(home, programs, "demo")
    };
    let platform = steps.blocking("启动平台 · start the platform", || {
        Platform::start(options)
    })?;
    tell_simulators(&platform);
    steps.blocking(
        "准备人员、政策、号池 · staff, policies, plate pool",
        || {
            seed::fill(&platform, |text| {
                show::beginning(text);
            })
        },
    )?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let told = runtime.block_on(async {
        tokio::select! {
            told = tell(preset, &platform, keep, &mut steps) => told,
            () = wait_for(&interrupt) => Err(anyhow!("被中止 · told to stop")),
        }
    })?;
    drop(runtime);
    let memory = platform.resident()?;
    steps.chapter("平台 · platform");
    steps.blocking("依次停止 · stop in order", || platform.stop())?;

    line("");
    line(&steps.table(&told));
    line(&show::memory_table(&memory));
    let total: u64 = memory.iter().map(|one: &Resident| one.kib).sum();
    ensure!(
        total <= MOST_MEMORY_KIB,
        "the platform takes {} MiB, more than {}",
        show::mib(total),
        show::mib(MOST_MEMORY_KIB)
    );
    let whole = start.elapsed().as_secs_f64();
    line(&format!(
        "演示完成，共 {whole:.1} 秒 · demo done in {whole:.1} s"
    ));
    Ok(())
}

async fn tell(
    preset: Preset,
    platform: &Platform,
    keep: PathBuf,
    steps: &mut Steps,
) -> Result<Facts> {
    match preset {
        Preset::Guangdong2023 => Stories { platform, keep }.tell(steps).await,
        Preset::Hebei2016 => Lives { platform, keep }.tell(steps).await,
    }
}

fn tell_simulators(platform: &Platform) {
    for (service, system) in platform.simulators() {
        line(&format!("  模拟 · simulated in {service}: {system}"));
    }
}

async fn wait_for(interrupt: &Interrupt) {
    while !interrupt.came() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// In the checkout's build folder when we may write there.
fn folder_for_vouchers(home: &Home) -> Result<PathBuf> {
    let beside = home.checkout().join("target").join("demo");
    let own = home.base().join("demo");
    let may = |folder: &PathBuf| {
        let probe = folder.join(".probe");
        fs::create_dir_all(folder).is_ok()
            && fs::write(&probe, "").is_ok()
            && fs::remove_file(&probe).is_ok()
    };
    [beside, own]
        .into_iter()
        .find(may)
        .context("no folder for the vouchers can be made")
}
