//! Tells what this machine has and what it lacks, each with the line that brings it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use xuanhao_servers::{Finding, Toolbox};

use crate::say::say;

/// What must be on the path before anything of ours runs, and the Debian package that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("cargo", "a Rust toolchain, 1.95 or later"),
    ("cargo-clippy", "the clippy component of the Rust toolchain"),
    ("rustfmt", "the rustfmt component of the Rust toolchain"),
    ("gcc", "apt-get install -y gcc libc6-dev"),
    ("make", "apt-get install -y make"),
    ("setpriv", "apt-get install -y util-linux"),
];

/// Prints a line for each program; exits 64 when one is missing that must be brought by hand.
pub(crate) fn tell(toolbox: &Toolbox) -> Result<ExitCode> {
    say(format_args!(
        "tools and data live in {}",
        toolbox.home().base().display()
    ));
    let mut findings: Vec<Finding> = PROGRAMS
        .iter()
        .map(|(tool, remedy)| {
            let place = on_path(tool);
            let remedy = place.is_none().then(|| (*remedy).to_owned());
            Finding {
                tool,
                place,
                remedy,
            }
        })
        .collect();
    findings.extend(toolbox.look());
    for finding in &findings {
        let (tool, place) = (finding.tool, finding.place.as_ref());
        let absent = if finding.remedy.is_some() {
            "MISSING"
        } else {
            "not yet; brought when needed"
        };
        let place = place.map_or_else(|| absent.to_owned(), |place| place.display().to_string());
        say(format_args!("{tool:18} {place}"));
    }
    let mut remedies: Vec<_> = findings
        .iter()
        .filter_map(|one| one.remedy.as_deref())
        .collect();
    remedies.sort_unstable();
    remedies.dedup();
    if remedies.is_empty() {
        say(format_args!(
            "nothing is missing that does not come by itself"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    say(format_args!("to bring what is missing:"));
    for remedy in remedies {
        say(format_args!("  {remedy}"));
    }
    Ok(ExitCode::from(64))
}

/// Brings every pinned tool.
pub(crate) fn bring(toolbox: &Toolbox) -> Result<ExitCode> {
    let places = [
        ("postgres", toolbox.postgres()?.bin().to_owned()),
        ("nats-server", toolbox.nats()?.program().to_owned()),
        ("node", toolbox.node()?.program().to_owned()),
        ("buf", toolbox.buf()?),
        ("cargo-nextest", toolbox.nextest()?),
        ("cargo-deny", toolbox.cargo_deny()?),
    ];
    for (tool, place) in places {
        say(format_args!("{tool:18} {}", place.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
