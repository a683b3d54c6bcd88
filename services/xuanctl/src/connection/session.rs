//! The staff session between commands: one file that nobody but its owner may read.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::reason::{Locale, Reason};

use crate::failure::Failure;
use crate::output::bilingual;

/// Whoever may read, write or run the file besides its owner.
const OTHERS: u32 = 0o077;

/// A session, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// What identity knows it by. A secret: it is written to the session file and nowhere else.
    pub(crate) token: String,
    /// It ends then at the latest.
    #[serde(default)]
    pub(crate) expires_at: Option<Timestamp>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The session file.
#[derive(Debug)]
pub(crate) struct Store {
    file: PathBuf,
}

impl Store {
    /// At a path.
    pub(crate) fn at(file: PathBuf) -> Self {
        Self { file }
    }

    /// The session, or the refusal of a service to act without.
    ///
    /// # Errors
    /// When nobody is signed in, or the file is not as we wrote it.
    pub(crate) fn require(&self) -> Result<Session, Failure> {
        self.read()?.ok_or_else(|| {
            let refusal = Refusal::new(Reason::Unauthenticated);
            Failure::Here(format!(
                "{}\n{}\n{}",
                refusal.text(Locale::ZhCn),
                refusal.text(Locale::En),
                bilingual(
                    "请先执行 xuanctl staff sign-in",
                    "sign in first: xuanctl staff sign-in"
                ),
            ))
        })
    }

    /// The session, if there is one. A file that others may read is not believed: its token is
    /// anybody's by now.
    ///
    /// # Errors
    /// When the file may be read by others or is not as we wrote it.
    pub(crate) fn read(&self) -> Result<Option<Session>, Failure> {
        let metadata = match fs::metadata(&self.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            metadata => metadata.map_err(|error| self.unusable(&error))?,
        };
        if !metadata.is_file() || metadata.permissions().mode() & OTHERS != 0 {
            return Err(Failure::Here(bilingual(
                &format!(
                    "会话文件 {} 可被他人读取，已拒绝使用；请删除并重新登录",
                    self.file.display()
                ),
                "the session file may be read by others and is not used; delete it and sign in again",
            )));
        }
        let text = fs::read(&self.file).map_err(|error| self.unusable(&error))?;
        let session = serde_json::from_slice(&text)
            .map_err(|_| self.unusable(&io::Error::from(ErrorKind::InvalidData)))?;
        Ok(Some(session))
    }

    /// Keeps a session in place of any other.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, session: &Session) -> Result<(), Failure> {
        self.put(session).map_err(|error| self.unusable(&error))
    }

    /// Forgets the session.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.unusable(&error)),
            _ => Ok(()),
        }
    }

    /// Written beside and moved: at no moment is there half a file, or one with other rights.
    fn put(&self, session: &Session) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        if !folder.as_os_str().is_empty() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let mut beside = self.file.clone().into_os_string();
        beside.push(".new");
        // One left behind by a crash may have any rights.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(&serde_json::to_vec(session)?)?;
        fs::rename(&beside, &self.file)
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        Failure::Here(bilingual(
            "会话文件无法使用",
            &format!(
                "the session file {} cannot be used: {error}",
                self.file.display()
            ),
        ))
    }
}
