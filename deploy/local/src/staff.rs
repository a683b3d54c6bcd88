//! The members of staff of a local platform.

use std::fmt;

use anyhow::Result;
use xuanhao_servers::secret;

use crate::folders::{Folders, kept};

/// A member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staff {
    /// Adds staff and gives roles.
    Administrator,
    /// Imports, releases, sets policies.
    Operator,
    /// Works a window of a vehicle office.
    Officer,
    /// Decides reviews and appeals.
    Reviewer,
}

impl Staff {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Administrator,
        Self::Operator,
        Self::Officer,
        Self::Reviewer,
    ];

    /// The name to sign in with.
    #[must_use]
    pub const fn login_name(self) -> &'static str {
        match self {
            Self::Administrator => "local_administrator",
            Self::Operator => "local_operator",
            Self::Officer => "local_officer",
            Self::Reviewer => "local_reviewer",
        }
    }

    /// Invented.
    #[must_use]
    pub const fn full_name(self) -> &'static str {
        match self {
            Self::Administrator => "管理员",
            Self::Operator => "运营员",
            Self::Officer => "窗口民警",
            Self::Reviewer => "审核民警",
        }
    }

    /// The role's word.
    #[must_use]
    pub const fn role(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Officer => "officer",
            Self::Reviewer => "reviewer",
        }
    }
}

impl fmt::Display for Staff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.role())
    }
}

/// Where a member's passwords are: the first one, given by somebody else, and the own one.
#[derive(Debug, Clone)]
pub(crate) struct PasswordFiles {
    pub(crate) initial: std::path::PathBuf,
    pub(crate) own: std::path::PathBuf,
}

/// Makes the passwords that are missing.
pub(crate) fn passwords(folders: &Folders, staff: Staff) -> Result<PasswordFiles> {
    let files = PasswordFiles {
        initial: folders.staff(&format!("{staff}.initial-password")),
        own: folders.staff(&format!("{staff}.password")),
    };
    for file in [&files.initial, &files.own] {
        kept(file, || Ok(secret()?))?;
    }
    Ok(files)
}
