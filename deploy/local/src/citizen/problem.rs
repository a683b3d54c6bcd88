//! What the edge answers when it refuses.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A problem document (RFC 9457) as the edge writes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, in the language asked for.
    pub title: String,
    /// The reason's word, such as `VIN_INVALID`.
    pub code: String,
    /// More about it.
    #[serde(default)]
    pub detail: Option<String>,
    /// The field it is about.
    #[serde(default)]
    pub field: Option<String>,
    /// The reason's parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Seconds after which to come back.
    #[serde(default)]
    pub retry_after_s: Option<u64>,
    /// Of the trace, for the operator.
    #[serde(default)]
    pub trace: Option<String>,
}

/// Why a call came to nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The edge refused.
    Refused(Box<Problem>),
    /// No answer, or one that is not understood.
    Transport(anyhow::Error),
}

impl Error {
    /// The reason's word when the edge refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        Some(self.problem()?.code.as_str())
    }

    /// The whole document when the edge refused.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            Self::Transport(_) => None,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(problem) => {
                write!(f, "{} {}: {}", problem.status, problem.code, problem.title)?;
                match &problem.field {
                    Some(field) => write!(f, " ({field})"),
                    None => Ok(()),
                }
            }
            Self::Transport(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Transport(error) => error.source(),
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Transport(error)
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.into())
    }
}
