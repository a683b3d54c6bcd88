//! A private Redis, brought without installing anything.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use xuanhao_servers::ports;
use xuanhao_servers::process::{Daemon, DeathSignal, bound_command};

use super::site::Site;
use crate::measure::Process;

const PACKAGES: [&str; 9] = [
    "redis-server",
    "redis-tools",
    "libatomic1",
    "libjemalloc2",
    "libhiredis0.14",
    "liblua5.1-0",
    "liblzf1",
    "lua-bitop",
    "lua-cjson",
];
const READY_LIMIT: Duration = Duration::from_secs(10);

/// A Redis that forgets nothing it has acknowledged. It is killed when this value is dropped.
#[derive(Debug)]
pub struct RedisServer {
    daemon: Daemon,
    port: u16,
}

impl RedisServer {
    /// Starts it. Blocks.
    ///
    /// # Errors
    /// When there is none, or it does not come up.
    pub fn start(site: &Site) -> Result<Self> {
        let (program, libraries) = find(site)?;
        let (folder, port) = (site.folder().join("redis"), ports::free()?);
        fs::create_dir_all(&folder)?;
        let mut command = bound_command(&program, DeathSignal::Terminate);
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"])
            .arg(&folder)
            .args([
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--save",
                "",
            ])
            // Rewriting the log under load would only slow it.
            .args(["--auto-aof-rewrite-percentage", "0"]);
        if let Some(libraries) = libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let mut daemon = Daemon::start("redis-server", command, folder.join("redis.log"))?;
        daemon.wait_ready(READY_LIMIT, |_| {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        })?;
        Ok(Self { daemon, port })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Its process.
    #[must_use]
    pub fn process(&self) -> Process {
        Process::One(self.daemon.pid())
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Nothing can be reported here; the death signal is the last resort.
        let _ = self.daemon.kill9();
    }
}

/// The system's program, or Debian's packages unpacked into a folder of ours.
fn find(site: &Site) -> Result<(PathBuf, Option<OsString>)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).map(|folder| folder.join("redis-server"));
    if let Some(program) = installed.into_iter().find(|program| program.is_file()) {
        return Ok((program, None));
    }
    let folder = site.home().folder("redis")?;
    let program = folder.join("usr/bin/redis-server");
    if !program.exists() {
        unpack(&folder)?;
    }
    ensure!(program.exists(), "Debian's packages hold no redis-server");
    let libraries = fs::read_dir(folder.join("usr/lib"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    Ok((program, Some(std::env::join_paths(libraries)?)))
}

fn unpack(folder: &Path) -> Result<()> {
    let run = |command: &mut Command| -> Result<()> {
        let output = command.stdin(Stdio::null()).current_dir(folder).output();
        let output = output.with_context(|| format!("running {command:?}"))?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{}",
            told.lines().last().unwrap_or_default()
        );
        Ok(())
    };
    run(Command::new("apt-get").arg("download").args(PACKAGES))?;
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg").arg("-x").arg(&path).arg("."))?;
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
