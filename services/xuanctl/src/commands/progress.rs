//! How far a long command has come.

use std::io::{self, IsTerminal, Write};

use crate::output::complain;

/// Without a terminal, a line is written after so many chunks.
const CHUNKS_A_LINE: u32 = 10;

/// How far an import has come, on the standard error: one moving line at a terminal, else a line now
/// and then.
#[derive(Debug)]
pub(super) struct Progress {
    all: u64,
    done: u64,
    moving: bool,
}

impl Progress {
    pub(super) fn begin(all: u64) -> Self {
        Self {
            all,
            done: 0,
            moving: io::stderr().is_terminal(),
        }
    }

    pub(super) fn after(&mut self, chunks: u32, rows: usize) {
        self.done += rows as u64;
        let line = format!("{}/{}", self.done, self.all);
        if self.moving {
            let _ = write!(io::stderr(), "\r{line}");
        } else if chunks.is_multiple_of(CHUNKS_A_LINE) {
            complain(&line);
        }
    }

    /// Leaves the moving line, so that what follows begins a new one.
    pub(super) fn broken(&self) {
        if self.moving && self.done > 0 {
            complain("");
        }
    }

    pub(super) fn end(&self) {
        self.broken();
    }
}

/// A number that grows, at a terminal only: others read the answer.
#[derive(Debug)]
pub(super) struct Count {
    moving: bool,
    told: bool,
}

impl Count {
    pub(super) fn begin() -> Self {
        Self {
            moving: io::stderr().is_terminal(),
            told: false,
        }
    }

    pub(super) fn stands_at(&mut self, count: u64) {
        if self.moving {
            self.told = true;
            let _ = write!(io::stderr(), "\r{count}");
        }
    }

    pub(super) fn end(&self) {
        if self.told {
            complain("");
        }
    }
}
