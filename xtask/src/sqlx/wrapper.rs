//! This program in the compiler's place: gives each crate its own database.
//!
//! Cargo runs `RUSTC_WORKSPACE_WRAPPER rustc ARGUMENTS…` for the crates of the workspace and names
//! the crate in the environment.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::say::say;

/// Names the file that says which crate gets what.
pub(super) const PLAN: &str = "XUANHAO_SQLX_PLAN";

/// What one crate gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Name of the crate.
    pub(super) name: String,
    /// Its database.
    pub(super) url: String,
    /// The folder its queries are written to.
    pub(super) folder: PathBuf,
}

/// One line an entry, fields between tabs.
pub(super) fn to_text(plan: &[Entry]) -> String {
    let line = |entry: &Entry| {
        format!(
            "{}\t{}\t{}\n",
            entry.name,
            entry.url,
            entry.folder.display()
        )
    };
    plan.iter().map(line).collect()
}

fn find(plan: &str, name: &str) -> Option<Entry> {
    plan.lines().find_map(|line| {
        let mut fields = line.split('\t').map(str::to_owned);
        let entry = Entry {
            name: fields.next()?,
            url: fields.next()?,
            folder: fields.next()?.into(),
        };
        (entry.name == name).then_some(entry)
    })
}

/// Becomes the compiler when cargo calls us in its place.
pub(crate) fn run_if_asked() -> Option<ExitCode> {
    let plan = std::env::var_os(PLAN)?;
    let mut words = std::env::args_os().skip(1);
    let mut compiler = Command::new(words.next()?);
    compiler.args(words);
    let name = std::env::var_os("CARGO_PKG_NAME").and_then(|name| OsString::into_string(name).ok());
    let text = fs::read_to_string(plan).unwrap_or_default();
    if let Some(entry) = name.and_then(|name| find(&text, &name)) {
        compiler
            .env("DATABASE_URL", entry.url)
            .env("SQLX_OFFLINE", "false")
            .env("SQLX_OFFLINE_DIR", entry.folder);
    }
    let error = compiler.exec();
    say(format_args!("error: starting the compiler: {error}"));
    Some(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_finds_its_own_line() {
        let entry = |name: &str| Entry {
            name: name.to_owned(),
            url: format!("postgres://localhost/{name}"),
            folder: format!("/tmp/{name}").into(),
        };
        let text = to_text(&[entry("xuanhao-chassis"), entry("xuanhao-vehicle")]);
        assert_eq!(
            find(&text, "xuanhao-vehicle"),
            Some(entry("xuanhao-vehicle"))
        );
        assert_eq!(find(&text, "xuanhao"), None);
    }
}
