//! What every service owes: a parsable sample, and a row for every RPC.

use xuanhao_vehicle::authz;
use xuanhao_vehicle::config::{BindingConfig, Config, OutsideConfig, ReviewsConfig};

#[test]
fn the_sample_configuration_is_read() {
    let sample = include_str!("../../config.sample.yaml");
    let config: Config = xuanhao_chassis::config::parse(sample).unwrap();
    assert!(matches!(config.registry, OutsideConfig::Gateway(_)));
    assert_eq!((config.purchase_proof_days, config.kept_days), (730, 180));
    assert_eq!(config.late_answers.unwrap().hours, 72);
    assert_eq!(config.suspicions.many_vehicles.unwrap().from, 3);
    assert_eq!(config.reviews, ReviewsConfig::default());
    assert_eq!(config.binding, BindingConfig::default());
    let unknown = format!("{sample}\nkeptdays: 1\n");
    assert!(xuanhao_chassis::config::parse::<Config>(&unknown).is_err());
}

/// The simulator is chosen by its name only: nothing said is an error, not a simulator.
#[test]
fn the_simulator_is_never_the_default() {
    let sample = include_str!("../../config.sample.yaml");
    let (before, rest) = sample.split_once("registry:\n").unwrap();
    let after = rest.split_once("tax_bureau:").unwrap().1;
    let with = |registry: &str| format!("{before}{registry}tax_bureau:{after}");
    let simulated = with("registry: { kind: simulator }\n");
    let config: Config = xuanhao_chassis::config::parse(&simulated).unwrap();
    assert_eq!(config.registry, OutsideConfig::Simulator {});
    assert!(xuanhao_chassis::config::parse::<Config>(&with("")).is_err());
}

#[test]
fn every_rpc_has_a_row() {
    authz::table()
        .covers(xuanhao_proto::FILE_DESCRIPTOR_SET, authz::SERVICES)
        .unwrap();
}
