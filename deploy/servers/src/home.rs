//! Where tools and data of this checkout live.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::{Error, process};

/// The file by which a checkout is known.
const MARK: &str = "deploy/tools.toml";

/// The folder for everything this user brings or makes for this checkout and does not commit.
///
/// `.dev/u<uid>` inside the checkout, so that two users of one checkout do not meet. Two cases go
/// to `/var/tmp/xuanhao-<hash>-u<uid>` instead: root on a checkout that others cannot reach
/// (Postgres must then run as `nobody`), and a user who may not write into the checkout.
#[derive(Debug, Clone)]
pub struct Home {
    checkout: PathBuf,
    base: PathBuf,
}

impl Home {
    /// The home of the checkout around the current folder, or of the one this crate was built in.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn discover() -> Result<Self, Error> {
        let here = std::env::current_dir().map_err(Error::io("reading the current folder"))?;
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
        let checkout = here
            .ancestors()
            .chain(built_in.ancestors())
            .find(|folder| folder.join(MARK).is_file())
            .unwrap_or(&here);
        Self::of_checkout(checkout)
    }

    /// The home of the checkout at `root`.
    ///
    /// # Errors
    /// When the folder cannot be made, or belongs to somebody else.
    pub fn of_checkout(root: &Path) -> Result<Self, Error> {
        let doing = || format!("resolving {}", root.display());
        let checkout = root.canonicalize().map_err(Error::io(doing()))?;
        let uid = process::effective_uid()?;
        let inside = checkout.join(".dev");
        if (!process::is_root()? || reachable_by_others(&checkout)) && make_folder(&inside).is_ok()
        {
            let base = inside.join(format!("u{uid}"));
            if make_folder(&base).is_ok() && owner(&base)? == uid {
                return Ok(Self { checkout, base });
            }
        }
        Self::below(Path::new("/var/tmp"), checkout)
    }

    /// The home of `checkout` in a folder that is everybody's.
    fn below(common: &Path, checkout: PathBuf) -> Result<Self, Error> {
        let uid = process::effective_uid()?;
        let hash = fnv1a(checkout.as_os_str().as_encoded_bytes());
        let base = common.join(format!("xuanhao-{hash:016x}-u{uid}"));
        make_folder(&base)?;
        if owner(&base)? != uid {
            return Err(Error::InUse {
                dir: base,
                by: "another user".to_owned(),
            });
        }
        Ok(Self { checkout, base })
    }

    /// The same for what must not burden the disk: in memory where the machine has a folder there.
    #[must_use]
    pub fn in_memory(&self) -> Self {
        let shared = Path::new("/dev/shm");
        Self::below(shared, self.checkout.clone()).unwrap_or_else(|_| self.clone())
    }

    #[must_use]
    pub fn checkout(&self) -> &Path {
        &self.checkout
    }

    /// The folder itself; it exists.
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// A folder below [`Home::base`], made when missing and reachable by the servers' user.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Error> {
        let folder = self.base.join(name);
        make_folder(&folder)?;
        Ok(folder)
    }
}

/// Makes a folder of mode 0755 whatever the umask says; its parent must exist. The servers' user
/// must be able to pass. A symbolic link in its place is refused: `/var/tmp` is everybody's.
fn make_folder(folder: &Path) -> Result<(), Error> {
    let doing = || format!("making {}", folder.display());
    match DirBuilder::new().mode(0o755).create(folder) {
        Ok(()) => fs::set_permissions(folder, Permissions::from_mode(0o755)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            match fs::symlink_metadata(folder) {
                Ok(found) if found.is_dir() => Ok(()),
                Ok(_) => Err(std::io::ErrorKind::NotADirectory.into()),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
    .map_err(Error::io(doing()))
}

fn owner(folder: &Path) -> Result<u32, Error> {
    let doing = || format!("reading {}", folder.display());
    Ok(fs::symlink_metadata(folder)
        .map_err(Error::io(doing()))?
        .uid())
}

fn reachable_by_others(folder: &Path) -> bool {
    folder
        .ancestors()
        .all(|part| fs::metadata(part).is_ok_and(|found| found.permissions().mode() & 0o001 != 0))
}

/// FNV-1a: small, and stable over releases, which the standard library's hasher does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_gives_the_published_values() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_home_is_found_from_inside_the_checkout_and_is_ours() {
        let home = Home::discover().unwrap();
        assert!(home.checkout().join(MARK).is_file());
        assert_eq!(
            owner(home.base()).unwrap(),
            process::effective_uid().unwrap()
        );
    }

    #[test]
    fn a_root_only_checkout_is_not_reachable_by_others() {
        let scratch = crate::Scratch::new(&Home::discover().unwrap(), "home").unwrap();
        let closed = scratch.path().join("closed");
        DirBuilder::new().mode(0o700).create(&closed).unwrap();
        assert!(!reachable_by_others(&closed));
        if process::is_root().unwrap() {
            let home = Home::of_checkout(&closed).unwrap();
            assert!(home.base().starts_with("/var/tmp"), "{home:?}");
            fs::remove_dir(home.base()).unwrap();
        }
    }
}
