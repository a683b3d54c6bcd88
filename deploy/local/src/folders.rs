//! Where a platform keeps what.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xuanhao_servers::secret;

use crate::Replica;

/// The folder of one platform. The servers' user passes through it; what is secret lies in folders
/// of its owner alone.
#[derive(Debug, Clone)]
pub struct Folders {
    base: PathBuf,
}

impl Folders {
    /// Makes what is missing below `base`.
    pub(crate) fn make(base: PathBuf) -> Result<Self> {
        let folders = Self { base };
        make(&folders.base, 0o755)?;
        for name in ["logs", "run", "config"] {
            make(&folders.base.join(name), 0o755)?;
        }
        for name in ["tls", "public", "secrets", "console", "staff"] {
            make(&folders.base.join(name), 0o700)?;
        }
        Ok(folders)
    }

    /// The folder itself.
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Where Postgres keeps its cluster.
    pub(crate) fn postgres(&self) -> PathBuf {
        self.base.join("postgres")
    }

    /// Where nats-server keeps its streams.
    pub(crate) fn nats(&self) -> PathBuf {
        self.base.join("nats")
    }

    /// Certificates of programs of ours.
    pub(crate) fn tls(&self, name: &str) -> PathBuf {
        self.base.join("tls").join(name)
    }

    /// What browsers are shown.
    pub(crate) fn public(&self, name: &str) -> PathBuf {
        self.base.join("public").join(name)
    }

    /// Passwords, keys and addresses with passwords in them.
    pub(crate) fn secret(&self, name: &str) -> PathBuf {
        self.base.join("secrets").join(name)
    }

    /// What the simulators write.
    pub(crate) fn console(&self, name: &str) -> PathBuf {
        self.base.join("console").join(name)
    }

    /// What one member of staff uses: configuration, session, passwords.
    pub(crate) fn staff(&self, name: &str) -> PathBuf {
        self.base.join("staff").join(name)
    }

    /// Configuration by its name, such as `edge`.
    #[must_use]
    pub fn config(&self, name: &str) -> PathBuf {
        self.base.join("config").join(format!("{name}.yaml"))
    }

    /// The log of a service's process: a JSON object per line.
    #[must_use]
    pub fn log(&self, of: impl Into<Replica>) -> PathBuf {
        self.base.join("logs").join(format!("{}.log", of.into()))
    }

    /// Where a process reports that it is ready.
    pub(crate) fn ready(&self, replica: Replica) -> PathBuf {
        self.base.join("run").join(format!("{replica}.json"))
    }

    /// Which ports the services had last.
    pub(crate) fn ports(&self) -> PathBuf {
        self.base.join("ports.json")
    }

    /// Which steps of preparing and seeding are done.
    pub(crate) fn journal(&self) -> PathBuf {
        self.base.join("journal.json")
    }

    /// A password kept in a file, made at its first use.
    pub(crate) fn password(&self, name: &str) -> Result<String> {
        let path = self.secret(name);
        kept(&path, || Ok(secret()?))
    }
}

/// What a private file holds; made by `make` when it is not there.
pub(crate) fn kept(path: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = make()?;
            write_private(path, text.as_bytes())?;
            Ok(text)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Writes a file only its owner can read; it is there whole or not at all.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write = || {
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(true).write(true).mode(0o600);
        options.open(&part)?.write_all(content)?;
        fs::rename(&part, path)
    };
    write().with_context(|| format!("writing {}", path.display()))
}

fn make(folder: &Path, mode: u32) -> Result<()> {
    let doing = || format!("making {}", folder.display());
    match DirBuilder::new().mode(mode).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        // Whatever the umask said.
        _ => fs::set_permissions(folder, Permissions::from_mode(mode)),
    }
    .with_context(doing)
}
