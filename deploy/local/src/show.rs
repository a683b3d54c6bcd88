//! What people at the terminal see.

use std::io::Write as _;
use std::time::{Duration, Instant};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use xuanhao_local::Resident;

/// Prints a line to stdout. A closed pipe is no reason to end without stopping what runs.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints a line to stderr.
pub(crate) fn trouble(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A step of starting, as it begins.
pub(crate) fn beginning(text: &str) {
    line(&format!("  · {text}"));
}

/// The steps of a story with their times.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    rows: Vec<Row>,
}

#[derive(Debug)]
enum Row {
    Chapter(String),
    Step(String, Duration),
}

impl Steps {
    /// What the next steps are about.
    pub(crate) fn chapter(&mut self, words: &str) {
        line(&format!("\n{words}"));
        self.rows.push(Row::Chapter(words.to_owned()));
    }

    /// Does a step and tells how long it took.
    pub(crate) async fn step<T, E>(
        &mut self,
        words: &str,
        act: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let start = Instant::now();
        let outcome = act.await;
        self.took(words, start.elapsed(), outcome.is_ok());
        outcome
    }

    /// The same, of what blocks.
    pub(crate) fn blocking<T, E>(
        &mut self,
        words: &str,
        act: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let start = Instant::now();
        let outcome = act();
        self.took(words, start.elapsed(), outcome.is_ok());
        outcome
    }

    fn took(&mut self, words: &str, time: Duration, went_well: bool) {
        let mark = if went_well { "✓" } else { "✗" };
        line(&format!("  {mark} {:>7}  {words}", seconds(time)));
        self.rows.push(Row::Step(words.to_owned(), time));
    }

    /// Every step, its time, and what came of it all.
    pub(crate) fn table(&self, facts: &[(String, String)]) -> String {
        let mut table = plain();
        table.set_header(["步骤 · step", "用时 · time"]);
        let mut total = Duration::ZERO;
        for row in &self.rows {
            match row {
                Row::Chapter(words) => table.add_row([words.clone(), String::new()]),
                Row::Step(words, time) => {
                    total += *time;
                    table.add_row([format!("  {words}"), seconds(*time)])
                }
            };
        }
        table.add_row(["合计 · total".to_owned(), seconds(total)]);
        right(&mut table);
        format!("{table}\n{}", facts_table(facts))
    }
}

/// Names with their values.
pub(crate) fn facts_table(facts: &[(String, String)]) -> String {
    let mut table = plain();
    for (name, value) in facts {
        table.add_row([name, value]);
    }
    table.to_string()
}

/// Memory per program and in all, in MiB.
pub(crate) fn memory_table(all: &[Resident]) -> String {
    let mut table = plain();
    table.set_header(["进程 · process", "常驻内存 MiB · resident"]);
    for one in all {
        let name = match one.processes {
            1 => one.program.to_owned(),
            count => format!("{} ({count} processes)", one.program),
        };
        table.add_row([name, mib(one.kib)]);
    }
    let total = all.iter().map(|one| one.kib).sum();
    table.add_row(["合计 · total".to_owned(), mib(total)]);
    right(&mut table);
    table.to_string()
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table
}

fn right(table: &mut Table) {
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// With one decimal place.
pub(crate) fn mib(kib: u64) -> String {
    let tenths = kib * 10 / 1_024;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
