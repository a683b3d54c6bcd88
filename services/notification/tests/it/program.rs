//! What every service owes: a parsable sample, and a row for every RPC.

use xuanhao_notification::authz;
use xuanhao_notification::config::{Config, ProviderConfig, SendingConfig, SwitchingConfig};

#[test]
fn the_sample_configuration_is_read() {
    let sample = include_str!("../../config.sample.yaml");
    let config: Config = xuanhao_chassis::config::parse(sample).unwrap();
    assert_eq!(config.kept_days, 180);
    assert!(matches!(
        config.providers[..],
        [ProviderConfig::Aliyun(_), ProviderConfig::Tencent(_)]
    ));
    assert_eq!(config.switching, SwitchingConfig::default());
    assert_eq!(config.sending, SendingConfig::default());
    let unknown = format!("{sample}\nkeptdays: 1\n");
    assert!(xuanhao_chassis::config::parse::<Config>(&unknown).is_err());
}

#[test]
fn every_rpc_has_a_row() {
    authz::table()
        .covers(xuanhao_proto::FILE_DESCRIPTOR_SET, authz::SERVICES)
        .unwrap();
}
