//! The files of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What others wrote for the portal's tools: thousands of files, and none of ours.
const FOREIGN: &str = "node_modules";

/// Every `.rs` file below `folder`, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = all_files(folder)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(files)
}

/// Every file below `folder`, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn all_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if !path.is_dir() {
            files.push(path);
        } else if !path.ends_with(FOREIGN) {
            files.extend(all_files(&path)?);
        }
    }
    files.sort();
    Ok(files)
}
