//! Judges a run: replays the log on one thread and compares it with everything that was answered.
//!
//! The invariants are those of the engine (V1–V6) and of the platform (I1–I7). Whatever is not as it
//! must be is named; nothing is forgiven because a fault was played at the time.

mod epochs;
mod facts;
mod receipts;
mod replay;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use uuid::Uuid;

use crate::evidence::{Allocation, Evidence, Row};
use crate::history::RowId;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// V1, I1: no number is claimed twice.
    OneClaim,
    /// V2, I2: no number is in two live holds, nor held while it is allocated.
    OneHold,
    /// V3, I3: what was answered is in the rows, as it was answered.
    Durable,
    /// V4: only the current epoch wrote, and instants never ran backwards (E2, E3, E5).
    CurrentEpoch,
    /// V5: what was claimed was held for the claimer, or composed.
    ClaimHeld,
    /// V6, I5: free ∪ held ∪ allocated ∪ returning = released; holds come back within TTL + 3 s.
    Conserved,
    /// I4: any number of repeats is one effect with one receipt; what never was never is.
    OneEffect,
    /// I6: every allocation, and the end of one, is told exactly once in effect.
    ToldOnce,
    /// I7: one number per application, and per vehicle.
    OneNumber,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::OneClaim,
        Self::OneHold,
        Self::Durable,
        Self::CurrentEpoch,
        Self::ClaimHeld,
        Self::Conserved,
        Self::OneEffect,
        Self::ToldOnce,
        Self::OneNumber,
    ];

    /// Its names in the design.
    #[must_use]
    pub const fn names(self) -> &'static str {
        match self {
            Self::OneClaim => "V1 I1",
            Self::OneHold => "V2 I2",
            Self::Durable => "V3 I3",
            Self::CurrentEpoch => "V4",
            Self::ClaimHeld => "V5",
            Self::Conserved => "V6 I5",
            Self::OneEffect => "I4",
            Self::ToldOnce => "I6",
            Self::OneNumber => "I7",
        }
    }

    /// What it says.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OneClaim => "no number is claimed twice",
            Self::OneHold => "no number is in two live holds",
            Self::Durable => "what was answered is in the rows",
            Self::CurrentEpoch => "only the current epoch wrote",
            Self::ClaimHeld => "what was claimed was held or composed",
            Self::Conserved => "nothing leaks; holds come back in TTL + 3 s",
            Self::OneEffect => "repeats are one effect, one receipt",
            Self::ToldOnce => "every allocation is told once in effect",
            Self::OneNumber => "one number per application and vehicle",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    violations: BTreeMap<Invariant, Vec<String>>,
    checked: BTreeMap<Invariant, u64>,
}

impl Verdict {
    /// What is not as it must be.
    #[must_use]
    pub fn violations(&self, of: Invariant) -> &[String] {
        self.violations.get(&of).map_or(&[], Vec::as_slice)
    }

    /// How many things were compared.
    #[must_use]
    pub fn checked(&self, of: Invariant) -> u64 {
        self.checked.get(&of).copied().unwrap_or(0)
    }

    /// Whether every invariant holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    /// A comparison: if it does not hold, it is named.
    fn check(&mut self, invariant: Invariant, holds: bool, told: impl FnOnce() -> String) {
        *self.checked.entry(invariant).or_default() += 1;
        if !holds {
            self.violations.entry(invariant).or_default().push(told());
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (invariant, violations) in &self.violations {
            writeln!(f, "{}: {}", invariant.names(), invariant.sentence())?;
            for violation in violations.iter().take(8) {
                writeln!(f, "  {violation}")?;
            }
            if violations.len() > 8 {
                writeln!(f, "  … {} in all", violations.len())?;
            }
        }
        Ok(())
    }
}

/// What the judge looks things up in.
struct Index<'a> {
    evidence: &'a Evidence,
    /// Each office's rows, in the order of the log.
    logs: BTreeMap<&'a str, Vec<&'a Row>>,
    rows: HashMap<(&'a str, i64, i64), &'a Row>,
    /// Rows of an operation, by application and number.
    operations: HashMap<(Uuid, u64), Vec<&'a Row>>,
    allocations: HashMap<(&'a str, i64, i64), Vec<&'a Allocation>>,
}

impl<'a> Index<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let mut index = Self {
            evidence,
            logs: BTreeMap::new(),
            rows: HashMap::new(),
            operations: HashMap::new(),
            allocations: HashMap::new(),
        };
        for row in &evidence.rows {
            index.logs.entry(&row.office).or_default().push(row);
            index
                .rows
                .insert((&row.office, row.id.epoch, row.id.seq), row);
            if let Some(application) = row.application.filter(|_| row.kind != "close") {
                let rows = index.operations.entry((application, row.op_no));
                rows.or_default().push(row);
            }
        }
        for log in index.logs.values_mut() {
            log.sort_by_key(|row| (row.id.decided_at, row.id.epoch, row.id.seq));
        }
        for allocation in &evidence.allocations {
            let RowId { epoch, seq, .. } = allocation.row;
            let made = index.allocations.entry((&allocation.office, epoch, seq));
            made.or_default().push(allocation);
        }
        index
    }

    fn row(&self, office: &str, id: RowId) -> Option<&'a Row> {
        self.rows.get(&(office, id.epoch, id.seq)).copied()
    }

    /// The rows that carried an operation out.
    fn effects(&self, application: Uuid, op_no: u64) -> impl Iterator<Item = &'a Row> {
        let rows = self.operations.get(&(application, op_no));
        let rows = rows.map_or(&[][..], Vec::as_slice).iter().copied();
        rows.filter(|row| row.kind != "resolve")
    }
}

/// Judges.
#[must_use]
pub fn judge(evidence: &Evidence) -> Verdict {
    let (index, mut verdict) = (Index::of(evidence), Verdict::default());
    replay::judge(&index, &mut verdict);
    epochs::judge(&index, &mut verdict);
    receipts::judge(&index, &mut verdict);
    facts::judge(&index, &mut verdict);
    verdict
}
