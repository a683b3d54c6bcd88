//! What an installation does once: the schema, and the streams of facts.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::program::Programs;
use super::site::Site;

/// Brings the database to this release's schema, and makes the streams. Blocks.
///
/// # Errors
/// When a command fails; with what it wrote.
pub(super) fn prepare(site: &Site, programs: &Programs, pool: &Value) -> Result<()> {
    let file = |name: &str, config: &Value| site.write(name, &config.to_string());
    let pool = file("migrate.yaml", pool)?;
    run(
        |words| programs.xuanhao(words, &pool),
        &["migrate", "platepool"],
    )?;
    let streams = file("streams.yaml", &site.streams_config())?;
    run(
        |words| programs.xuanhao(words, Path::new(&streams)),
        &["streams", "apply"],
    )
}

fn run(command: impl Fn(&[&str]) -> Command, words: &[&str]) -> Result<()> {
    let output = command(words).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {told}", words.join(" "));
    Ok(())
}
