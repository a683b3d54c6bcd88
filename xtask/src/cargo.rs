//! What cargo knows of the workspace.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// The cargo that runs us, or the one on the path.
pub(crate) fn program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Builds every program but this one. The same words everywhere: another selection has other features
/// and is compiled anew.
pub(crate) const BUILD_PROGRAMS: [&str; 5] =
    ["build", "--workspace", "--exclude", "xtask", "--bins"];

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    /// Root source file of each library, program and test.
    pub(crate) roots: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev` or `build`, or nothing.
    pub(crate) kind: Option<String>,
    /// Whether it is a crate of this workspace.
    pub(crate) is_ours: bool,
}

impl Package {
    pub(crate) fn dir(&self) -> &Path {
        self.manifest_path
            .parent()
            .expect("a manifest lies in a folder")
    }
}

/// The crates of the workspace at `root`.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>> {
    let mut command = Command::new(program());
    command
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let output = output.context("starting cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata failed");
    let metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    parse(&metadata).context("cargo metadata has another form than expected")
}

fn parse(metadata: &Value) -> Option<Vec<Package>> {
    let text = |value: &Value, key: &str| Some(value[key].as_str()?.to_owned());
    let dependency = |value: &Value| {
        Some(Dependency {
            name: text(value, "name")?,
            kind: text(value, "kind"),
            is_ours: value["path"].is_string(),
        })
    };
    let package = |value: &Value| {
        let targets = value["targets"].as_array()?.iter();
        Some(Package {
            name: text(value, "name")?,
            manifest_path: text(value, "manifest_path")?.into(),
            dependencies: value["dependencies"]
                .as_array()?
                .iter()
                .map(dependency)
                .collect::<Option<_>>()?,
            roots: targets
                .map(|target| Some(text(target, "src_path")?.into()))
                .collect::<Option<_>>()?,
        })
    };
    metadata["packages"]
        .as_array()?
        .iter()
        .map(package)
        .collect()
}
