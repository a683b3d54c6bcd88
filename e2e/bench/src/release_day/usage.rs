//! Processor time of everything that runs for a release day.

use std::ops::Sub;

use anyhow::Result;
use xuanhao_local::{Platform, Service};

use crate::measure::{Process, Ticks};

/// The services, Postgres, nats-server, and we ourselves as the citizens' browsers.
pub(super) const NAMES: [&str; 9] = [
    "edge",
    "selection",
    "identity",
    "platepool",
    "vehicle",
    "notification",
    "postgres",
    "nats-server",
    "(browsers)",
];
/// Without the browsers.
pub(super) const OURS: usize = 8;

/// Whose processor time is read.
#[derive(Debug)]
pub(super) struct Processes([Process; NAMES.len()]);

/// Processor time used until an instant, or between two, in the order of [`NAMES`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage(pub(super) [Ticks; NAMES.len()]);

impl Processes {
    /// Those of a platform.
    #[must_use]
    pub(super) fn of(platform: &Platform) -> Self {
        let service = |service: Service| Process::One(platform.pid(service));
        Self([
            service(Service::Edge),
            service(Service::Selection),
            service(Service::Identity),
            service(Service::Platepool),
            service(Service::Vehicle),
            service(Service::Notification),
            Process::Tree(platform.postgres().pid()),
            Process::One(platform.nats().pid()),
            Process::One(std::process::id()),
        ])
    }

    /// What they have used.
    ///
    /// # Errors
    /// When one does not run.
    pub(super) fn usage(&self) -> Result<Usage> {
        let mut usage = Usage::default();
        for (ticks, process) in usage.0.iter_mut().zip(self.0) {
            *ticks = process.ticks()?;
        }
        Ok(usage)
    }
}

impl Usage {
    /// Milliseconds of each process for each of `count`.
    #[must_use]
    pub(super) fn millis_each(&self, count: u64) -> [f64; NAMES.len()] {
        self.0.map(|ticks| ticks.micros_each(count) / 1e3)
    }

    /// Milliseconds of all but the browsers for each of `count`.
    #[must_use]
    pub(super) fn ours_each(&self, count: u64) -> f64 {
        self.millis_each(count)[..OURS].iter().sum()
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        let mut difference = self;
        for (ticks, before) in difference.0.iter_mut().zip(earlier.0) {
            *ticks = *ticks - before;
        }
        difference
    }
}
