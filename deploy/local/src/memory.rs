//! How much memory processes have in RAM.

use std::fs;

use anyhow::{Context as _, Result};
use xuanhao_servers::process::children_of;

/// The figure of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// The program.
    pub program: &'static str,
    /// Its processes.
    pub processes: usize,
    /// What they have in RAM. Pages that Postgres' processes share are counted once where the
    /// kernel tells, in each process otherwise.
    pub kib: u64,
}

/// One process: `VmRSS` of `/proc/<pid>/status`.
pub(crate) fn of_process(program: &'static str, pid: u32) -> Result<Resident> {
    let kib = vm_rss(pid).with_context(|| format!("the memory of {program}"))?;
    Ok(Resident {
        program,
        processes: 1,
        kib,
    })
}

/// A process and its children.
pub(crate) fn of_tree(program: &'static str, parent: u32) -> Result<Resident> {
    let mut pids = children_of(parent);
    pids.push(parent);
    let processes = pids.len();
    let shared_once: Option<Vec<u64>> = pids.iter().map(|pid| pss(*pid)).collect();
    let each = shared_once.unwrap_or_else(|| pids.iter().filter_map(|pid| vm_rss(*pid)).collect());
    Ok(Resident {
        program,
        processes,
        kib: each.iter().sum(),
    })
}

fn vm_rss(pid: u32) -> Option<u64> {
    field(
        &fs::read_to_string(format!("/proc/{pid}/status")).ok()?,
        "VmRSS:",
    )
}

/// Proportional: a page that n processes share counts as an n-th in each.
fn pss(pid: u32) -> Option<u64> {
    field(
        &fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?,
        "Pss:",
    )
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_memory_is_read() {
        let own = of_process("this test", std::process::id()).unwrap();
        assert!(own.kib > 100, "{own:?}");
        assert_eq!(
            field("Name:\tx\nVmRSS:\t  1234 kB\n", "VmRSS:"),
            Some(1_234)
        );
    }
}
