//! Reading one file into a typed configuration.

use std::path::Path;

use serde::de::DeserializeOwned;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration")]
    Read(#[source] std::io::Error),
    /// The file is no YAML, or says something this program does not take.
    #[error("{0}")]
    Invalid(String),
}

/// Reads a YAML file.
///
/// # Errors
/// When the file cannot be read or does not fit `C`; the message names the key by its path.
pub fn load<C: DeserializeOwned>(path: &Path) -> Result<C, Error> {
    parse(&std::fs::read_to_string(path).map_err(Error::Read)?)
}

/// Reads YAML text.
///
/// # Errors
/// When it does not fit `C`.
pub fn parse<C: DeserializeOwned>(yaml: &str) -> Result<C, Error> {
    // The path is kept outside the closure: the reader's own error type has no room for it.
    let mut path = None;
    let read = serde_saphyr::with_deserializer_from_str(yaml, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            path = Some(error.path().to_string());
            error.into_inner()
        })
    });
    read.map_err(|error: serde_saphyr::Error| {
        // One line, and without the quoted source the full message draws.
        let plain = error.without_snippet().to_string();
        let message = plain.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let path = path.filter(|path| path != ".");
        Error::Invalid(path.map_or_else(|| message.clone(), |path| format!("{path}: {message}")))
    })
}
