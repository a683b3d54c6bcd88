//! The machine that figures were measured on: a figure without it says little.

use std::fs;
use std::thread;

use serde::Serialize;

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The processor's name, as the kernel tells it.
    pub processor: String,
    /// Cores that we may use.
    pub cores: usize,
    /// RAM, in mebibytes.
    pub memory_mib: u64,
    /// The kernel's version.
    pub kernel: String,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn this() -> Self {
        let field = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':'));
            value.map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let memory = field("/proc/meminfo", "MemTotal");
        let kib: u64 = memory
            .split(' ')
            .next()
            .and_then(|kib| kib.parse().ok())
            .unwrap_or(0);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kib / 1_024,
            kernel: kernel.trim().to_owned(),
        }
    }

    /// How many processes wanted to run during the last minute.
    #[must_use]
    pub fn load() -> f64 {
        let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        text.split(' ')
            .next()
            .and_then(|load| load.parse().ok())
            .unwrap_or(0.0)
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            processor,
            cores,
            memory_mib,
            kernel,
        } = self;
        write!(
            f,
            "{cores} cores of {processor}, {memory_mib} MiB, Linux {kernel}"
        )
    }
}
