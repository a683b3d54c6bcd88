//! What vendors over HTTP have in common: an access key in a file, an address, a client.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Client;
use zeroize::Zeroizing;

/// Why an adapter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint is no address.
    #[error("`endpoint` is not an http(s) address")]
    Endpoint,
    /// The credentials cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The credentials file has another form.
    #[error("{} does not hold two lines, key id and secret", .0.display())]
    Credentials(PathBuf),
    /// The HTTP client cannot be made.
    #[error("no HTTP client can be made")]
    Client(#[source] reqwest::Error),
}

/// An access key.
pub struct Credentials {
    pub(super) id: String,
    pub(super) secret: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads a file of two lines: key id, key secret.
    ///
    /// # Errors
    /// When it cannot be read or has another form.
    pub fn from_file(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| Error::Unreadable(file.to_owned(), source))?;
        let text = Zeroizing::new(text);
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        match (lines.next(), lines.next(), lines.next()) {
            (Some(id), Some(secret), None) => Ok(Self::new(id, secret)),
            _ => Err(Error::Credentials(file.to_owned())),
        }
    }

    pub(super) fn new(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: Zeroizing::new(secret.to_owned()),
        }
    }
}

/// Where a vendor answers, and the client to ask it with.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) http: Client,
    /// Without a slash at its end.
    pub(super) endpoint: String,
    /// Host, and port where one is named: what is signed.
    pub(super) host: String,
}

impl Line {
    pub(super) fn new(endpoint: &str, timeout_ms: u64) -> Result<Self, Error> {
        let endpoint = endpoint.trim_end_matches('/');
        let host = endpoint.split_once("://").map(|(_, host)| host);
        let host = host
            .filter(|host| !host.is_empty())
            .ok_or(Error::Endpoint)?;
        let http = Client::builder()
            .timeout(Duration::from_millis(timeout_ms))
            .build()
            .map_err(Error::Client)?;
        Ok(Self {
            http,
            endpoint: endpoint.to_owned(),
            host: host.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_never_printed() {
        let printed = format!("{:?}", Credentials::new("id", "s3cret"));
        assert!(!printed.contains("s3cret"), "{printed}");
    }
}
