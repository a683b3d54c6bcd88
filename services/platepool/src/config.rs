//! What the pool has to be told: offices, the file of its own keys, and figures. Every figure has a
//! default.

use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use xuanhao_vocabulary::{Office, OfficeId, ProvinceId};

use crate::domain::limits::Limits;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What every service needs.
    pub chassis: xuanhao_chassis::config::Config,
    /// Which offices this deployment serves.
    #[serde(default)]
    pub serves: Serves,
    /// Keys of the days.
    pub day_keys: DayKeysConfig,
    /// Who writes for an office.
    #[serde(default)]
    pub lease: LeaseConfig,
    /// How the replicas reach one another.
    #[serde(default)]
    pub peers: PeersConfig,
    /// Bounds of the engine.
    #[serde(default)]
    pub engine: EngineConfig,
    /// Numbers on their way back.
    #[serde(default)]
    pub returns: ReturnsConfig,
    /// What everybody may see.
    #[serde(default)]
    pub publication: PublicationConfig,
    /// The log.
    #[serde(default)]
    pub log: LogConfig,
}

/// Which offices are served. Without provinces and offices: all of the national table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serves {
    /// Provinces, such as `gd`: all their offices.
    pub provinces: Vec<String>,
    /// Offices, such as `he-tangshan`, besides.
    pub offices: Vec<String>,
}

/// A province or an office that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`serves` names {0}, which the national table does not know")]
pub struct UnknownPlace(pub String);

impl Serves {
    /// The offices.
    ///
    /// # Errors
    /// When it names a place that the national table does not know.
    pub fn offices(&self) -> Result<Vec<&'static Office>, UnknownPlace> {
        let mut served = Vec::new();
        if self.provinces.is_empty() && self.offices.is_empty() {
            served.extend(Office::all());
        }
        for name in &self.provinces {
            let province = ProvinceId::parse(name).map_err(|_| UnknownPlace(name.clone()))?;
            served.extend(Office::of_province(province));
        }
        for name in &self.offices {
            let office = OfficeId::parse(name).ok().and_then(Office::by_id);
            served.push(office.ok_or_else(|| UnknownPlace(name.clone()))?);
        }
        served.sort_by_key(|office| office.id);
        served.dedup_by_key(|office| office.id);
        Ok(served)
    }
}

/// Keys of the days (E10).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DayKeysConfig {
    /// The key ring (JSON) that seals them; of the pool alone.
    pub kek_file: PathBuf,
    /// How many days ahead their hashes are published.
    #[serde(default = "DayKeysConfig::default_ahead_days")]
    pub ahead_days: u8,
    /// How long after the day's end a key is revealed.
    #[serde(default = "DayKeysConfig::default_reveal_after_s")]
    pub reveal_after_s: u32,
}

impl DayKeysConfig {
    fn default_ahead_days() -> u8 {
        2
    }

    fn default_reveal_after_s() -> u32 {
        300
    }
}

/// Who writes for an office.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaseConfig {
    /// How long after its last sign of life a process keeps others away. It signs three times as
    /// often, and looks at the others six times as often.
    pub ttl_ms: u32,
    /// The longest that a request waits while nobody writes for its office.
    pub wait_ms: u32,
    /// How often a process that writes for more than its share hands an office over.
    pub move_every_ms: u32,
}

impl Default for LeaseConfig {
    fn default() -> Self {
        Self {
            ttl_ms: 3_000,
            wait_ms: 5_000,
            move_every_ms: 5_000,
        }
    }
}

/// How the replicas reach one another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeersConfig {
    /// `https://host:port` of this process alone. Without it, the address it listens on; if that is
    /// every address of the machine, the one by which the machine knows itself.
    pub advertise: Option<String>,
}

/// The address for peers is not `https://host:port`, or none can be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`peers.advertise` must be https://host:port of this process alone: {0}")]
pub struct NoAddress(String);

impl PeersConfig {
    /// `host:port` by which peers reach a process that listens there.
    ///
    /// # Errors
    /// When what is configured is no address, or the machine does not know itself.
    pub async fn address(&self, listening: SocketAddr) -> Result<String, NoAddress> {
        if let Some(told) = &self.advertise {
            let bad = || NoAddress(told.clone());
            let rest = told.strip_prefix("https://").ok_or_else(bad)?;
            let (host, port) = rest.rsplit_once(':').ok_or_else(bad)?;
            let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
            let is_host = !host.is_empty() && !host.contains(['/', '@', '?']);
            return (is_port && is_host)
                .then(|| rest.to_owned())
                .ok_or_else(bad);
        }
        if !listening.ip().is_unspecified() {
            return Ok(listening.to_string());
        }
        let unknown = |error: std::io::Error| NoAddress(error.to_string());
        let name = tokio::fs::read_to_string("/proc/sys/kernel/hostname")
            .await
            .map_err(unknown)?;
        let found = tokio::net::lookup_host((name.trim(), listening.port()))
            .await
            .map_err(unknown)?;
        let mut others = found.filter(|address| !address.ip().is_loopback());
        let own = others.next().map(|address| address.to_string());
        own.ok_or_else(|| NoAddress(format!("{} is this machine only", name.trim())))
    }
}

/// Bounds of the engine of one office.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    /// Requests that may wait; more are refused at once.
    pub queue: usize,
    /// Requests in one batch. While one is on its way to the disk, those it has answered are asking
    /// again; larger ones leave nobody to do so.
    pub batch: usize,
    /// The furthest `not_after` accepted. Raising it is safe; rebuilds read the rows of that span.
    pub longest_not_after_s: u32,
    /// The longest column or basket. As above.
    pub longest_hold_s: u32,
    /// Numbers in all pools of an office.
    pub numbers: u64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            queue: 16_384,
            batch: 128,
            longest_not_after_s: 300,
            longest_hold_s: 1_800,
            numbers: 8_000_000,
        }
    }
}

/// Numbers in one piece of an import, as the contract says.
pub(crate) const LARGEST_CHUNK: usize = 20_000;
/// Numbers in one draw, as the contract says.
const LARGEST_DRAW: u32 = 50;
/// Wishes in one round, as the contract says.
pub(crate) const MOST_WISHES: usize = 20;

impl EngineConfig {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            queue: self.queue,
            batch: self.batch,
            longest_not_after: SignedDuration::from_secs(i64::from(self.longest_not_after_s)),
            longest_hold: SignedDuration::from_secs(i64::from(self.longest_hold_s)),
            numbers: self.numbers,
            draw: LARGEST_DRAW,
            import: LARGEST_CHUNK,
            ..Limits::default()
        }
    }
}

/// Numbers on their way back, where the caller does not say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReturnsConfig {
    /// The shortest random delay.
    pub delay_min_s: u32,
    /// The longest.
    pub delay_max_s: u32,
}

impl Default for ReturnsConfig {
    fn default() -> Self {
        Self {
            delay_min_s: 3_600,
            delay_max_s: 259_200,
        }
    }
}

/// What everybody may see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublicationConfig {
    /// How often the counts are taken anew.
    pub refresh_s: u32,
    /// Counts of free numbers are rounded down to a multiple of this.
    pub step: u32,
    /// How many days an announcement that was taken back stays on the page.
    pub withdrawn_days: u16,
}

impl Default for PublicationConfig {
    fn default() -> Self {
        Self {
            refresh_s: 600,
            step: 100,
            withdrawn_days: 7,
        }
    }
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How many days ahead its partitions are made.
    pub ahead_days: u8,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { ahead_days: 7 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_configuration_with_the_defaults_it_claims() {
        let sample: Config =
            xuanhao_chassis::config::parse(include_str!("../config.sample.yaml")).unwrap();
        assert_eq!(sample.lease, LeaseConfig::default());
        assert_eq!(
            sample.peers.advertise.as_deref(),
            Some("https://platepool-0.platepool:7443")
        );
        assert_eq!(sample.engine, EngineConfig::default());
        assert_eq!(sample.returns, ReturnsConfig::default());
        assert_eq!(sample.publication, PublicationConfig::default());
        assert_eq!(sample.log, LogConfig::default());
        assert_eq!(
            sample.day_keys.ahead_days,
            DayKeysConfig::default_ahead_days()
        );
        assert_eq!(
            sample.day_keys.reveal_after_s,
            DayKeysConfig::default_reveal_after_s()
        );
        assert!(sample.serves.offices().is_ok());
    }

    #[tokio::test]
    async fn peers_are_told_where_this_process_listens_unless_something_else_is_said() {
        let listening: SocketAddr = "127.0.0.1:7443".parse().unwrap();
        let told = |advertise: Option<&str>| PeersConfig {
            advertise: advertise.map(str::to_owned),
        };
        let own = told(None).address(listening).await;
        assert_eq!(own.unwrap(), "127.0.0.1:7443");
        for good in ["10.0.0.7:7443", "platepool-0.platepool:7443", "[::1]:7443"] {
            let said = told(Some(&format!("https://{good}")));
            assert_eq!(said.address(listening).await.unwrap(), good);
        }
        for bad in [
            "10.0.0.7:7443",
            "https://host",
            "https://:1",
            "https://h:0",
            "https://h/p:1",
        ] {
            assert!(told(Some(bad)).address(listening).await.is_err(), "{bad}");
        }
        // Every address of the machine is none that a peer could use.
        if let Ok(own) = told(None).address("0.0.0.0:7443".parse().unwrap()).await {
            assert!(
                !own.starts_with("0.0.0.0") && own.ends_with(":7443"),
                "{own}"
            );
        }
    }

    #[test]
    fn all_offices_are_served_unless_some_are_named() {
        assert_eq!(
            Serves::default().offices().unwrap().len(),
            Office::all().len()
        );
        let serves = |provinces: &[&str], offices: &[&str]| Serves {
            provinces: provinces.iter().map(|name| (*name).to_owned()).collect(),
            offices: offices.iter().map(|name| (*name).to_owned()).collect(),
        };
        let guangdong = serves(&["gd"], &["gd-zhanjiang"]).offices().unwrap();
        assert!(
            guangdong
                .iter()
                .all(|office| office.id.as_str().starts_with("gd-"))
        );
        assert_eq!(
            guangdong
                .iter()
                .filter(|office| office.id.as_str() == "gd-zhanjiang")
                .count(),
            1
        );
        assert_eq!(serves(&[], &["gd-zhanjiang"]).offices().unwrap().len(), 1);
        assert_eq!(
            serves(&[], &["gd-nowhere"]).offices(),
            Err(UnknownPlace("gd-nowhere".to_owned()))
        );
        assert_eq!(
            serves(&["xx"], &[]).offices(),
            Err(UnknownPlace("xx".to_owned()))
        );
    }
}
