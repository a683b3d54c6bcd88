//! Where answers go: lines for people, JSON for programs, and the exit code for both.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;
use xuanhao_vocabulary::Finding;

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

/// Standard output, behind a buffer.
#[derive(Debug)]
pub(crate) struct Output {
    out: io::BufWriter<io::Stdout>,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        Self {
            out: io::BufWriter::new(io::stdout()),
        }
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
    pub(crate) fn exit_code(mut self, done: io::Result<Verdict>) -> ExitCode {
        match done.and_then(|verdict| self.out.flush().map(|()| verdict)) {
            Ok(Verdict::Fine) => ExitCode::SUCCESS,
            Ok(Verdict::NotFine) => ExitCode::FAILURE,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                complain(&format!("无法写出结果 · cannot write the answer: {error}"));
                ExitCode::FAILURE
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
