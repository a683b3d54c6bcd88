//! What became of each stage.

use std::process::ExitCode;
use std::time::Duration;

use crate::say::{say, tell};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// Could not run here, and why. In CI that counts as failed: there nothing may be left out.
    Skipped(String),
    Failed(String),
}

#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<String>,
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Report {
    pub(super) fn add(&mut self, name: &str, outcome: Outcome, took: Duration) {
        let (word, detail) = match outcome {
            Outcome::Passed => {
                self.passed += 1;
                ("ok", String::new())
            }
            Outcome::Skipped(why) => {
                self.skipped += 1;
                ("SKIP", format!("  {why}"))
            }
            Outcome::Failed(why) => {
                self.failed += 1;
                ("FAILED", format!("  {why}"))
            }
        };
        let line = format!("{word:7} {name:13} {:7.1} s{detail}", took.as_secs_f64());
        say(format_args!("{line}"));
        self.lines.push(line);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// Prints every line again, and the counts alone on the last one.
    pub(super) fn close(&self, of: usize) -> ExitCode {
        say(format_args!("\n=== summary"));
        for line in &self.lines {
            say(format_args!("{line}"));
        }
        let left = of - self.lines.len();
        if left > 0 {
            say(format_args!(
                "{left} stages not run; --keep-going runs them all the same"
            ));
        }
        tell(format_args!("{}", self.counts()));
        if self.has_failed() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    fn counts(&self) -> String {
        let mut text = format!("stages: {} passed, {} failed", self.passed, self.failed);
        if self.skipped > 0 {
            text.push_str(&format!(", {} skipped", self.skipped));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_one_failure_fails_all() {
        let mut report = Report::default();
        report.add("fmt", Outcome::Passed, Duration::from_secs(1));
        assert_eq!(report.counts(), "stages: 1 passed, 0 failed");
        assert_eq!(report.close(1), ExitCode::SUCCESS);
        report.add(
            "deny",
            Outcome::Skipped("no network".to_owned()),
            Duration::ZERO,
        );
        report.add(
            "tests",
            Outcome::Failed("1 failed".to_owned()),
            Duration::ZERO,
        );
        assert_eq!(report.counts(), "stages: 1 passed, 1 failed, 1 skipped");
        assert_eq!(report.close(3), ExitCode::FAILURE);
    }
}
