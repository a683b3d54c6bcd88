//! Where the database is and what a service may ask of it.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;

use super::Error;

/// What configuration says about a database. Exactly one of `url` and `url_file` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://…` without a password; an address with a password belongs in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A file whose only line is the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    /// The most connections this process opens.
    #[serde(default = "DatabaseConfig::default_max_connections")]
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    #[serde(default = "DatabaseConfig::default_acquire_timeout_ms")]
    pub acquire_timeout_ms: u64,
    /// The longest a statement may run; the server then cancels it.
    #[serde(default = "DatabaseConfig::default_statement_timeout_ms")]
    pub statement_timeout_ms: u64,
}

impl DatabaseConfig {
    /// The defaults over an address without a password.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            url_file: None,
            ..Self::unaddressed()
        }
    }

    /// The defaults over a file that holds the address.
    pub fn at_file(url_file: impl Into<PathBuf>) -> Self {
        Self {
            url: None,
            url_file: Some(url_file.into()),
            ..Self::unaddressed()
        }
    }

    fn unaddressed() -> Self {
        Self {
            url: None,
            url_file: None,
            max_connections: Self::default_max_connections(),
            acquire_timeout_ms: Self::default_acquire_timeout_ms(),
            statement_timeout_ms: Self::default_statement_timeout_ms(),
        }
    }

    fn default_max_connections() -> u32 {
        16
    }

    fn default_acquire_timeout_ms() -> u64 {
        3_000
    }

    fn default_statement_timeout_ms() -> u64 {
        10_000
    }

    pub(super) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }

    /// How to connect, with the server-side limits set.
    pub(super) fn options(&self) -> Result<PgConnectOptions, Error> {
        // A transaction that lost its client must not hold its locks for long.
        let idle_timeout_ms = self.statement_timeout_ms.saturating_mul(2);
        Ok(self.bare_options()?.options([
            ("statement_timeout", self.statement_timeout_ms.to_string()),
            (
                "idle_in_transaction_session_timeout",
                idle_timeout_ms.to_string(),
            ),
        ]))
    }

    /// How to connect without limits, as migrations must.
    pub(super) fn bare_options(&self) -> Result<PgConnectOptions, Error> {
        let url = match (&self.url, &self.url_file) {
            (Some(url), None) if holds_password(url) => {
                return Err(Error::Config(
                    "an address with a password belongs in url_file",
                ));
            }
            (Some(url), None) => url.clone(),
            (None, Some(file)) => {
                std::fs::read_to_string(file).map_err(|source| Error::Unreadable {
                    file: file.clone(),
                    source,
                })?
            }
            _ => return Err(Error::Config("exactly one of url and url_file is wanted")),
        };
        // The parser's own error may quote the address, so it is not passed on.
        PgConnectOptions::from_str(url.trim())
            .map_err(|_| Error::Config("the address is not a postgres:// URL"))
    }
}

fn holds_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, parameters) = authority.split_once('?').unwrap_or((authority, ""));
    authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'))
        || parameters
            .split('&')
            .any(|parameter| parameter.starts_with("password="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_configuration_is_refused() {
        for url in [
            "postgres://a:secret@h/db",
            "postgres:///db?host=/run&password=secret",
        ] {
            let error = DatabaseConfig::at(url).options().unwrap_err();
            assert!(matches!(error, Error::Config(_)), "{url}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
        assert!(
            DatabaseConfig::at("postgres://a@h:5432/db?sslmode=require")
                .options()
                .is_ok()
        );
    }

    #[test]
    fn the_address_is_given_exactly_once() {
        let both = DatabaseConfig {
            url_file: Some("/nowhere".into()),
            ..DatabaseConfig::at("postgres://h")
        };
        assert!(matches!(both.options(), Err(Error::Config(_))));
        assert!(matches!(
            DatabaseConfig::unaddressed().options(),
            Err(Error::Config(_))
        ));
        let missing = DatabaseConfig::at_file("/nowhere/url");
        assert!(matches!(missing.options(), Err(Error::Unreadable { .. })));
    }
}
