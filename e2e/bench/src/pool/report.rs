//! What a run tells: one table, the rounds, and a file for machines.

mod figures;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use serde::Serialize;
use serde_json::{Map, Value, json};
use xuanhao_chassis::clock::Clock;

use super::Alone;
use super::rounds::{Measured, Round, Rounds};
use super::scenes::gaps::Gap;
use super::scenes::rebuild::Taken;
use crate::measure::Machine;
use crate::measure::verdict::{Verdict, new_table, table};

/// Everything that was measured.
#[derive(Debug)]
pub struct Report {
    /// The comparison.
    pub rounds: Rounds,
    /// What only the engine was asked.
    pub alone: Alone,
    /// How many draws a second its open loop was.
    pub paced_rate: f64,
    /// The median of `fdatasync` beside it.
    pub fdatasync: Duration,
    /// Memory and rebuild.
    pub taken: Taken,
    /// After `kill -9` and after SIGTERM.
    pub gaps: [Gap; 2],
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

impl Report {
    /// What people read.
    #[must_use]
    pub fn told(&self) -> String {
        let machine = Machine::this();
        let (rounds, lines) = (self.rounds.table(), table(&self.lines()));
        format!("{rounds}\n{machine}\n{lines}")
    }

    /// Whether a limit is missed.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.lines()
            .iter()
            .any(|line| line.verdict() == Verdict::Missed)
    }

    /// Writes what machines read.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut document = Map::new();
        let lines = self.lines();
        for line in &lines {
            document.insert(line.key.to_owned(), json!(line.value));
        }
        let verdicts: BTreeMap<_, _> = lines
            .iter()
            .map(|line| (line.key, line.verdict()))
            .collect();
        document.insert("verdicts".to_owned(), json!(verdicts));
        document.insert("machine".to_owned(), json!(Machine::this()));
        document.insert(
            "measured_at".to_owned(),
            json!(Clock::system().now().to_string()),
        );
        document.insert("fdatasync_us".to_owned(), json!(ms(self.fdatasync) * 1e3));
        document.insert(
            "rounds".to_owned(),
            json!(self.rounds.0.iter().map(told_round).collect::<Vec<_>>()),
        );
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(&Value::Object(document))?;
        fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
    }
}

impl Rounds {
    /// Every program of every round.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = new_table(&[
            "round",
            "fdatasync",
            "load",
            "program",
            "draws/s",
            "p50/p99/p99.9 ms",
            "CPU µs: service + store",
            "WAL B",
            "page images ‰",
            "commits/draw",
        ]);
        for round in &self.0 {
            let noisy = if self.is_noisy(round) { " noisy" } else { "" };
            for (name, one) in &round.by_name {
                table.add_row([
                    format!("{}{noisy}", round.shape.as_str()),
                    format!("{:.0} µs", round.fdatasync_us),
                    format!("{:.1}", round.load),
                    name.as_str().to_owned(),
                    format!("{:.0}", one.rate),
                    format!("{:.2}/{:.1}/{:.1}", one.p50_ms, one.p99_ms, one.p999_ms),
                    format!("{:.1} + {:.1}", one.service_us, one.store_us),
                    format!("{:.0}", one.wal_bytes),
                    format!("{:.1}", one.page_images_per_1000),
                    format!("{:.4}", one.commits),
                ]);
            }
        }
        table
    }
}

fn told_round(round: &Round) -> Value {
    #[derive(Serialize)]
    struct Told<'a> {
        #[serde(flatten)]
        round: &'a Round,
        programs: BTreeMap<&'static str, &'a Measured>,
    }
    let programs = round
        .by_name
        .iter()
        .map(|(name, one)| (name.as_str(), one))
        .collect();
    json!(Told { round, programs })
}
