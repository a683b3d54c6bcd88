//! The citizens' portal: its tools and packages brought, its pages built for the edge, its checks run.
//!
//! Whoever wants the platform and has neither Node nor a network for it goes without pages and is told so;
//! CI may not. Nothing is done again while what it is made from is the same.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use xuanhao_servers::{NodeTools, Toolbox};

use crate::files::all_files;
use crate::say::say;
use crate::shell::{Shell, in_ci};

/// Where it lives in the checkout.
const FOLDER: &str = "services/edge/portal";
/// What says which packages there are.
const LOCK: &str = "package-lock.json";
/// What its pages are made from, beside the packages.
const SOURCES: [&str; 7] = [
    "src",
    "public",
    "scripts",
    "index.html",
    "package.json",
    "vite.config.ts",
    "../openapi.json",
];
/// Of these, what the build itself writes.
const MADE: &str = "src/api/schema.ts";
/// What something was made from is noted beside it under this name.
const STAMP: &str = ".stamp";

/// The portal with all that its tools need.
#[derive(Debug)]
pub(crate) struct Portal<'a> {
    shell: &'a Shell,
    node: NodeTools,
    folder: PathBuf,
}

/// A name and a path for what a script starts.
pub(crate) type Variable<'a> = (&'static str, &'a Path);

/// `cargo xtask portal`.
pub(crate) fn run(toolbox: &Toolbox) -> Result<ExitCode> {
    let shell = Shell::new()?;
    let built = Portal::open(toolbox, &shell)?.build()?;
    if !built {
        say(format_args!("the portal is built as it stands"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the portal before a program that serves it, where that is possible.
///
/// # Errors
/// When it cannot be built; in CI also when something is missing for that.
pub(crate) fn bring(toolbox: &Toolbox, shell: &Shell) -> Result<()> {
    match Portal::open(toolbox, shell) {
        Ok(portal) => portal.build().map(drop),
        Err(error) if in_ci() => Err(error),
        Err(error) => {
            shell.interrupted()?;
            say(format_args!("  without the portal's pages: {error:#}"));
            // Cargo looks at the folder for a release; what is not there would always be news to it.
            let _ = fs::create_dir_all(toolbox.home().checkout().join(FOLDER).join("dist"));
            Ok(())
        }
    }
}

impl<'a> Portal<'a> {
    /// Brings Node and the packages that the lock file names.
    ///
    /// # Errors
    /// When one of them is not to be had.
    pub(crate) fn open(toolbox: &Toolbox, shell: &'a Shell) -> Result<Self> {
        let portal = Self {
            shell,
            node: toolbox.node()?,
            folder: toolbox.home().checkout().join(FOLDER),
        };
        let packages = Stamp::of(&portal.folder, "node_modules", &[LOCK])?;
        if packages.is_old() {
            say(format_args!("  portal: npm ci"));
            portal.run(&["ci"], &[])?;
            packages.set()?;
        }
        Ok(portal)
    }

    /// Builds the pages when something changed; false when nothing did.
    ///
    /// # Errors
    /// When the build fails.
    pub(crate) fn build(&self) -> Result<bool> {
        let sources = [&SOURCES[..], &[LOCK]].concat();
        let pages = Stamp::of(&self.folder, "dist", &sources)?;
        if !pages.is_old() {
            return Ok(false);
        }
        say(format_args!("  portal: npm run build"));
        self.script("build", &[])?;
        pages.set()?;
        Ok(true)
    }

    /// Runs a script of the portal's package.json, which must succeed.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn script(&self, name: &str, environment: &[Variable]) -> Result<()> {
        self.run(&["run", name], environment)
    }

    /// Calls npm, with its own lines for whoever looks on.
    fn run(&self, words: &[&str], environment: &[Variable]) -> Result<()> {
        let (program, script) = self.node.npm();
        let command = self.shell.command(program).args(script).args(words);
        let command = command.envs(self.node.environment()).dir(&self.folder);
        let command = command.envs(environment.iter().copied());
        let status = self.shell.status(command)?;
        ensure!(
            status.success(),
            "npm {} failed ({status})",
            words.join(" ")
        );
        Ok(())
    }
}

/// Tells whether something was made from what there is now.
#[derive(Debug)]
struct Stamp {
    /// Beside what was made.
    file: PathBuf,
    now: String,
}

impl Stamp {
    /// Of what is made in `made` from `sources`, files and folders below `folder`.
    fn of(folder: &Path, made: &str, sources: &[&str]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for source in sources {
            let path = folder.join(source);
            let files = match path.is_dir() {
                true => all_files(&path)?,
                false => vec![path],
            };
            for file in files.iter().filter(|file| !file.ends_with(MADE)) {
                let content = fs::read(file);
                let content = content.with_context(|| format!("reading {}", file.display()))?;
                (file.strip_prefix(folder).unwrap_or(file), content).hash(&mut hasher);
            }
        }
        Ok(Self {
            file: folder.join(made).join(STAMP),
            now: format!("{:016x}", hasher.finish()),
        })
    }

    fn is_old(&self) -> bool {
        fs::read_to_string(&self.file).ok().as_ref() != Some(&self.now)
    }

    fn set(&self) -> Result<()> {
        let doing = || format!("writing {}", self.file.display());
        fs::write(&self.file, &self.now).with_context(doing)
    }
}

#[cfg(test)]
mod tests {
    use xuanhao_servers::{Home, Scratch};

    use super::*;

    #[test]
    fn a_stamp_is_old_when_a_source_changed_and_not_by_what_was_made() {
        let scratch = Scratch::new(&Home::discover().unwrap(), "stamp").unwrap();
        let folder = scratch.path();
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let stamp = || Stamp::of(folder, "dist", &["src", "lock"]).unwrap();
        write("src/pages/one.ts", "one");
        write("lock", "1");
        write("dist/index.html", "");
        assert!(stamp().is_old());
        stamp().set().unwrap();
        assert!(!stamp().is_old());
        write(MADE, "made");
        assert!(!stamp().is_old());
        write("src/pages/two.ts", "");
        assert!(stamp().is_old());
        stamp().set().unwrap();
        write("lock", "2");
        assert!(stamp().is_old());
    }
}
