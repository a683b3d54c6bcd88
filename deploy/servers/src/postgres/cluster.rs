//! The data folder of a Postgres: made by initdb, copied from a pristine one, or found.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{PostgresOptions, SUPERUSER};
use crate::files::{make_passable, write_private};
use crate::process::{self, DeathSignal, give_to_server_user, server_command};
use crate::{Durability, Error, PostgresTools, secret};

/// Where the cluster stands in the server's folder. Its presence says that it is whole.
pub(super) fn folder(dir: &Path) -> PathBuf {
    dir.join("cluster")
}

/// The superuser's password.
pub(super) fn read_password(dir: &Path) -> Result<String, Error> {
    let path = dir.join("password");
    fs::read_to_string(&path).map_err(Error::io(format!("reading {}", path.display())))
}

/// Waits for a server that a killed owner left on this cluster (its death signal has it shutting
/// down) and removes a pid file whose process is something else by now, which Postgres itself
/// would take for a live postmaster when it has the same user.
pub(super) fn await_former_server(cluster: &Path) -> Result<(), Error> {
    let pid_file = cluster.join("postmaster.pid");
    for _ in 0..200 {
        let Ok(text) = fs::read_to_string(&pid_file) else {
            return Ok(());
        };
        let pid = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        let serves = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            process::is_alive(*pid)
                && words.next().is_some_and(|word| word.ends_with(b"postgres"))
                && words.any(|word| word == cluster.as_os_str().as_encoded_bytes())
        };
        if pid.filter(serves).is_none() {
            let _ = fs::remove_file(&pid_file);
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(Error::InUse {
        dir: cluster.to_owned(),
        by: "a running postgres".to_owned(),
    })
}

/// Makes the cluster, or copies it from the cache when the options name one.
pub(super) fn make_or_copy(tools: &PostgresTools, options: &PostgresOptions) -> Result<(), Error> {
    let dir = &options.data_dir;
    let Some(home) = &options.cache else {
        return make(tools, dir, options.durability);
    };
    let pristine = home
        .folder("cache")?
        .join(format!("postgres-{}", tools.major()));
    make_passable(&pristine)?;
    let gate = File::create(pristine.join("lock")).map_err(Error::io("locking the cache"))?;
    gate.lock().map_err(Error::io("locking the cache"))?;
    if !folder(&pristine).is_dir() {
        make(tools, &pristine, Durability::TestOnlyFast)?;
    }
    let fresh = dir.join("cluster.part");
    remove_if_there(&fresh)?;
    copy(&pristine.join("password"), &dir.join("password"))?;
    copy(&folder(&pristine), &fresh)?;
    fs::rename(&fresh, folder(dir)).map_err(Error::io(format!("making {}", dir.display())))
}

/// Copies a file or folder with its owner and modes.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let mut command = Command::new("cp");
    command
        .args(["--archive", "--reflink=auto", "--no-target-directory"])
        .arg(from)
        .arg(to);
    process::run(command).map(drop)
}

/// Runs initdb beside the final place and moves the result there, so that a cluster that is there
/// is whole.
fn make(tools: &PostgresTools, dir: &Path, durability: Durability) -> Result<(), Error> {
    let (fresh, password_file) = (dir.join("cluster.part"), dir.join("password"));
    let doing = || format!("making {}", fresh.display());
    remove_if_there(&fresh)?;
    fs::create_dir(&fresh).map_err(Error::io(doing()))?;
    fs::set_permissions(&fresh, Permissions::from_mode(0o700)).map_err(Error::io(doing()))?;
    give_to_server_user(&fresh)?;
    write_private(&password_file, &secret()?)?;
    let mut initdb = server_command(&tools.program("initdb"), DeathSignal::Terminate)?;
    initdb
        .args([
            "--encoding=UTF8",
            "--locale=C",
            "--auth-local=scram-sha-256",
        ])
        .args(["--auth-host=scram-sha-256", "--no-instructions"])
        .arg(format!("--username={SUPERUSER}"))
        .arg(format!("--pwfile={}", password_file.display()))
        .arg("--pgdata")
        .arg(&fresh);
    if durability == Durability::TestOnlyFast {
        initdb.arg("--no-sync");
    }
    process::run(initdb)?;
    fs::rename(&fresh, folder(dir)).map_err(Error::io(doing()))
}

fn remove_if_there(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::Io {
            doing: format!("removing {}", folder.display()),
            source: error,
        }),
        _ => Ok(()),
    }
}
