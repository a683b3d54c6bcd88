//! The ready file: how whoever started a process learns that it is ready, and where it listens.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyFile {
    /// The service's name.
    pub service: String,
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Where it listens, by kind: `grpc`, `admin`, `http`.
    pub addresses: BTreeMap<String, SocketAddr>,
    /// Outside systems that are simulated; empty in production.
    #[serde(default)]
    pub simulators: Vec<String>,
}

impl ReadyFile {
    /// Reads one; `None` while it is not there.
    ///
    /// # Errors
    /// When it cannot be read or is no ready file.
    pub fn read(path: &Path) -> std::io::Result<Option<Self>> {
        match std::fs::read(path) {
            Ok(content) => Ok(Some(serde_json::from_slice(&content)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes it whole or not at all.
    pub(super) fn write(&self, path: &Path) -> std::io::Result<()> {
        let unfinished = unfinished(path);
        std::fs::write(&unfinished, serde_json::to_vec(self)?)?;
        std::fs::rename(&unfinished, path)
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    name.into()
}
