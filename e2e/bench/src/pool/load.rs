//! Load: closed loops, in which each call waits for the last one, and open ones, in which calls begin
//! when they are due, whatever became of those before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::{Code, Status};

use super::client::Desk;
use crate::measure::Latencies;

/// Somebody who calls again and again.
pub trait Caller: Send + 'static {
    /// One call, or one that belongs together; how many it was.
    fn step(&mut self, desk: &mut Desk) -> impl Future<Output = Result<u64, Status>> + Send;
}

/// How long a load lasts.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Before anything counts.
    pub warm_up: Duration,
    /// What counts.
    pub measured: Duration,
}

/// What a load told.
#[derive(Debug, Clone)]
pub struct Run {
    /// Of the calls that ended within the window.
    pub latencies: Latencies,
    /// Calls that ended within the window.
    pub count: u64,
    /// How long the window was.
    pub lasted: Duration,
    /// Calls that ended at all.
    pub total: u64,
    /// Calls that were told to come back later.
    pub shed: u64,
    /// Calls that failed otherwise, and how the first did.
    pub failed: (u64, Option<String>),
}

impl Run {
    /// Calls a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.lasted.as_secs_f64()
    }

    /// Refuses to go on when calls failed: their time says nothing.
    ///
    /// # Errors
    /// With the first failure.
    pub fn without_failures(self) -> Result<Self> {
        ensure!(
            self.shed == 0,
            "{} of {} calls were shed",
            self.shed,
            self.total
        );
        self.without_faults()
    }

    /// Refuses to go on when calls failed otherwise than by being shed.
    ///
    /// # Errors
    /// With the first failure.
    pub fn without_faults(self) -> Result<Self> {
        let (count, first) = &self.failed;
        ensure!(
            *count == 0,
            "{count} of {} calls failed, the first by: {}",
            self.total,
            first.as_deref().unwrap_or_default()
        );
        Ok(self)
    }
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    counts: AtomicBool,
    done: AtomicU64,
    shed: AtomicU64,
    failed: AtomicU64,
    first_failure: std::sync::Mutex<Option<String>>,
}

impl Shared {
    fn note(&self, outcome: &Result<u64, Status>) {
        match outcome {
            Ok(calls) => _ = self.done.fetch_add(*calls, Ordering::Relaxed),
            Err(status) if status.code() == Code::ResourceExhausted => {
                self.shed.fetch_add(1, Ordering::Relaxed);
            }
            Err(status) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let mut first = self
                    .first_failure
                    .lock()
                    .expect("no panic while it is held");
                first.get_or_insert_with(|| format!("{:?}: {}", status.code(), status.message()));
            }
        }
    }

    fn run(&self, latencies: Latencies, (count, lasted): (u64, Duration)) -> Run {
        let first = self
            .first_failure
            .lock()
            .expect("no panic while it is held");
        Run {
            latencies,
            count,
            lasted,
            total: self.done.load(Ordering::Relaxed),
            shed: self.shed.load(Ordering::Relaxed),
            failed: (self.failed.load(Ordering::Relaxed), first.clone()),
        }
    }
}

/// Every desk with so many calls in flight. Callers take turns, each in the hands of one of the calls.
/// `look` is called when the window begins and when it ends.
///
/// # Errors
/// When `look` fails.
pub async fn closed<C: Caller, L>(
    desks: &[Desk],
    in_flight: usize,
    callers: &mut Vec<C>,
    window: Window,
    mut look: impl FnMut() -> Result<L>,
) -> Result<(Run, [L; 2])> {
    let shared = Arc::new(Shared::default());
    let mut hands: Vec<VecDeque<C>> = (0..desks.len() * in_flight)
        .map(|_| VecDeque::new())
        .collect();
    let places = hands.len();
    for (index, caller) in callers.drain(..).enumerate() {
        hands[index % places].push_back(caller);
    }
    let mut slots = JoinSet::new();
    for (index, turns) in hands.into_iter().enumerate() {
        let desk = desks[index % desks.len()].clone();
        slots.spawn(slot(Arc::clone(&shared), desk, turns));
    }
    sleep(window.warm_up).await;
    let (begin, first, before) = (Instant::now(), look()?, shared.done.load(Ordering::Relaxed));
    shared.counts.store(true, Ordering::Relaxed);
    sleep(window.measured).await;
    shared.counts.store(false, Ordering::Relaxed);
    let (count, last) = (shared.done.load(Ordering::Relaxed) - before, look()?);
    let lasted = begin.elapsed();
    shared.stop.store(true, Ordering::Relaxed);
    let mut all = Latencies::default();
    while let Some(slot) = slots.join_next().await {
        let (latencies, turns) = slot?;
        all.add(&latencies);
        callers.extend(turns);
    }
    Ok((shared.run(all, (count, lasted)), [first, last]))
}

async fn slot<C: Caller>(
    shared: Arc<Shared>,
    mut desk: Desk,
    mut turns: VecDeque<C>,
) -> (Latencies, VecDeque<C>) {
    let mut latencies = Latencies::default();
    while !shared.stop.load(Ordering::Relaxed) {
        let Some(mut caller) = turns.pop_front() else {
            break;
        };
        let begin = Instant::now();
        let outcome = caller.step(&mut desk).await;
        if shared.counts.load(Ordering::Relaxed) && outcome.is_ok() {
            latencies.record(begin.elapsed());
        }
        shared.note(&outcome);
        turns.push_back(caller);
    }
    (latencies, turns)
}

/// So many calls a second, each from its intended start: a slow answer delays nobody, and what waits
/// behind it is counted as waiting.
///
/// # Errors
/// When a task of it panics.
pub async fn open<C: Caller>(
    desks: &[Desk],
    rate: f64,
    callers: &mut Vec<C>,
    window: Window,
) -> Result<Run> {
    let shared = Arc::new(Shared::default());
    let (mut free, mut calls) = (VecDeque::from(std::mem::take(callers)), JoinSet::new());
    let (begin, mut all) = (Instant::now(), Latencies::default());
    let counted_from = begin + window.warm_up;
    let (mut sent, mut without_caller) = (0_u64, 0_u64);
    let mut take_back = |ended: std::result::Result<(C, Option<Duration>), _>,
                         free: &mut VecDeque<C>| {
        let (caller, latency) = ended?;
        free.push_back(caller);
        if let Some(latency) = latency {
            all.record(latency);
        }
        Ok::<_, tokio::task::JoinError>(())
    };
    while begin.elapsed() < window.warm_up + window.measured {
        let due = (begin.elapsed().as_secs_f64() * rate) as u64 + 1;
        while sent < due {
            let intended = begin + Duration::from_secs_f64(sent as f64 / rate);
            sent += 1;
            let Some(mut caller) = free.pop_front() else {
                without_caller += 1;
                continue;
            };
            let counts = intended >= counted_from;
            let (shared, mut desk) = (
                Arc::clone(&shared),
                desks[sent as usize % desks.len()].clone(),
            );
            calls.spawn(async move {
                let outcome = caller.step(&mut desk).await;
                shared.note(&outcome);
                let latency = (counts && outcome.is_ok()).then(|| intended.elapsed());
                (caller, latency)
            });
        }
        while let Some(ended) = calls.try_join_next() {
            take_back(ended, &mut free)?;
        }
        sleep_until(begin + Duration::from_secs_f64(sent as f64 / rate)).await;
    }
    while let Some(ended) = calls.join_next().await {
        take_back(ended, &mut free)?;
    }
    callers.extend(free);
    ensure!(
        without_caller == 0,
        "{without_caller} calls found no caller: the pool is too slow"
    );
    let count = all.count();
    Ok(shared.run(all, (count, window.measured)))
}
