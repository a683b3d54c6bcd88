//! The one clock of a service: database time carried forward by the monotonic clock.
//!
//! Replicas of a service agree with each other because they agree with their database, and a
//! change of the machine's wall clock moves nothing. The clock never runs back: when a new
//! measurement says it was fast it stands still until the truth has caught up. Domain SQL never
//! says `now()`; it is handed an instant of this clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, RwLock};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::db;

/// How often [`Clock::keep_synchronised`] asks the database again.
pub const SYNCHRONISE_EVERY: Duration = Duration::from_secs(60);

/// A difference worth an operator's attention when the clock is measured again.
const NOTABLE_DRIFT: SignedDuration = SignedDuration::from_millis(500);

/// Of several measurements the one with the shortest round trip is the least wrong.
const SAMPLES: usize = 3;

static SHANGHAI: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZone::get("Asia/Shanghai").expect("the bundled time zone database holds Asia/Shanghai")
});

/// The zone by whose midnight every civil day of the platform begins.
pub fn shanghai() -> &'static TimeZone {
    &SHANGHAI
}

/// The civil day of an instant in Asia/Shanghai.
pub fn civil_day(instant: Timestamp) -> Date {
    shanghai().to_datetime(instant).date()
}

/// The first instant of a civil day in Asia/Shanghai.
///
/// # Errors
/// When the day lies outside the range of [`Timestamp`] (years −9999 to 9999).
pub fn start_of_day(day: Date) -> Result<Timestamp, jiff::Error> {
    day.to_zoned(shanghai().clone())
        .map(|start| start.timestamp())
}

/// What configuration says about the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockConfig {
    /// Seconds added to database time. Anything but 0 is a simulation and is said so at start.
    pub simulated_offset_s: i64,
}

impl ClockConfig {
    /// The configured offset.
    pub fn offset(&self) -> SignedDuration {
        SignedDuration::from_secs(self.simulated_offset_s)
    }
}

/// Tells the time; clones share one state.
#[derive(Clone, Debug)]
pub struct Clock(Arc<State>);

#[derive(Debug)]
struct State {
    source: Source,
    /// Microseconds since the epoch of the latest instant ever told.
    latest: AtomicI64,
}

#[derive(Debug)]
enum Source {
    Synchronised {
        anchor: RwLock<Anchor>,
        offset: SignedDuration,
    },
    System,
    Manual(AtomicI64),
}

/// Database time at a point of the monotonic clock.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    database: Timestamp,
    at: Instant,
}

impl Anchor {
    async fn measure(pool: &PgPool) -> Result<Self, db::Error> {
        let mut connection = pool.acquire().await?;
        let mut best: Option<(Duration, Self)> = None;
        for _ in 0..SAMPLES {
            let asked = Instant::now();
            let database = sqlx::query_scalar!(
                r#"-- chassis.clock.measure
                SELECT clock_timestamp() AS "now!: jiff_sqlx::Timestamp""#
            )
            .fetch_one(&mut *connection)
            .await?
            .to_jiff();
            let round_trip = asked.elapsed();
            if best.is_none_or(|(shortest, _)| round_trip < shortest) {
                best = Some((
                    round_trip,
                    Self {
                        database,
                        at: asked + round_trip / 2,
                    },
                ));
            }
        }
        Ok(best
            .map(|(_, anchor)| anchor)
            .expect("at least one sample was taken"))
    }

    fn now(self) -> Timestamp {
        let since = SignedDuration::try_from(self.at.elapsed()).unwrap_or(SignedDuration::ZERO);
        self.database
            .saturating_add(since)
            .expect("an exact duration never fails to be added")
    }
}

impl Clock {
    /// A clock that follows the database's time plus `offset` (zero outside simulations).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn synchronised(pool: &PgPool, offset: SignedDuration) -> Result<Self, db::Error> {
        let anchor = RwLock::new(Anchor::measure(pool).await?);
        Ok(Self::over(Source::Synchronised { anchor, offset }))
    }

    /// The machine's own clock, for processes without a database.
    pub fn system() -> Self {
        Self::over(Source::System)
    }

    /// A clock that moves only by [`advance`](Self::advance) and [`set`](Self::set).
    pub fn manual(start: Timestamp) -> Self {
        Self::over(Source::Manual(AtomicI64::new(start.as_microsecond())))
    }

    fn over(source: Source) -> Self {
        Self(Arc::new(State {
            source,
            latest: AtomicI64::new(i64::MIN),
        }))
    }

    /// The present instant, in whole microseconds; never earlier than one told before.
    pub fn now(&self) -> Timestamp {
        let raw = match &self.0.source {
            Source::Synchronised { anchor, offset } => {
                let anchor = *anchor.read().expect("no holder of the anchor panics");
                anchor
                    .now()
                    .saturating_add(*offset)
                    .expect("an exact duration never fails to be added")
                    .as_microsecond()
            }
            Source::System => machine_time().as_microsecond(),
            Source::Manual(at) => at.load(Ordering::Acquire),
        };
        let told = self.0.latest.fetch_max(raw, Ordering::AcqRel).max(raw);
        Timestamp::from_microsecond(told).expect("the microseconds came from a timestamp")
    }

    /// Today's civil date in Asia/Shanghai.
    pub fn today(&self) -> Date {
        civil_day(self.now())
    }

    /// Moves a manual clock forward.
    ///
    /// # Panics
    /// When the clock is not manual or the step leads outside the range of [`Timestamp`].
    pub fn advance(&self, step: impl Into<Duration>) {
        let step = i64::try_from(step.into().as_micros()).expect("a step fits the time line");
        self.manual_source().fetch_add(step, Ordering::AcqRel);
    }

    /// Puts a manual clock to an instant; an earlier one than told before has no effect on
    /// [`now`](Self::now).
    ///
    /// # Panics
    /// When the clock is not manual.
    pub fn set(&self, to: Timestamp) {
        self.manual_source()
            .store(to.as_microsecond(), Ordering::Release);
    }

    /// Measures the database's time again. A clock of another kind is left as it is.
    ///
    /// # Errors
    /// When the database cannot be asked; the clock then goes on from its last measurement.
    pub async fn resynchronise(&self, pool: &PgPool) -> Result<(), db::Error> {
        if let Source::Synchronised { anchor, .. } = &self.0.source {
            let fresh = Anchor::measure(pool).await?;
            let stale = {
                let mut held = anchor.write().expect("no holder of the anchor panics");
                std::mem::replace(&mut *held, fresh)
            };
            let drift = fresh.now().duration_since(stale.now());
            if drift.abs() > NOTABLE_DRIFT {
                tracing::warn!(
                    drift_ms = drift.as_millis(),
                    "clock differed from the database"
                );
            }
        }
        Ok(())
    }

    /// Measures the database's time every minute until `stop`.
    pub async fn keep_synchronised(self, pool: PgPool, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(SYNCHRONISE_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks.tick().await;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.resynchronise(&pool).await {
                tracing::warn!(%error, "clock could not be synchronised");
            }
        }
    }

    fn manual_source(&self) -> &AtomicI64 {
        match &self.0.source {
            Source::Manual(at) => at,
            Source::Synchronised { .. } | Source::System => panic!("only a manual clock is moved"),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the clock is where time comes from"
)]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_manual_clock_moves_only_when_told_and_never_back() {
        let clock = Clock::manual(instant("2026-11-22T00:00:00Z"));
        let twin = clock.clone();
        clock.advance(Duration::from_millis(1500));
        assert_eq!(twin.now(), instant("2026-11-22T00:00:01.5Z"));
        clock.set(instant("2026-11-21T00:00:00Z"));
        assert_eq!(twin.now(), instant("2026-11-22T00:00:01.5Z"));
        clock.set(instant("2026-12-01T00:00:00Z"));
        assert_eq!(twin.now(), instant("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn instants_are_whole_microseconds() {
        let now = Clock::system().now();
        assert_eq!(now.as_nanosecond() % 1000, 0);
    }

    #[test]
    fn the_day_begins_at_midnight_in_shanghai() {
        let clock = Clock::manual(instant("2026-11-22T15:59:59Z"));
        assert_eq!(clock.today(), jiff::civil::date(2026, 11, 22));
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.today(), jiff::civil::date(2026, 11, 23));
        assert_eq!(
            start_of_day(clock.today()).unwrap(),
            instant("2026-11-22T16:00:00Z")
        );
    }

    #[test]
    fn a_measurement_that_says_earlier_makes_the_clock_stand_still() {
        let anchor = |text: &str| Anchor {
            database: instant(text),
            at: Instant::now(),
        };
        let clock = Clock::over(Source::Synchronised {
            anchor: RwLock::new(anchor("2026-11-22T00:00:10Z")),
            offset: SignedDuration::ZERO,
        });
        let before = clock.now();
        if let Source::Synchronised { anchor: held, .. } = &clock.0.source {
            *held.write().unwrap() = anchor("2026-11-22T00:00:00Z");
        }
        assert_eq!(clock.now(), before);
        if let Source::Synchronised { anchor: held, .. } = &clock.0.source {
            *held.write().unwrap() = anchor("2026-11-22T00:00:20Z");
        }
        assert!(clock.now() >= instant("2026-11-22T00:00:20Z"));
    }
}
