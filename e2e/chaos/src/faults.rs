//! The faults, and when which is played.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use xuanhao_chassis::random::SecureRandom;

use crate::history::Micros;

/// What is done to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `kill -9` of the office's writer, and a start.
    KillOwner,
    /// `kill -9` of any replica, and a start.
    KillAny,
    /// SIGSTOP of the office's writer, and SIGCONT after 1–20 s.
    FreezeOwner,
    /// Connections of the writer are closed right after batches were sent, several times.
    CutAfterCommit,
    /// The writer's batches wait 5 s before Postgres; the writer is killed meanwhile.
    LateStatement,
    /// The writer's commits wait 5 s, their fences held; the writer is killed meanwhile.
    LateCommit,
    /// All connections of the writer are cut.
    CutAll,
    /// `kill -9` of Postgres, and a start.
    RestartPostgres,
    /// nats-server is stopped, and started after some seconds.
    StopNats,
    /// SIGTERM of the office's writer: it hands over, ends, and is started again.
    Terminate,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::KillOwner,
        Self::FreezeOwner,
        Self::CutAfterCommit,
        Self::LateStatement,
        Self::LateCommit,
        Self::CutAll,
        Self::RestartPostgres,
        Self::StopNats,
        Self::Terminate,
        Self::KillAny,
    ];

    /// Its name in options and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KillOwner => "kill-owner",
            Self::KillAny => "kill-any",
            Self::FreezeOwner => "freeze-owner",
            Self::CutAfterCommit => "cut-after-commit",
            Self::LateStatement => "late-statement",
            Self::LateCommit => "late-commit",
            Self::CutAll => "cut-all",
            Self::RestartPostgres => "restart-postgres",
            Self::StopNats => "stop-nats",
            Self::Terminate => "terminate",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No fault has this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFault(String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Kind::ALL.map(Kind::name).join(", ");
        write!(f, "no fault is named {}: {names}", self.0)
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for Kind {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownFault(name.to_owned()))
    }
}

/// A fault of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub kind: Kind,
    /// At whose writer, as an index into the offices.
    pub office: usize,
    /// After the one before has ended.
    pub pause: Duration,
    /// How long it lasts, where that is open.
    pub lasts: Duration,
}

/// Faults without end, in rounds: each kind once, in an order of the seed's.
#[derive(Debug)]
pub struct Schedule {
    random: SecureRandom,
    kinds: Vec<Kind>,
    left: Vec<Kind>,
    offices: u64,
}

impl Schedule {
    /// That of a seed. Only these kinds; all if there are none.
    #[must_use]
    pub fn new(seed: u64, only: &[Kind], offices: usize) -> Self {
        Self {
            random: SecureRandom::seeded(seed),
            kinds: if only.is_empty() {
                Kind::ALL.to_vec()
            } else {
                only.to_vec()
            },
            left: Vec::new(),
            offices: offices as u64,
        }
    }

    /// Draws the next one.
    pub fn draw(&mut self) -> Planned {
        if self.left.is_empty() {
            self.left.clone_from(&self.kinds);
        }
        let below = |bound: u64| usize::try_from(self.random.below(bound.max(1))).unwrap_or(0);
        let kind = self.left.swap_remove(below(self.left.len() as u64));
        let longest = match kind {
            Kind::FreezeOwner => 19_000,
            _ => 3_000,
        };
        // Most freezes are short, so that a run sees several.
        let lasts = self.random.below(1 + self.random.below(longest));
        Planned {
            kind,
            office: below(self.offices),
            pause: Duration::from_millis(500 + self.random.below(1_500)),
            lasts: Duration::from_millis(1_000 + lasts),
        }
    }
}

/// A fault that was played.
#[derive(Debug, Clone, Copy)]
pub struct Played {
    /// What.
    pub kind: Kind,
    /// When it began.
    pub start: Micros,
    /// When all was as before.
    pub end: Micros,
    /// Batches that were cut off or came late.
    pub batches: u64,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_has_one_schedule_and_a_round_has_every_kind() {
        let round = |seed| {
            let mut schedule = Schedule::new(seed, &[], 4);
            (0..Kind::ALL.len())
                .map(|_| schedule.draw())
                .collect::<Vec<_>>()
        };
        assert_eq!(round(7), round(7));
        assert_ne!(round(7), round(8));
        let kinds: BTreeSet<_> = round(7).iter().map(|one| one.kind).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }
}
