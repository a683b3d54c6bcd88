//! Installs Debian packages, when we are root and the machine has apt.

use std::process::Command;

use super::system;
use crate::process::{self, DeathSignal};
use crate::{Error, process::is_root};

/// Whether this process may install packages.
pub(super) fn is_ours() -> bool {
    is_root().unwrap_or(false) && system::on_path("apt-get").is_some()
}

/// Installs packages. Does nothing for an ordinary user or without apt: the caller looks again
/// for what it needs and names the line to type.
pub(super) fn install(packages: &[&str], say: fn(&str)) -> Result<(), Error> {
    let Some(apt) = system::on_path("apt-get").filter(|_| is_ours()) else {
        return Ok(());
    };
    say(&format!("apt-get install -y {}", packages.join(" ")));
    let command = |words: &[&str]| -> Command {
        let mut command = process::bound_command(&apt, DeathSignal::Terminate);
        command.env("DEBIAN_FRONTEND", "noninteractive").args(words);
        command
    };
    // An old list still serves when the new one cannot be had.
    let _ = process::run(command(&["update", "--quiet"]));
    let mut words = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    words.extend(packages);
    // A failure shows as the program still missing, with apt's own words in front.
    process::run(command(&words)).map(drop).or_else(|error| {
        say(&error.to_string());
        Ok(())
    })
}
