//! Where the keys of personal data are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::db::DatabaseConfig;

/// What configuration says about the keys of personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// The key store: a database of its own, outside the data's backups.
    pub database: DatabaseConfig,
    /// The key ring (JSON) whose keys wrap the persons' data keys.
    pub kek_file: PathBuf,
    /// The key ring (JSON) of the blind index.
    pub blind_index_key_file: PathBuf,
}
