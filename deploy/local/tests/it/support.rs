//! A platform for a test.

use std::time::{Duration, Instant};

use xuanhao_local::{Options, Platform, Service};
use xuanhao_servers::process;

/// One with data of its own.
pub(crate) fn platform() -> Platform {
    Platform::start(options()).unwrap()
}

/// How it is started.
pub(crate) fn options() -> Options {
    Options::of_story("local-test").unwrap()
}

/// Every process of it.
pub(crate) fn pids(platform: &Platform) -> Vec<u32> {
    let mut pids: Vec<u32> = Service::ALL.map(|service| platform.pid(service)).to_vec();
    pids.extend([platform.postgres().pid(), platform.nats().pid()]);
    pids
}

/// Waits until none of them runs.
pub(crate) fn await_end(pids: &[u32]) {
    let start = Instant::now();
    while pids.iter().any(|pid| process::is_alive(*pid)) {
        assert!(start.elapsed() < Duration::from_secs(30), "{pids:?} go on");
        std::thread::sleep(Duration::from_millis(20));
    }
}
