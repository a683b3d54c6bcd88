//! Lines for the person at the terminal, or for CI's log.

use std::fmt::Arguments;
use std::io::Write;

/// Prints one line to stderr, where cargo and the test runner print theirs, so that the order is
/// kept. A closed pipe is not worth an end in the middle of a run.
pub(crate) fn say(line: Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints one line of result to stdout, for whoever reads only that.
pub(crate) fn tell(line: Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
