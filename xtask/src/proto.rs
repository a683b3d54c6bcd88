//! The contracts: generated code, lint, and the image that breaking changes are measured against.

use std::process::ExitCode;

use anyhow::Result;
use xuanhao_servers::Toolbox;

use crate::cargo;
use crate::shell::Shell;

/// The contracts as they were released last.
const BASELINE: &str = "baseline.binpb";

#[derive(Debug)]
pub(crate) struct Options {
    /// Compare with what is committed and write nothing
    pub(crate) check: bool,
    /// Make the contracts as they are now the ones that later changes must not break
    pub(crate) baseline: bool,
}

pub(crate) fn run(options: &Options, toolbox: &Toolbox, shell: &Shell) -> Result<ExitCode> {
    let test = ["test", "--package", "xuanhao-proto", "regenerate"];
    let mut generate = shell.command(cargo::program()).args(test);
    if !options.check {
        generate = generate.env("XUANHAO_REGENERATE", "1");
    }
    shell.run(generate.dir(toolbox.home().checkout()))?;
    lint(toolbox, shell)?;
    if options.baseline {
        let dir = toolbox.home().checkout().join("proto");
        let buf = shell
            .command(toolbox.buf()?)
            .args(["build", "--output", BASELINE]);
        shell.run(buf.dir(&dir))?;
    } else {
        breaking(toolbox, shell)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `buf lint`.
pub(crate) fn lint(toolbox: &Toolbox, shell: &Shell) -> Result<()> {
    let dir = toolbox.home().checkout().join("proto");
    shell.run(shell.command(toolbox.buf()?).args(["lint"]).dir(&dir))
}

/// `buf breaking` against the committed image.
pub(crate) fn breaking(toolbox: &Toolbox, shell: &Shell) -> Result<()> {
    let dir = toolbox.home().checkout().join("proto");
    let buf = shell
        .command(toolbox.buf()?)
        .args(["breaking", "--against", BASELINE]);
    shell.run(buf.dir(&dir))
}
