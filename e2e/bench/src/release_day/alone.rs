//! Each step by itself: everybody of a small group does the same at about the same time, so that its
//! processor time can be told service by service.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use futures::stream::{self, StreamExt as _};
use xuanhao_local::Citizen;
use xuanhao_local::citizen::Error;

use super::prepare::{CODE, Ready};
use super::steps::Step;
use super::usage::{Processes, Usage};
use crate::measure::Latencies;

/// Calls in progress at a time.
const AT_ONCE: usize = 4;

/// What a step costs.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    /// Which.
    pub(super) step: Step,
    /// How many calls were measured.
    pub(super) calls: u64,
    /// Processor time of all.
    pub(super) usage: Usage,
    /// From sending to the answer.
    pub(super) latencies: Latencies,
}

/// Has a group do one step after the other, in the order of a citizen's way.
///
/// # Errors
/// When a call is refused.
pub(super) async fn each_step(group: &[Ready], processes: &Processes) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    let (cost, _) = all(Step::Look, group, processes, async |citizen, ready| {
        citizen.application(&ready.application).await
    })
    .await?;
    costs.push(cost);
    let (cost, _) = all(Step::Keyboard, group, processes, async |citizen, ready| {
        citizen.keyboard(&ready.application, CODE).await
    })
    .await?;
    costs.push(cost);
    // It was never released: everybody misses it (no oracle).
    let taken = format!("{CODE}A0000");
    let (cost, _) = all(Step::Compose, group, processes, async |citizen, ready| {
        citizen.compose(&ready.application, &[&taken]).await
    })
    .await?;
    costs.push(cost);
    let (cost, drawn) = all(Step::Draw, group, processes, async |citizen, ready| {
        citizen.draw(&ready.application, true).await
    })
    .await?;
    costs.push(cost);
    let mut plates = Vec::with_capacity(drawn.len());
    for selected in &drawn {
        let held = selected.outcome.held().and_then(|held| held.column.first());
        plates.push(held.context("a draw holds numbers")?.clone());
    }
    let plate_of = |who: &Ready| {
        let index = group
            .iter()
            .position(|one| one.application == who.application);
        plates[index.unwrap_or_default()].clone()
    };
    let (cost, _) = all(Step::Keep, group, processes, async |citizen, ready| {
        citizen.keep(&ready.application, &plate_of(ready)).await
    })
    .await?;
    costs.push(cost);
    let (cost, _) = all(Step::Confirm, group, processes, async |citizen, ready| {
        citizen.confirm(&ready.application, &plate_of(ready)).await
    })
    .await?;
    costs.push(cost);
    let (cost, _) = all(Step::Voucher, group, processes, async |citizen, ready| {
        citizen.voucher(&ready.application).await
    })
    .await?;
    costs.push(cost);
    Ok(costs)
}

/// One step of everybody; what came of each in the group's order.
async fn all<T>(
    step: Step,
    group: &[Ready],
    processes: &Processes,
    call: impl AsyncFn(&Citizen, &Ready) -> Result<T, Error>,
) -> Result<(Cost, Vec<T>)> {
    // What the step before left to be done is not this one's.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (before, mut latencies) = (processes.usage()?, Latencies::default());
    let answers: Vec<(Duration, Result<T, Error>)> = stream::iter(group)
        .map(async |ready| {
            let sent = Instant::now();
            let answer = call(&ready.citizen, ready).await;
            (sent.elapsed(), answer)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    // What an answer leaves to be done in the background is its own.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let usage = processes.usage()? - before;
    let mut all = Vec::with_capacity(answers.len());
    for (took, answer) in answers {
        latencies.record(took);
        all.push(answer.map_err(|error| anyhow!("{} alone: {error}", step.name()))?);
    }
    let cost = Cost {
        step,
        calls: group.len() as u64,
        usage,
        latencies,
    };
    Ok((cost, all))
}
