//! Figures against what was promised: a goal to reach, a limit that fails the run.

use comfy_table::{Cell, Table, presets};
use serde::Serialize;

/// Which side of a bound is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    fn told(self, digits: usize) -> String {
        match self {
            Self::AtLeast(bound) => format!("≥ {}", number(bound, digits)),
            Self::AtMost(bound) => format!("≤ {}", number(bound, digits)),
        }
    }
}

/// How a figure stands to what was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The goal is reached.
    Goal,
    /// Within the limit, short of the goal.
    Within,
    /// The limit is missed: the run fails.
    Missed,
    /// It could not be measured here.
    Skipped,
    /// Nothing was promised.
    Told,
}

/// One figure of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Its name in the report file.
    pub key: &'static str,
    /// What it is, for people.
    pub name: String,
    /// None when it could not be measured.
    pub value: Option<f64>,
    /// What it is counted in.
    pub unit: &'static str,
    /// What it should be.
    pub goal: Option<Bound>,
    /// What it must be.
    pub limit: Option<Bound>,
    #[serde(skip)]
    digits: usize,
}

impl Line {
    /// A figure that nothing was promised about, with two digits after the point.
    pub fn new(key: &'static str, name: impl Into<String>, value: impl Into<Option<f64>>) -> Self {
        Self {
            key,
            name: name.into(),
            value: value.into(),
            unit: "",
            goal: None,
            limit: None,
            digits: 2,
        }
    }

    /// What it is counted in.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// What it should be.
    #[must_use]
    pub fn goal(self, goal: Bound) -> Self {
        Self {
            goal: Some(goal),
            ..self
        }
    }

    /// What it must be.
    #[must_use]
    pub fn limit(self, limit: Bound) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    /// Digits after the point.
    #[must_use]
    pub fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    /// How it stands.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let Some(value) = self.value else {
            return Verdict::Skipped;
        };
        let missed = |bound: &Bound| !bound.holds(value);
        match (self.limit, self.goal) {
            (None, None) => Verdict::Told,
            (Some(limit), _) if missed(&limit) => Verdict::Missed,
            (_, Some(goal)) if missed(&goal) => Verdict::Within,
            _ => Verdict::Goal,
        }
    }

    fn told(&self) -> String {
        let value = self.value.map(|value| number(value, self.digits));
        let told = value.unwrap_or_else(|| "–".to_owned());
        format!("{told} {}", self.unit).trim_end().to_owned()
    }
}

/// A number as people write it.
fn number(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

/// The one table of a run.
#[must_use]
pub fn table(lines: &[Line]) -> Table {
    let mut table = new_table(&["figure", "goal", "limit", "value", "verdict"]);
    for line in lines {
        let bound =
            |bound: Option<Bound>| bound.map_or(String::new(), |bound| bound.told(line.digits));
        let verdict = match line.verdict() {
            Verdict::Goal => "goal",
            Verdict::Within => "within limit",
            Verdict::Missed => "MISSED",
            Verdict::Skipped => "skipped",
            Verdict::Told => "",
        };
        table.add_row([
            Cell::new(&line.name),
            Cell::new(bound(line.goal)),
            Cell::new(bound(line.limit)),
            Cell::new(line.told()),
            Cell::new(verdict),
        ]);
    }
    table
}

/// An empty table in the style of all of ours.
#[must_use]
pub fn new_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_worse_than_a_goal() {
        let line = |value: f64| {
            Line::new("key", "name", value)
                .goal(Bound::AtLeast(0.6))
                .limit(Bound::AtLeast(0.4))
        };
        assert_eq!(line(0.6).verdict(), Verdict::Goal);
        assert_eq!(line(0.5).verdict(), Verdict::Within);
        assert_eq!(line(0.3).verdict(), Verdict::Missed);
        let within = Line::new("key", "name", 2.0).limit(Bound::AtMost(2.0));
        assert_eq!(within.verdict(), Verdict::Goal);
        assert_eq!(Line::new("key", "name", None).verdict(), Verdict::Skipped);
        assert_eq!(Line::new("key", "name", 1.0).verdict(), Verdict::Told);
    }

    #[test]
    fn the_table_shows_goal_limit_and_verdict() {
        let lines = [Line::new("key", "draws", 0.5)
            .unit("s")
            .digits(1)
            .limit(Bound::AtMost(0.4))];
        let text = table(&lines).to_string();
        assert!(
            text.contains("≤ 0.4") && text.contains("0.5 s") && text.contains("MISSED"),
            "{text}"
        );
    }
}
