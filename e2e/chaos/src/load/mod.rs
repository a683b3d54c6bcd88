//! Citizens, as selection speaks for them: a new operation only once the last one is known (P1, P6).

mod calls;
mod citizen;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::sleep;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::grpc::ClientChannel;
use xuanhao_chassis::ids::Ids;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_proto::platepool::v1::pool_service_client::PoolServiceClient;

use crate::history::{Answer, Call, Micros};

pub(crate) use calls::{TTL_S, is_for_now};
pub(crate) use citizen::LOOK;
pub use citizen::citizen;

/// What every citizen needs.
#[derive(Debug)]
pub struct Load {
    pub(crate) replicas: Vec<PoolServiceClient<ClientChannel>>,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) think: Duration,
    recorder: Recorder,
    is_over: AtomicBool,
    gives_up: AtomicBool,
}

/// Keeps every call in memory and in a file, a JSON object per line.
#[derive(Debug)]
struct Recorder(Mutex<(Vec<Call>, BufWriter<File>)>);

impl Load {
    /// On these replicas, recorded in a file.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(
        replicas: &[ClientChannel],
        think: Duration,
        seed: u64,
        file: &Path,
    ) -> Result<Self> {
        let clock = Clock::system();
        let doing = || format!("making {}", file.display());
        let file = File::create(file).with_context(doing)?;
        Ok(Self {
            replicas: replicas
                .iter()
                .cloned()
                .map(PoolServiceClient::new)
                .collect(),
            ids: Ids::new(clock.clone(), SecureRandom::seeded(seed)),
            clock,
            think,
            recorder: Recorder(Mutex::new((Vec::new(), BufWriter::new(file)))),
            is_over: AtomicBool::new(false),
            gives_up: AtomicBool::new(false),
        })
    }

    /// No new operations: citizens end once they know what came of their last one.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Citizens end whatever they know.
    pub fn abandon(&self) {
        self.end();
        self.gives_up.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    pub(crate) fn gives_up(&self) -> bool {
        self.gives_up.load(Ordering::Relaxed)
    }

    /// This machine's time.
    pub fn now(&self) -> Micros {
        self.clock.now().as_microsecond()
    }

    pub(crate) fn record(&self, call: &Call) {
        let mut kept = self.recorder.0.lock().expect("nobody panics holding it");
        let (calls, file) = &mut *kept;
        // The file is for people; what is judged is in memory.
        if serde_json::to_writer(&mut *file, call).is_ok() {
            let _ = file.write_all(b"\n");
        }
        calls.push(call.clone());
    }

    /// Every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        let mut kept = self.recorder.0.lock().expect("nobody panics holding it");
        let _ = kept.1.flush();
        kept.0.clone()
    }

    /// The replica that answered last for an office.
    #[must_use]
    pub fn last_answering(&self, office: &str) -> Option<usize> {
        let kept = self.recorder.0.lock().expect("nobody panics holding it");
        let mut latest = kept.0.iter().rev().take(2_000);
        let told = latest
            .find(|call| call.ask.office == office && matches!(call.answer, Answer::Told { .. }));
        told.map(|call| call.replica)
    }

    pub(crate) async fn pause(&self, random: &SecureRandom) {
        let mean = u64::try_from(self.think.as_micros()).unwrap_or(u64::MAX);
        sleep(Duration::from_micros(random.below(2 * mean + 1))).await;
    }
}

/// Serials by popularity: the `n`-th is asked for about `1/n` as often as the first (Zipf).
#[derive(Debug)]
pub(crate) struct Popular(VecDeque<u64>);

impl Popular {
    pub(crate) fn of(count: u64) -> Self {
        let mut sums = VecDeque::new();
        let mut sum = 0;
        for place in 1..=count {
            sum += 1_000_000 / place;
            sums.push_back(sum);
        }
        Self(sums)
    }

    pub(crate) fn pick(&self, random: &SecureRandom) -> u64 {
        let all = self.0.back().copied().unwrap_or(1);
        let drawn = random.below(all);
        let place = self.0.partition_point(|sum| *sum <= drawn);
        u64::try_from(place).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_popular_serial_is_asked_for_twice_as_often_as_the_next() {
        let (popular, random) = (Popular::of(1_000), SecureRandom::seeded(7));
        let mut counts = vec![0_u32; 1_000];
        for _ in 0..20_000 {
            counts[usize::try_from(popular.pick(&random)).unwrap()] += 1;
        }
        let ratio = f64::from(counts[0]) / f64::from(counts[1]);
        assert!((1.7..2.3).contains(&ratio), "{:?}", &counts[..5]);
    }
}
