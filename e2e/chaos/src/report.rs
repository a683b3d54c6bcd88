//! What a run has shown, for people.

use std::collections::BTreeMap;
use std::fmt;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

use crate::faults::{Kind, Played};
use crate::history::{Answer, Call, Micros};
use crate::judge::{Invariant, Verdict};

/// A run and its judgement.
#[derive(Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// Every fault.
    pub played: Vec<Played>,
    /// Calls by what came of them.
    pub calls: Counts,
    /// What the judge found.
    pub verdict: Verdict,
    /// What was not quiet when it should have been. No invariant is violated by that.
    pub unsettled: Vec<String>,
    /// What the judge looked at, on disk.
    pub evidence: std::path::PathBuf,
    gaps: BTreeMap<Kind, Micros>,
}

/// Calls by what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answered.
    pub told: u64,
    /// Refused for good reasons of the pool's.
    pub refused: u64,
    /// Refused for the moment: not the writer, too busy.
    pub for_now: u64,
    /// Nobody knows.
    pub unknown: u64,
}

impl Report {
    /// Of a run.
    #[must_use]
    pub fn new(
        seed: u64,
        played: Vec<Played>,
        calls: &[Call],
        verdict: Verdict,
        evidence: std::path::PathBuf,
    ) -> Self {
        let mut counts = Counts::default();
        for call in calls {
            *match &call.answer {
                Answer::Told { .. } => &mut counts.told,
                Answer::Refused { reason } if crate::load::is_for_now(reason) => {
                    &mut counts.for_now
                }
                Answer::Refused { .. } => &mut counts.refused,
                Answer::Unknown { .. } => &mut counts.unknown,
            } += 1;
        }
        let gaps = gaps(&played, calls);
        Self {
            seed,
            played,
            calls: counts,
            verdict,
            unsettled: Vec::new(),
            evidence,
            gaps,
        }
    }
}

impl Report {
    /// With what was not quiet.
    #[must_use]
    pub fn with(self, unsettled: Vec<String>) -> Self {
        Self { unsettled, ..self }
    }
}

/// The longest time that an office went without an answer, by the fault that began last before the
/// end of that time.
fn gaps(played: &[Played], calls: &[Call]) -> BTreeMap<Kind, Micros> {
    let mut answered: BTreeMap<&str, Vec<Micros>> = BTreeMap::new();
    for call in calls {
        if matches!(call.answer, Answer::Told { .. }) {
            answered.entry(&call.ask.office).or_default().push(call.end);
        }
    }
    let mut gaps = BTreeMap::new();
    for ends in answered.values_mut() {
        ends.sort_unstable();
        for pair in ends.windows(2) {
            let gap = pair[1] - pair[0];
            let mut during = played.iter().rev();
            let fault = during.find(|one| one.start < pair[1] && one.end > pair[0] - 1_000_000);
            if let Some(fault) = fault {
                let longest = gaps.entry(fault.kind).or_insert(0);
                *longest = gap.max(*longest);
            }
        }
    }
    gaps
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut faults = table(&["fault", "times", "batches hit", "longest gap (s)"]);
        for kind in Kind::ALL {
            let of = || self.played.iter().filter(|one| one.kind == kind);
            let gap = self.gaps.get(&kind).copied().unwrap_or(0);
            faults.add_row([
                kind.name().to_owned(),
                of().count().to_string(),
                of().map(|one| one.batches).sum::<u64>().to_string(),
                format!("{}.{:02}", gap / 1_000_000, gap % 1_000_000 / 10_000),
            ]);
        }
        right(&mut faults, 1..4);
        let mut calls = table(&["answered", "refused", "not now", "unknown"]);
        let Counts {
            told,
            refused,
            for_now,
            unknown,
        } = self.calls;
        calls.add_row([told, refused, for_now, unknown]);
        right(&mut calls, 0..4);
        let mut verdict = table(&["invariant", "", "compared", "violated"]);
        for invariant in Invariant::ALL {
            verdict.add_row([
                invariant.names().to_owned(),
                invariant.sentence().to_owned(),
                self.verdict.checked(invariant).to_string(),
                self.verdict.violations(invariant).len().to_string(),
            ]);
        }
        right(&mut verdict, 2..4);
        writeln!(f, "seed {}\n{faults}\n{calls}\n{verdict}", self.seed)?;
        write!(f, "{}", self.verdict)?;
        for what in &self.unsettled {
            writeln!(f, "not settled: {what}")?;
        }
        if !self.verdict.holds() {
            writeln!(f, "again, alike:  chaos --seed {}", self.seed)?;
            writeln!(
                f,
                "judge again:   chaos --judge {}",
                self.evidence.display()
            )?;
        }
        Ok(())
    }
}

fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(head);
    table
}

fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
