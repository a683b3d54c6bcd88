//! Whether this process should be sent requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::watch;

/// So many failures in a row make a check fail: a single slow answer must not empty a whole fleet.
const FAILURES_TO_FAIL: u32 = 3;

/// Ready means: started, not stopping, and every check is good. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Readiness {
    state: Arc<Mutex<State>>,
    changed: Arc<watch::Sender<()>>,
}

#[derive(Debug, Default)]
struct State {
    accepting: bool,
    /// Failures in a row by check; a new check has failed until it has passed.
    checks: BTreeMap<&'static str, u32>,
    services: Vec<&'static str>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            state: Arc::default(),
            changed: Arc::new(watch::Sender::new(())),
        }
    }
}

impl Readiness {
    /// Adds something that has to be good first.
    pub fn check(&self, name: &'static str) -> Check {
        self.change(|state| {
            state.checks.insert(name, FAILURES_TO_FAIL);
        });
        Check {
            readiness: self.clone(),
            name,
        }
    }

    /// Whether requests should be sent here.
    pub fn is_ready(&self) -> bool {
        self.missing().is_empty()
    }

    /// What is still missing, in words for an operator.
    pub fn missing(&self) -> Vec<&'static str> {
        let state = self.lock();
        let failing = state
            .checks
            .iter()
            .filter(|(_, failures)| **failures >= FAILURES_TO_FAIL);
        let mut missing: Vec<_> = failing.map(|(name, _)| *name).collect();
        if !state.accepting {
            missing.push("starting or stopping");
        }
        missing
    }

    /// Changes at every change of state.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(super) fn service_names(&self) -> Vec<&'static str> {
        self.lock().services.clone()
    }

    /// The gRPC services whose health follows this.
    pub(crate) fn add_services(&self, names: &[&'static str]) {
        self.change(|state| state.services.extend_from_slice(names));
    }

    /// Started (`true`) or stopping (`false`).
    pub(crate) fn set_accepting(&self, accepting: bool) {
        self.change(|state| state.accepting = accepting);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the lock is held")
    }
}

/// One thing that has to be good.
#[derive(Clone, Debug)]
pub struct Check {
    readiness: Readiness,
    name: &'static str,
}

impl Check {
    /// It is good.
    pub fn pass(&self) {
        self.set(|_| 0);
    }

    /// It failed; several times in a row make the process unready.
    pub fn fail(&self) {
        self.set(|failures| failures.saturating_add(1));
    }

    fn set(&self, change: impl FnOnce(u32) -> u32) {
        self.readiness.change(|state| {
            let failures = state.checks.entry(self.name).or_default();
            *failures = change(*failures);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_needs_a_start_and_every_check_once() {
        let readiness = Readiness::default();
        let database = readiness.check("database");
        readiness.set_accepting(true);
        assert_eq!(readiness.missing(), ["database"]);
        database.pass();
        assert!(readiness.is_ready());
        readiness.set_accepting(false);
        assert!(!readiness.is_ready());
    }

    #[test]
    fn a_single_failure_does_not_take_a_process_out() {
        let readiness = Readiness::default();
        let bus = readiness.check("bus");
        readiness.set_accepting(true);
        bus.pass();
        bus.fail();
        bus.fail();
        assert!(readiness.is_ready());
        bus.fail();
        assert!(!readiness.is_ready());
        bus.pass();
        assert!(readiness.is_ready());
    }
}
