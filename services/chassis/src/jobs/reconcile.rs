//! Reconcilers: idempotent work without input, woken by a signal and by a timer, one way through.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::Signal;
use crate::error::chain;
use crate::random::SecureRandom;

const FIRST_PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);

/// What one run of a reconciler left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing; the next run may wait for the signal or the timer.
    Idle,
    /// Perhaps more; run again at once.
    More,
}

/// Runs a piece of idempotent work again and again.
#[derive(Debug)]
pub struct Reconciler {
    name: &'static str,
    every: Duration,
    signal: Arc<Signal>,
    random: SecureRandom,
}

impl Reconciler {
    /// A reconciler that runs at least every `every`, give or take a tenth so that replicas do not
    /// run in step. `name` is `<service>.<work>`.
    pub fn new(name: &'static str, every: Duration) -> Self {
        Self {
            name,
            every,
            signal: Arc::default(),
            random: SecureRandom::system(),
        }
    }

    /// The signal that wakes it before its time.
    pub fn signal(&self) -> Arc<Signal> {
        Arc::clone(&self.signal)
    }

    /// Runs `work` until `stop`; a run that has begun is finished. After an error it waits longer
    /// each time, up to the timer.
    pub async fn run<F, R, E>(self, stop: CancellationToken, mut work: F)
    where
        F: FnMut() -> R + Send,
        R: Future<Output = Result<Progress, E>> + Send,
        E: StdError + Send,
    {
        let mut pause_after_error = FIRST_PAUSE_AFTER_ERROR;
        while !stop.is_cancelled() {
            let pause = match self.run_once(&mut work).await {
                Ok(Progress::More) => {
                    pause_after_error = FIRST_PAUSE_AFTER_ERROR;
                    continue;
                }
                Ok(Progress::Idle) => {
                    pause_after_error = FIRST_PAUSE_AFTER_ERROR;
                    self.every
                }
                Err(error) => {
                    tracing::warn!(job = self.name, error = chain(&error), "job failed");
                    let pause = pause_after_error.min(self.every);
                    pause_after_error = pause_after_error.saturating_mul(2);
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.signal.raised() => {}
                () = tokio::time::sleep(self.jittered(pause)) => {}
            }
        }
    }

    async fn run_once<F, R, E>(&self, work: &mut F) -> Result<Progress, E>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<Progress, E>>,
    {
        let started = Instant::now();
        let span = tracing::info_span!("job", otel.name = format!("job.{}", self.name));
        let result = work().instrument(span).await;
        let outcome = if result.is_ok() { "ok" } else { "error" };
        DURATION.record(
            started.elapsed().as_secs_f64(),
            &[
                KeyValue::new("job", self.name),
                KeyValue::new("outcome", outcome),
            ],
        );
        result
    }

    /// Between nine and eleven tenths.
    fn jittered(&self, pause: Duration) -> Duration {
        let tenth = u64::try_from(pause.as_micros() / 10).unwrap_or(u64::MAX / 4);
        pause - Duration::from_micros(tenth)
            + Duration::from_micros(self.random.below(2 * tenth + 1))
    }
}

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    opentelemetry::global::meter("xuanhao")
        .f64_histogram("job.duration")
        .with_unit("s")
        .with_description("Time of one run of a job, by name and outcome.")
        .build()
});

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_runs_by_signal_by_timer_and_while_there_is_more() {
        let runs = AtomicU32::new(0);
        let reconciler = Reconciler::new("test.count", Duration::from_secs(60));
        let (signal, stop) = (reconciler.signal(), CancellationToken::new());
        let running = reconciler.run(stop.clone(), || {
            let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
            let progress = if run < 3 {
                Progress::More
            } else {
                Progress::Idle
            };
            std::future::ready(Ok::<_, Infallible>(progress))
        });
        tokio::join!(running, async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(runs.load(Ordering::SeqCst), 3, "more work is done at once");
            signal.raise();
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(runs.load(Ordering::SeqCst), 4, "the signal wakes it");
            tokio::time::sleep(Duration::from_secs(67)).await;
            assert_eq!(runs.load(Ordering::SeqCst), 5, "the timer wakes it");
            stop.cancel();
        });
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_is_tried_again_later_and_later() {
        let runs = AtomicU32::new(0);
        let stop = CancellationToken::new();
        let reconciler = Reconciler::new("test.fail", Duration::from_secs(60));
        let running = reconciler.run(stop.clone(), || {
            runs.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Err::<Progress, _>(std::io::Error::other("no")))
        });
        tokio::join!(running, async {
            tokio::time::sleep(Duration::from_secs(20)).await;
            // After 0, 1, 3, 7 and 15 s, each give or take a tenth.
            assert_eq!(runs.load(Ordering::SeqCst), 5);
            stop.cancel();
        });
    }
}
