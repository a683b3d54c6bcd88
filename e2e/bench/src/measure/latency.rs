//! Latencies, to three digits, from a microsecond to minutes.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Latencies of many calls.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        Self(Histogram::new(3).expect("three digits are within its bounds"))
    }
}

impl Latencies {
    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        // It grows by itself.
        let _ = self.0.record(micros);
    }

    /// Adds all of another.
    pub fn add(&mut self, other: &Self) {
        // It grows by itself.
        let _ = self.0.add(&other.0);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that so many per cent do not exceed; zero when there are none.
    #[must_use]
    pub fn percentile(&self, per_cent: f64) -> Duration {
        Duration::from_micros(self.0.value_at_percentile(per_cent))
    }

    /// The longest.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// `p50/p99/p99.9` in milliseconds.
    #[must_use]
    pub fn told(&self) -> String {
        let at = |per_cent| self.percentile(per_cent).as_secs_f64() * 1e3;
        format!("{:.2}/{:.1}/{:.1}", at(50.0), at(99.0), at(99.9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_that_was_recorded() {
        let (mut low, mut high) = (Latencies::default(), Latencies::default());
        (0..99).for_each(|_| low.record(Duration::from_millis(1)));
        high.record(Duration::from_secs(2));
        low.add(&high);
        assert_eq!(low.count(), 100);
        assert_eq!(low.percentile(50.0).as_millis(), 1);
        assert_eq!(low.max().as_secs(), 2);
    }
}
