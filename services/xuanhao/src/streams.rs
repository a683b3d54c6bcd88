//! The streams of all services that publish facts.

use serde::{Deserialize, Serialize};
use xuanhao_chassis::bus::{Bus, BusConfig, Change, StreamSpec};
use xuanhao_chassis::config;
use {
    xuanhao_identity as identity, xuanhao_notification as notification,
    xuanhao_platepool as platepool, xuanhao_selection as selection, xuanhao_vehicle as vehicle,
};

use crate::arguments::Streams;
use crate::{Stop, block_on, tell};

/// Every service that has an outbox.
const PUBLISHERS: [&str; 5] = [
    identity::NAME,
    notification::NAME,
    platepool::NAME,
    selection::NAME,
    vehicle::NAME,
];

/// What `xuanhao streams` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// As a user who may manage streams; no service may.
    bus: BusConfig,
    /// On how many servers each stream is kept: 1 to 5, odd.
    #[serde(default = "Config::default_replicas")]
    replicas: usize,
}

impl Config {
    const fn default_replicas() -> usize {
        3
    }
}

/// Makes or changes streams and tells what changed.
pub(crate) fn run(command: &Streams) -> Result<(), Stop> {
    let Streams::Apply(args) = command;
    let config: Config = config::for_program(args).map_err(Stop::Told)?;
    if ![1, 3, 5].contains(&config.replicas) {
        return Err("`replicas` must be 1, 3 or 5".into());
    }
    let specs = PUBLISHERS.map(|service| StreamSpec::of_service(service, config.replicas));
    let applied = block_on(async {
        let bus = Bus::connect("streams", &config.bus).await?;
        let applied = bus.apply_streams(&specs).await?;
        bus.close().await?;
        Ok(applied)
    })?;
    for stream in applied {
        let change = match stream.change {
            Change::Created => "created".to_owned(),
            Change::Updated(fields) => format!("updated: {}", fields.join(", ")),
            Change::Unchanged => "unchanged".to_owned(),
        };
        tell(std::io::stdout(), &format!("{}: {change}", stream.stream));
    }
    Ok(())
}
