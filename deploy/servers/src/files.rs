//! Files and folders that the servers' user must reach, and the lock on a server's folder.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::Error;
use crate::process::give_to_server_user;

/// Makes a folder that the servers' user can pass, whatever the umask says. What is secret in it
/// has modes of its own.
pub(crate) fn make_passable(folder: &Path) -> Result<(), Error> {
    let doing = || format!("making {}", folder.display());
    fs::create_dir_all(folder).map_err(Error::io(doing()))?;
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(Error::io(doing()))
}

/// Writes a file that only its owner and the servers' user can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let doing = || format!("writing {}", path.display());
    fs::write(path, "").map_err(Error::io(doing()))?;
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(Error::io(doing()))?;
    fs::write(path, text).map_err(Error::io(doing()))?;
    give_to_server_user(path)
}

/// Takes the folder for this process; the kernel gives it back when the process ends.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(Error::io(format!("making {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::InUse {
            dir: dir.to_owned(),
            by: "another process".to_owned(),
        }),
    }
}
