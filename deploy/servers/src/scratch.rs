//! Throw-away folders that do not pile up.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Home};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A folder for one run of something, removed when this value is dropped.
///
/// A process that is killed cannot remove its folders. Each folder is therefore beside a file that
/// its owner keeps locked, and whoever makes the next folder removes those whose lock is free: the
/// kernel frees a lock with its process, which a recorded process id would not tell safely.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes a new empty folder below `home`, named after `what`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(home: &Home, what: &str) -> Result<Self, Error> {
        let all = home.folder("scratch")?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{what}-{}-{number}", std::process::id());
        let (path, lock_path) = (all.join(&name), all.join(format!("{name}.lock")));
        let doing = || format!("making {}", path.display());
        // Held over making and sweeping, so that a lock file is never seen before it is locked.
        let gate = File::create(home.base().join("scratch.lock")).map_err(Error::io(doing()))?;
        gate.lock().map_err(Error::io(doing()))?;
        sweep(&all);
        let lock = File::create(&lock_path).map_err(Error::io(doing()))?;
        lock.lock().map_err(Error::io(doing()))?;
        home.folder(&format!("scratch/{name}"))?;
        Ok(Self {
            path,
            lock_path,
            _lock: lock,
        })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is swept by the next run.
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(&self.lock_path);
    }
}

fn sweep(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let lock_path = entry.path();
        if lock_path
            .extension()
            .is_none_or(|extension| extension != "lock")
        {
            continue;
        }
        let Ok(lock) = File::open(&lock_path) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(lock_path.with_extension(""));
            let _ = fs::remove_file(&lock_path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_owner_and_a_forgotten_one_with_the_next() {
        let home = Home::discover().unwrap();
        let kept = Scratch::new(&home, "kept").unwrap();
        let forgotten = Scratch::new(&home, "forgotten").unwrap();
        let path = forgotten.path().to_owned();
        // What a killed process leaves: the folder and an unlocked file.
        let twin = path.with_file_name("forgotten-0-0");
        fs::create_dir(&twin).unwrap();
        fs::write(twin.with_extension("lock"), "").unwrap();
        let gone = { Scratch::new(&home, "gone").unwrap().path().to_owned() };
        assert!(!gone.exists());
        assert!(!twin.exists());
        assert!(kept.path().is_dir());
        assert!(path.is_dir());
    }
}
