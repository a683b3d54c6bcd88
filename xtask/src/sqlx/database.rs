//! A scratch database with the migrations of one crate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use xuanhao_servers::Postgres;

use crate::cargo::Package;

/// Every service's database starts with these.
const BASE: &str = "services/chassis/migrations";

/// Makes the database of a crate, migrated, and returns its URL.
pub(super) fn make(server: &Postgres, root: &Path, package: &Package) -> Result<String> {
    let name = package.name.replace('-', "_");
    psql(
        server,
        &server.url(),
        &["--command", &format!("CREATE DATABASE {name}")],
    )?;
    let url = server.url_of(&name);
    for file in migrations(root, package.dir())? {
        let path = file.to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).with_context(|| format!("reading {path}"))?;
        let mut arguments = vec!["--file", &path];
        if !text.starts_with("-- no-transaction") {
            arguments.push("--single-transaction");
        }
        psql(server, &url, &arguments)?;
    }
    Ok(url)
}

/// The base first, then the crate's own folders: `migrations`, and any `…-migrations` for further
/// databases it keeps (their tables may stand in one scratch database; their names differ).
fn migrations(root: &Path, dir: &Path) -> Result<Vec<PathBuf>> {
    let base = root.join(BASE);
    let mut own = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        let is_folder_of_migrations = path.is_dir()
            && path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().ends_with("migrations"));
        if is_folder_of_migrations && path != base {
            own.push(path);
        }
    }
    own.sort();
    let mut files = Vec::new();
    for folder in std::iter::once(base).chain(own) {
        let mut inside = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            inside.push(entry?.path());
        }
        inside.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn psql(server: &Postgres, url: &str, arguments: &[&str]) -> Result<()> {
    let mut psql = Command::new(server.tools().program("psql"));
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--set",
        "ON_ERROR_STOP=1",
        "--dbname",
        url,
    ]);
    let output = psql
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("starting psql")?;
    if !output.status.success() {
        bail!("psql: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use xuanhao_servers::{Home, Scratch};

    use super::*;

    #[test]
    fn the_base_comes_first_and_each_folder_in_order() {
        let scratch = Scratch::new(&Home::discover().unwrap(), "migrations").unwrap();
        let (base, own) = (
            scratch.path().join(BASE),
            scratch.path().join("services/vehicle"),
        );
        fs::create_dir_all(&base).unwrap();
        for folder in ["migrations", "key-migrations", "src"] {
            fs::create_dir_all(own.join(folder)).unwrap();
        }
        for (folder, name) in [
            (base, "0001_base.sql"),
            (own.join("migrations"), "0101_b.sql"),
            (own.join("migrations"), "0100_a.sql"),
            (own.join("key-migrations"), "0001_keys.sql"),
            (own.join("src"), "not_one.sql"),
        ] {
            fs::write(folder.join(name), "").unwrap();
        }
        let names: Vec<_> = migrations(scratch.path(), &own)
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            names,
            ["0001_base.sql", "0001_keys.sql", "0100_a.sql", "0101_b.sql"]
        );
    }
}
