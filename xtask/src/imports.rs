//! Who may import whom: services never import one another, and a room keeps to its trade.

mod crates;
mod sources;

use std::path::Path;

use anyhow::{Result, bail};

use crate::{cargo, say::say};

/// Checks the manifests and the sources of the workspace at `root`.
pub(crate) fn check(root: &Path) -> Result<()> {
    let packages = cargo::packages(root)?;
    let mut complaints = crates::complaints(&packages);
    for package in packages
        .iter()
        .filter(|package| crates::is_service(&package.name))
    {
        complaints.extend(sources::complaints(root, &package.dir().join("src"))?);
    }
    if complaints.is_empty() {
        say(format_args!(
            "  {} crates import only what they may",
            packages.len()
        ));
        return Ok(());
    }
    bail!("{}", complaints.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_keeps_the_rules() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        check(root).unwrap();
    }
}
