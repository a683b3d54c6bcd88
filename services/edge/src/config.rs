//! What the edge has to be told: where it listens and as whom, whom it asks, and figures. Every figure
//! has a default.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xuanhao_chassis::grpc::ClientConfig;
use xuanhao_chassis::tls::ServedFiles;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs; `server` is where the national gateway answers.
    pub chassis: xuanhao_chassis::config::Config,
    /// What people's browsers and programs reach.
    pub http: HttpConfig,
    /// Accounts, sessions and challenges.
    pub identity: ClientConfig,
    /// The plate pool's public side.
    pub platepool: ClientConfig,
    /// Applications and notices.
    pub selection: ClientConfig,
    /// The citizen's messages.
    pub notification: ClientConfig,
    /// Reviews of vehicles, and what accounts bind.
    pub vehicle: ClientConfig,
}

/// Where HTTP is answered, and within which limits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// The address to listen on; port 0 takes a free one.
    #[serde(default = "defaults::listen")]
    pub listen: SocketAddr,
    /// The certificate browsers see, PEM, followed by any intermediates.
    pub certificate_file: PathBuf,
    /// Its private key, PEM.
    pub key_file: PathBuf,
    /// Origins whose pages may write here, as a browser spells them: `https://host`, with the port
    /// where it is not 443. The edge's own origin need not be named.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Proxies of ours in front: so many entries of `X-Forwarded-For`, counted from the right, are
    /// believed. 0 takes the address of the connection.
    #[serde(default)]
    pub trusted_hops: usize,
    /// Connections; more wait to be accepted.
    #[serde(default = "defaults::max_connections")]
    pub max_connections: usize,
    /// Requests worked for at once, documents apart. A request takes some 20 ms, so one replica does
    /// thousands a second with few; more at once only make all of them late.
    #[serde(default = "defaults::max_requests")]
    pub max_requests: usize,
    /// Requests that wait for their turn, a second at most; more are refused at once, before any work.
    #[serde(default = "defaults::max_waiting")]
    pub max_waiting: usize,
    /// Documents being moved; each is held in memory whole. More are refused at once.
    #[serde(default = "defaults::max_documents")]
    pub max_documents: usize,
    /// Requests in progress on one HTTP/2 connection.
    #[serde(default = "defaults::max_streams_per_connection")]
    pub max_streams_per_connection: u32,
    /// The largest request body.
    #[serde(default = "defaults::max_body_bytes")]
    pub max_body_bytes: usize,
    /// The largest document: the one request body that may be larger.
    #[serde(default = "defaults::max_document_bytes")]
    pub max_document_bytes: usize,
    /// How long a client may take for the TLS handshake.
    #[serde(default = "defaults::handshake_timeout_ms")]
    pub handshake_timeout_ms: u64,
    /// How long a client may take to send the head of a request, and an HTTP/1.1 connection may idle.
    #[serde(default = "defaults::header_timeout_ms")]
    pub header_timeout_ms: u64,
    /// The longest a request may take, its body included.
    #[serde(default = "defaults::request_timeout_ms")]
    pub request_timeout_ms: u64,
    /// The same of a document on its way here or back: a phone's line may be slow.
    #[serde(default = "defaults::document_timeout_ms")]
    pub document_timeout_ms: u64,
    /// A connection on which nothing was asked for so long is ended.
    #[serde(default = "defaults::idle_timeout_s")]
    pub idle_timeout_s: u64,
    /// After this a connection is ended, so that clients spread over new replicas.
    #[serde(default = "defaults::max_connection_age_s")]
    pub max_connection_age_s: u64,
    /// How long anybody may keep what is the same for everybody.
    #[serde(default = "defaults::public_max_age_s")]
    pub public_max_age_s: u32,
    /// Requests of one client address.
    #[serde(default = "defaults::rate")]
    pub rate: Rate,
    /// Of these, requests that strangers may make and that cost us: picture codes, SMS codes,
    /// registering, signing in.
    #[serde(default = "defaults::costly_rate")]
    pub costly_rate: Rate,
    /// Of these, documents added and looked at: each may be large.
    #[serde(default = "defaults::document_rate")]
    pub document_rate: Rate,
    /// Of these, vehicles and licences bound: each asks the registry, and nobody is to try numbers out.
    #[serde(default = "defaults::binding_rate")]
    pub binding_rate: Rate,
}

/// How often one address may ask, per replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// In the long run.
    pub per_minute: NonZeroU32,
    /// At once, after a pause.
    pub burst: NonZeroU32,
}

impl HttpConfig {
    /// The certificate's files.
    pub(crate) fn certificate(&self) -> ServedFiles {
        ServedFiles {
            certificate_file: self.certificate_file.clone(),
            key_file: self.key_file.clone(),
        }
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    pub(crate) fn document_timeout(&self) -> Duration {
        Duration::from_millis(self.document_timeout_ms)
    }
}

mod defaults {
    use std::net::SocketAddr;
    use std::num::NonZeroU32;

    use super::Rate;

    pub(super) fn listen() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    pub(super) const fn max_connections() -> usize {
        8_192
    }

    pub(super) const fn max_requests() -> usize {
        64
    }

    pub(super) const fn max_waiting() -> usize {
        256
    }

    /// Some 300 MiB, with the copies that are made on the way.
    pub(super) const fn max_documents() -> usize {
        32
    }

    pub(super) const fn max_streams_per_connection() -> u32 {
        64
    }

    pub(super) const fn max_body_bytes() -> usize {
        64 * 1024
    }

    /// What identity keeps at most.
    pub(super) const fn max_document_bytes() -> usize {
        5 * 1024 * 1024
    }

    pub(super) const fn handshake_timeout_ms() -> u64 {
        5_000
    }

    pub(super) const fn header_timeout_ms() -> u64 {
        15_000
    }

    pub(super) const fn request_timeout_ms() -> u64 {
        10_000
    }

    /// 5 MiB at 0.7 Mbit/s.
    pub(super) const fn document_timeout_ms() -> u64 {
        60_000
    }

    pub(super) const fn idle_timeout_s() -> u64 {
        60
    }

    pub(super) const fn max_connection_age_s() -> u64 {
        600
    }

    pub(super) const fn public_max_age_s() -> u32 {
        5
    }

    /// Many phones share one address of their provider.
    pub(super) const fn rate() -> Rate {
        rate_of(1_200, 200)
    }

    pub(super) const fn costly_rate() -> Rate {
        rate_of(60, 30)
    }

    pub(super) const fn document_rate() -> Rate {
        rate_of(30, 20)
    }

    pub(super) const fn binding_rate() -> Rate {
        rate_of(10, 10)
    }

    const fn rate_of(per_minute: u32, burst: u32) -> Rate {
        let (Some(per_minute), Some(burst)) = (NonZeroU32::new(per_minute), NonZeroU32::new(burst))
        else {
            unreachable!()
        };
        Rate { per_minute, burst }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_read_and_says_every_default() {
        let sample = include_str!("../config.sample.yaml");
        let config: Config = xuanhao_chassis::config::parse(sample).unwrap();
        let bare = "
certificate_file: /etc/xuanhao/https/tls.crt
key_file: /etc/xuanhao/https/tls.key
origins: [https://xuanhao.example.cn]
trusted_hops: 1
listen: 0.0.0.0:8443
";
        let defaults: HttpConfig = xuanhao_chassis::config::parse(bare).unwrap();
        assert_eq!(config.http, defaults);
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_path() {
        let sample = include_str!("../config.sample.yaml");
        let wrong = sample.replace("  costly_rate:", "  costly_rates:");
        assert_ne!(sample, wrong);
        let refused = xuanhao_chassis::config::parse::<Config>(&wrong).unwrap_err();
        assert!(refused.to_string().contains("http"), "{refused}");
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        let none = "{ per_minute: 0, burst: 1 }";
        xuanhao_chassis::config::parse::<Rate>(none).unwrap_err();
    }
}
