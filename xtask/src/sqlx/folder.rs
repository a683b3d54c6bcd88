//! Compares and replaces a `.sqlx` folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

/// One line for each file that is missing, left over or different in what is committed.
pub(super) fn changes(committed: &Path, fresh: &Path) -> Result<Vec<String>> {
    let (old, new) = (read(committed)?, read(fresh)?);
    let mut lines = Vec::new();
    for (name, bytes) in &new {
        match old.get(name) {
            None => lines.push(format!("{name} is missing")),
            Some(before) if before != bytes => lines.push(format!("{name} differs")),
            Some(_) => {}
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        lines.push(format!("{name} is left over"));
    }
    Ok(lines)
}

/// Makes `committed` hold exactly the files of `fresh`; a folder without files goes.
pub(super) fn replace(committed: &Path, fresh: &Path) -> Result<()> {
    let doing = || format!("writing {}", committed.display());
    match fs::remove_dir_all(committed) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(doing),
        _ => {}
    }
    let files = read(fresh)?;
    if files.is_empty() {
        return Ok(());
    }
    fs::create_dir(committed).with_context(doing)?;
    for (name, bytes) in files {
        fs::write(committed.join(name), bytes).with_context(doing)?;
    }
    Ok(())
}

fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(files),
        other => other.with_context(|| format!("reading {}", folder.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, fs::read(entry.path())?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use xuanhao_servers::{Home, Scratch};

    use super::*;

    #[test]
    fn each_kind_of_difference_is_named_and_replacing_removes_all() {
        let scratch = Scratch::new(&Home::discover().unwrap(), "sqlx-folder").unwrap();
        let (old, new) = (scratch.path().join("old"), scratch.path().join("new"));
        for (folder, name, text) in [
            (&old, "query-a.json", "same"),
            (&old, "query-b.json", "before"),
            (&old, "query-c.json", "left"),
            (&new, "query-a.json", "same"),
            (&new, "query-b.json", "after"),
            (&new, "query-d.json", "new"),
        ] {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(name), text).unwrap();
        }
        let expected = [
            "query-b.json differs",
            "query-d.json is missing",
            "query-c.json is left over",
        ];
        assert_eq!(changes(&old, &new).unwrap(), expected);
        replace(&old, &new).unwrap();
        assert!(changes(&old, &new).unwrap().is_empty());
        // A crate that lost its last query loses the folder.
        replace(&old, &scratch.path().join("nothing")).unwrap();
        assert!(!old.exists());
    }
}
