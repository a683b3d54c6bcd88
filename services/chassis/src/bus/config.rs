//! Where NATS is and as whom a service speaks to it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What configuration says about NATS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusConfig {
    /// `nats://host:port` of every server, or `tls://…` where encryption is required; without
    /// passwords.
    pub servers: Vec<String>,
    /// The service's own NATS user, which may publish only the service's subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file whose only line is the user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// PEM certificates by which the servers are trusted; the system's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// How long a connection attempt may take.
    #[serde(default = "BusConfig::default_connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// How long a request, or the acknowledgement of a published message, may take.
    #[serde(default = "BusConfig::default_request_timeout_ms")]
    pub request_timeout_ms: u64,
}

impl BusConfig {
    /// The defaults over one server, without a user.
    pub fn at(server: impl Into<String>) -> Self {
        Self {
            servers: vec![server.into()],
            user: None,
            password_file: None,
            ca_file: None,
            connect_timeout_ms: Self::default_connect_timeout_ms(),
            request_timeout_ms: Self::default_request_timeout_ms(),
        }
    }

    fn default_connect_timeout_ms() -> u64 {
        3_000
    }

    pub(super) fn default_request_timeout_ms() -> u64 {
        5_000
    }
}
