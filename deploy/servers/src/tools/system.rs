//! What the machine has, and whether its version will do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{NatsTools, PostgresTools};

/// Majors tried, best first.
const POSTGRES_MAJORS: [u16; 4] = [18, 17, 16, 15];
/// Per-message TTL came with 2.11, scheduled messages with 2.12.
const NATS_AT_LEAST: (u16, u16) = (2, 12);
/// What the portal's build asks for.
const NODE_AT_LEAST: (u16, u16) = (22, 12);
/// Names of the browser, by distribution.
const CHROMIUMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// Where Debian's package puts it.
const CHINESE_FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

pub(super) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

pub(super) fn postgres() -> Option<PostgresTools> {
    POSTGRES_MAJORS
        .iter()
        .find_map(|major| postgres_in(Path::new(&format!("/usr/lib/postgresql/{major}/bin"))))
}

/// The Postgres programs in a folder, when they run and are new enough.
pub(super) fn postgres_in(bin: &Path) -> Option<PostgresTools> {
    let (major, _) = version_of(&bin.join("postgres"))?;
    let complete = ["initdb", "psql"]
        .iter()
        .all(|name| bin.join(name).is_file());
    (major >= 15 && complete).then(|| PostgresTools {
        bin: bin.to_owned(),
        major,
    })
}

pub(super) fn nats() -> Option<NatsTools> {
    nats_at(&on_path("nats-server")?)
}

/// The nats-server at a path (or in a folder), when it runs and is new enough.
pub(super) fn nats_at(path: &Path) -> Option<NatsTools> {
    let program = if path.is_dir() {
        path.join("nats-server")
    } else {
        path.to_owned()
    };
    (version_of(&program)? >= NATS_AT_LEAST).then_some(NatsTools { program })
}

/// Node and npm of the path, when Node runs and is new enough.
pub(super) fn node_and_npm() -> Option<(PathBuf, PathBuf)> {
    let (node, npm) = (on_path("node")?, on_path("npm")?);
    (version_of(&node)? >= NODE_AT_LEAST).then_some((node, npm))
}

pub(super) fn chromium() -> Option<PathBuf> {
    CHROMIUMS.into_iter().find_map(on_path)
}

pub(super) fn has_chinese_font() -> bool {
    Path::new(CHINESE_FONT).exists()
}

fn version_of(program: &Path) -> Option<(u16, u16)> {
    let mut command = Command::new(program);
    let output = command
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| parse_version(&String::from_utf8_lossy(&output.stdout)))?
}

/// The first `major.minor` in a line such as `postgres (PostgreSQL) 15.18 (Debian …)` or
/// `nats-server: v2.15.1`.
fn parse_version(line: &str) -> Option<(u16, u16)> {
    line.split_whitespace().find_map(|word| {
        let mut parts = word.trim_start_matches('v').split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_programs_print() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(parse_version(debian), Some((15, 18)));
        assert_eq!(parse_version("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(parse_version("v24.19.0"), Some((24, 19)));
        assert_eq!(parse_version("nothing here"), None);
    }

    #[test]
    fn a_program_that_does_not_run_is_not_found() {
        assert!(nats_at(Path::new("/nonexistent/nats-server")).is_none());
        assert!(nats_at(Path::new("/bin/false")).is_none());
        assert!(postgres_in(Path::new("/nonexistent")).is_none());
    }
}
