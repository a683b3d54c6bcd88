//! Where answers go: lines for people, JSON for programs, and the exit code for both.
//!
//! The rooms below hold the answers of the services in the form they are shown.

pub(crate) mod cases;
pub(crate) mod counter;
pub(crate) mod enrolment;
pub(crate) mod notification;
pub(crate) mod outcome;
pub(crate) mod pool;
pub(crate) mod replaying;
pub(crate) mod rules;
pub(crate) mod staff;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use xuanhao_vocabulary::Finding;

use crate::failure::Failure;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// 每项一行 · one line each
    #[default]
    Table,
    /// JSON
    Json,
}

/// What a command came to, besides what it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Fine,
    /// Something asked about is not: exit code 1.
    NotFine,
}

impl Verdict {
    pub(crate) fn fine_if(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::NotFine }
    }
}

/// An answer that can be told in both forms. As JSON its field names are the contract's.
pub(crate) trait Show: Serialize {
    /// Writes it for people.
    fn write(&self, output: &mut Output) -> io::Result<()>;
}

/// The id of what was made.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    /// The contract's name of the field that holds it.
    #[serde(skip)]
    name: &'static str,
    #[serde(flatten)]
    fields: BTreeMap<&'static str, String>,
}

impl Made {
    pub(crate) fn of(name: &'static str, id: String) -> Self {
        Self {
            name,
            fields: [(name, id)].into(),
        }
    }
}

impl Show for Made {
    /// The id alone, for use in scripts.
    fn write(&self, output: &mut Output) -> io::Result<()> {
        let id = self.fields.get(self.name).map(String::as_str);
        output.line(id.unwrap_or_default())
    }
}

/// Standard output, behind a buffer.
#[derive(Debug)]
pub(crate) struct Output {
    out: io::BufWriter<io::Stdout>,
    format: Format,
}

impl Output {
    pub(crate) fn stdout(format: Format) -> Self {
        Self {
            out: io::BufWriter::new(io::stdout()),
            format,
        }
    }

    /// The form asked for.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Writes an answer in the form asked for.
    pub(crate) fn show(&mut self, answer: &impl Show) -> io::Result<()> {
        match self.format {
            Format::Table => answer.write(self),
            Format::Json => self.json(answer),
        }
    }

    /// Tells programs that a command without an answer is done; people see that it is.
    pub(crate) fn done(&mut self) -> io::Result<()> {
        match self.format {
            Format::Table => Ok(()),
            Format::Json => self.line("{}"),
        }
    }

    /// Writes rows under a header.
    pub(crate) fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> io::Result<()> {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(header.to_vec())
            .add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let lines: Vec<String> = table.lines().collect();
        lines.iter().try_for_each(|line| self.line(line.trim_end()))
    }

    /// Writes one thing, a field a line.
    pub(crate) fn record(&mut self, fields: &[(&str, String)]) -> io::Result<()> {
        let rows: Vec<_> = fields
            .iter()
            .map(|(name, value)| [(*name).to_owned(), value.clone()])
            .collect();
        self.columns(&rows)
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Writes a value as JSON.
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, value)?;
        writeln!(self.out)
    }

    /// Writes rows with their columns lined up, two blanks between them.
    pub(crate) fn columns<const N: usize>(&mut self, rows: &[[String; N]]) -> io::Result<()> {
        let mut widths = [0; N];
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell_width(cell).max(*width);
            }
        }
        for row in rows {
            let mut line = String::new();
            for (width, cell) in widths.iter().zip(row) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width - cell_width(cell) + 2));
            }
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// The exit code, once everything is written.
    ///
    /// A reader that goes away early, as `head` does, is no failure.
    pub(crate) fn exit_code(mut self, done: Result<Verdict, Failure>) -> ExitCode {
        // What was written before a failure is part of the story.
        let written = self.out.flush().map_err(Failure::from);
        match done.and_then(|verdict| written.map(|()| verdict)) {
            Ok(Verdict::Fine) => ExitCode::SUCCESS,
            Ok(Verdict::NotFine) => ExitCode::FAILURE,
            Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
                ExitCode::SUCCESS
            }
            Err(failure) => {
                failure.tell();
                ExitCode::from(failure.code())
            }
        }
    }
}

/// Writes a line to standard error. There is nowhere to report a failure to, so none is.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A finding as people read it: Chinese, then English.
pub(crate) fn sentence(finding: &dyn Finding) -> String {
    bilingual(&finding.chinese(), &finding.to_string())
}

/// Chinese, then English.
pub(crate) fn bilingual(chinese: &str, english: &str) -> String {
    format!("{chinese} · {english}")
}

/// The columns that a terminal gives a cell: two to each Chinese character.
fn cell_width(cell: &str) -> usize {
    cell.chars()
        .map(|c| {
            if ('\u{2E80}'..='\u{FF60}').contains(&c) {
                2
            } else {
                1
            }
        })
        .sum()
}
