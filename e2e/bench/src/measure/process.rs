//! Processor time and memory of processes, as the kernel counts them.
//!
//! On shared cores this is the steadiest figure there is: a neighbour slows the clock on the wall, not
//! the work that was done.

use std::fs;
use std::ops::Sub;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The kernel's clock ticks, which are hundredths of a second on every Linux of today (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Something that runs, by the id of its first process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// This process alone.
    One(u32),
    /// This process and its children, those that have ended included: a Postgres.
    Tree(u32),
}

/// Processor time used until an instant, in user and kernel mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticks(u64);

impl Ticks {
    /// As a time.
    #[must_use]
    pub fn time(self) -> Duration {
        TICK.saturating_mul(u32::try_from(self.0).unwrap_or(u32::MAX))
    }

    /// Microseconds for each of `count`.
    #[must_use]
    pub fn micros_each(self, count: u64) -> f64 {
        self.time().as_secs_f64() * 1e6 / count.max(1) as f64
    }
}

impl Sub for Ticks {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl std::iter::Sum for Ticks {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self(all.map(|ticks| ticks.0).sum())
    }
}

impl Process {
    /// The processor time it has used.
    ///
    /// # Errors
    /// When it does not run.
    pub fn ticks(self) -> Result<Ticks> {
        Ok(match self {
            Self::One(pid) => Ticks(stat(pid)?.own),
            Self::Tree(pid) => {
                let parent = stat(pid)?;
                // A child may end between the listing and the look: then its time has become the
                // parent's, a moment too late for us.
                let children = children_of(pid)
                    .into_iter()
                    .filter_map(|pid| stat(pid).ok());
                Ticks(
                    parent.own
                        + parent.of_ended_children
                        + children.map(|child| child.own).sum::<u64>(),
                )
            }
        })
    }

    /// Memory it has in RAM, in bytes.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resident(self) -> Result<u64> {
        let (Self::One(pid) | Self::Tree(pid)) = self;
        let status = read(pid, "status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 = line
            .and_then(|line| line.split_whitespace().next()?.parse().ok())
            .context("the kernel tells a process's memory")?;
        Ok(kib * 1024)
    }
}

struct Stat {
    own: u64,
    of_ended_children: u64,
}

fn stat(pid: u32) -> Result<Stat> {
    let text = read(pid, "stat")?;
    // The name stands in brackets and may hold anything, so what follows is counted from its end.
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let fields: Vec<&str> = after.split_whitespace().collect();
    let field = |number: usize| -> Result<u64> {
        let field = fields
            .get(number - 3)
            .context("a field of /proc/PID/stat")?;
        Ok(field.parse()?)
    };
    Ok(Stat {
        own: field(14)? + field(15)?,
        of_ended_children: field(16)? + field(17)?,
    })
}

fn children_of(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    children
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn read(pid: u32, file: &str) -> Result<String> {
    fs::read_to_string(format!("/proc/{pid}/{file}"))
        .with_context(|| format!("reading {file} of process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_work_and_memory_are_told() {
        let own = Process::One(std::process::id());
        let before = own.ticks().unwrap();
        let mut sum = 0_u64;
        while (own.ticks().unwrap() - before).time() < Duration::from_millis(30) {
            sum = (0..100_000).fold(sum, |sum, next| std::hint::black_box(sum ^ next));
        }
        assert!(own.resident().unwrap() > 100_000);
        assert!(Ticks(2).micros_each(10) > 1_999.0);
    }
}
