//! The configuration of the server commands: who we are, where the services are, where the session is
//! kept.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::grpc::ClientConfig;
use xuanhao_chassis::tls;

use crate::failure::Failure;
use crate::output::bilingual;

/// What a configuration file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The certificate `spiffe://xuanhao/xuanctl` and whom we trust.
    pub(crate) tls: tls::Files,
    /// Where identity is.
    pub(crate) identity: Peer,
    /// Where the plate pool is.
    pub(crate) platepool: Peer,
    /// Where selection is.
    pub(crate) selection: Peer,
    /// Where the vehicle service is.
    pub(crate) vehicle: Peer,
    /// Where notification is.
    pub(crate) notification: Peer,
    /// Where the session is kept between commands.
    pub(crate) session_file: PathBuf,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    /// `https://host:port`.
    pub(crate) endpoint: String,
    /// The longest a call may take. Longer than between services: releases and imports are large,
    /// and a person waits.
    #[serde(default = "Peer::default_timeout_ms")]
    timeout_ms: u64,
}

impl Peer {
    fn default_timeout_ms() -> u64 {
        30_000
    }

    /// As the channel takes it.
    pub(crate) fn client(&self) -> ClientConfig {
        ClientConfig {
            timeout_ms: self.timeout_ms,
            ..ClientConfig::at(self.endpoint.clone())
        }
    }
}

impl Config {
    /// Reads a file, or the usual one. Relative paths in it are relative to its own folder.
    ///
    /// # Errors
    /// When it cannot be read or says something else.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let file = match file {
            Some(file) => file.to_owned(),
            None => usual().ok_or_else(|| {
                Failure::Usage(bilingual(
                    "请用 --config 指明配置文件",
                    "say --config: there is no home folder to look in",
                ))
            })?,
        };
        let config: Self = xuanhao_chassis::config::load(&file).map_err(|error| {
            Failure::Usage(bilingual(
                "配置文件无法使用",
                &format!(
                    "the configuration {} cannot be used: {}",
                    file.display(),
                    chain(&error)
                ),
            ))
        })?;
        Ok(config.relative_to(file.parent().unwrap_or(Path::new(""))))
    }

    fn relative_to(mut self, folder: &Path) -> Self {
        for path in [
            &mut self.tls.certificate_file,
            &mut self.tls.key_file,
            &mut self.tls.authority_file,
            &mut self.session_file,
        ] {
            // Joining an absolute path gives that path.
            *path = folder.join(&path);
        }
        self
    }
}

fn usual() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".config/xuanctl/config.yaml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_read() {
        let sample = include_str!("../../config.sample.yaml");
        let config: Config = xuanhao_chassis::config::parse(sample).unwrap();
        let config = config.relative_to(Path::new("/etc/xuanctl"));
        assert_eq!(
            config.tls.key_file,
            Path::new("/etc/xuanctl/tls/xuanctl.key")
        );
        assert_eq!(config.session_file, Path::new("/var/lib/xuanctl/session"));
        assert_eq!(config.platepool.client().timeout_ms, 30_000);
        let wrong = sample.replace("platepool:", "plate_pool:");
        assert!(xuanhao_chassis::config::parse::<Config>(&wrong).is_err());
    }
}
