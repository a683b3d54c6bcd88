//! Rewrites the `.sqlx` folders: what Postgres says of each query that is checked when compiled.
//!
//! The query macros write these files themselves when they are given a database and a folder. One
//! run of cargo does it for all crates at once: it calls this program in place of the compiler
//! ([`wrapper`]), which hands each crate the database that has its own migrations and a folder of
//! its own, so that no crate's queries land in another's.

mod database;
mod folder;
pub(crate) mod wrapper;

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use xuanhao_servers::shared::start_postgres;
use xuanhao_servers::{Scratch, Toolbox};

use crate::cargo::{self, Package};
use crate::say::say;
use crate::shell::Shell;

/// Whose planner is asked: nullability is the planner's word, and must be the same everywhere.
const PINNED_MAJOR: u16 = 18;

#[derive(Debug)]
pub(crate) struct Options {
    /// Services to rewrite, such as `identity` (all when none is named)
    pub(crate) services: Vec<String>,
    /// Compare with what is committed and write nothing
    pub(crate) check: bool,
}

pub(crate) fn run(options: &Options, toolbox: &Toolbox, shell: &Shell) -> Result<ExitCode> {
    let crates = crates_with_migrations(toolbox.home().checkout(), &options.services)?;
    let changes = prepare(&crates, options.check, toolbox, shell)?;
    if options.check && !changes.is_empty() {
        bail!("stale; run `cargo xtask sqlx`:\n{}", changes.join("\n"));
    }
    for line in &changes {
        say(format_args!("  {line}"));
    }
    say(format_args!(
        "  {} crates, {} files differed",
        crates.len(),
        changes.len()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Fails when a committed file is not what the pinned Postgres says now.
pub(crate) fn check(toolbox: &Toolbox, shell: &Shell) -> Result<()> {
    let options = Options {
        services: Vec::new(),
        check: true,
    };
    run(&options, toolbox, shell).map(drop)
}

/// Whether this machine has the Postgres whose word counts.
pub(crate) fn has_pinned_postgres(toolbox: &Toolbox) -> Result<bool> {
    Ok(toolbox.postgres()?.major() == PINNED_MAJOR)
}

fn crates_with_migrations(root: &Path, wanted: &[String]) -> Result<Vec<Package>> {
    let mut crates = cargo::packages(root)?;
    crates.retain(|package| package.dir().join("migrations").is_dir());
    if wanted.is_empty() {
        return Ok(crates);
    }
    let short = |package: &Package| package.name.trim_start_matches("xuanhao-").to_owned();
    for name in wanted {
        ensure!(
            crates.iter().any(|one| short(one) == *name),
            "{name} has no migrations"
        );
    }
    crates.retain(|package| wanted.contains(&short(package)));
    Ok(crates)
}

/// Asks for every query of the crates, and returns a line for each file that differs from what is
/// committed. Unless `check_only`, the folders are rewritten.
fn prepare(
    crates: &[Package],
    check_only: bool,
    toolbox: &Toolbox,
    shell: &Shell,
) -> Result<Vec<String>> {
    ensure!(
        has_pinned_postgres(toolbox)?,
        "the .sqlx files are made on Postgres {PINNED_MAJOR} alone: unset XUANHAO_PG_BIN, or see \
         `cargo xtask doctor` for what keeps the pinned wheel away"
    );
    let root = toolbox.home().checkout();
    let scratch = Scratch::new(toolbox.home(), "sqlx")?;
    let server = start_postgres(toolbox, &scratch)?;
    let mut plan = Vec::new();
    for package in crates {
        let url = database::make(&server, root, package)?;
        let folder = scratch.path().join(&package.name);
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        plan.push(wrapper::Entry {
            name: package.name.clone(),
            url,
            folder,
        });
    }
    let plan_file = scratch.path().join("plan");
    fs::write(&plan_file, wrapper::to_text(&plan)).context("writing the plan")?;
    {
        let _touched = Touched::new(crates)?;
        let mut check = shell
            .command(cargo::program())
            .args(["check", "--all-targets"]);
        check = check.args(
            crates
                .iter()
                .flat_map(|one| ["--package", one.name.as_str()]),
        );
        let ourselves = std::env::current_exe().context("finding this program")?;
        check = check
            .env("RUSTC_WORKSPACE_WRAPPER", ourselves)
            .env(wrapper::PLAN, &plan_file);
        shell.run(check.dir(root))?;
    }
    let mut changed = Vec::new();
    for (package, entry) in crates.iter().zip(&plan) {
        let committed = package.dir().join(".sqlx");
        let changes = folder::changes(&committed, &entry.folder)?;
        if !check_only && !changes.is_empty() {
            folder::replace(&committed, &entry.folder)?;
        }
        changed.extend(
            changes
                .into_iter()
                .map(|change| format!("{}: {change}", package.name)),
        );
    }
    Ok(changed)
}

/// Source files that cargo shall take for new: it does not know that a compilation depends on a
/// database. Their times are put back afterwards, or every later build would start over.
struct Touched(Vec<(PathBuf, SystemTime)>);

impl Touched {
    fn new(crates: &[Package]) -> Result<Self> {
        let mut touched = Self(Vec::new());
        let paths = crates.iter().flat_map(|one| &one.roots);
        for path in paths {
            let doing = || format!("touching {}", path.display());
            let before = fs::metadata(path).and_then(|found| found.modified());
            touched.0.push((path.clone(), before.with_context(doing)?));
            #[expect(
                clippy::disallowed_methods,
                reason = "cargo compares with the files' clock"
            )]
            set_time(path, SystemTime::now()).with_context(doing)?;
        }
        Ok(touched)
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before) in &self.0 {
            // The price of a failure is one more compilation.
            let _ = set_time(path, *before);
        }
    }
}

fn set_time(path: &Path, time: SystemTime) -> std::io::Result<()> {
    File::options()
        .write(true)
        .open(path)?
        .set_times(FileTimes::new().set_modified(time))
}
