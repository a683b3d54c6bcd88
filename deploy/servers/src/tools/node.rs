//! Node with its package manager, by which the portal is built and tested.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::{Error, Home};

/// Where the wheel's package manager stands, seen from the folder of its `node`.
const NPM_OF_WHEEL: &str = "../lib/node_modules/npm/bin/npm-cli.js";

/// Node with npm.
#[derive(Debug, Clone)]
pub struct NodeTools {
    node: PathBuf,
    /// A program on the path, or a script for this Node.
    npm: PathBuf,
    /// What npm has downloaded before.
    cache: PathBuf,
}

impl NodeTools {
    pub(super) fn new(home: &Home, node: PathBuf, npm: PathBuf) -> Result<Self, Error> {
        let cache = home.folder("npm")?;
        Ok(Self { node, npm, cache })
    }

    /// The pinned one, by its `bin/node`.
    pub(super) fn of_wheel(home: &Home, node: PathBuf) -> Result<Self, Error> {
        let npm = node.with_file_name(NPM_OF_WHEEL);
        Self::new(home, node, npm)
    }

    #[must_use]
    pub fn program(&self) -> &Path {
        &self.node
    }

    /// How a call of npm begins: the program, and the script it runs unless it is npm itself.
    #[must_use]
    pub fn npm(&self) -> (&Path, Option<&Path>) {
        if self.npm.extension().is_some_and(|ending| ending == "js") {
            (&self.node, Some(&self.npm))
        } else {
            (&self.npm, None)
        }
    }

    /// What npm and the scripts it runs find around them: this very Node, and a cache of ours. npm asks
    /// nobody whether it is new or whether there is news of its packages.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let bin = self.node.parent().map(Path::to_owned);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = bin.into_iter().chain(env::split_paths(&path));
        let path = env::join_paths(folders).unwrap_or(path);
        let silenced = [
            "npm_config_audit",
            "npm_config_fund",
            "npm_config_progress",
            "npm_config_update_notifier",
        ];
        let mut all = vec![
            ("PATH", path),
            ("npm_config_cache", self.cache.clone().into()),
        ];
        all.extend(silenced.map(|name| (name, "false".into())));
        all
    }
}
