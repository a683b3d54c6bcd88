//! A service under its name.

use std::process::ExitCode;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xuanhao_chassis::config::{self, Args};
use xuanhao_chassis::lifecycle::{self, Boot, BoxError};
use {
    xuanhao_edge as edge, xuanhao_identity as identity, xuanhao_notification as notification,
    xuanhao_platepool as platepool, xuanhao_selection as selection, xuanhao_vehicle as vehicle,
};

use crate::arguments::Service;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs a service until it is told to stop.
pub(crate) fn run(service: &Service) -> ExitCode {
    match service {
        Service::Identity(args) => serve(
            identity::NAME,
            args,
            |config: &identity::config::Config| &config.chassis,
            identity::start,
        ),
        Service::Notification(args) => serve(
            notification::NAME,
            args,
            |config: &notification::config::Config| &config.chassis,
            notification::start,
        ),
        Service::Platepool(args) => serve(
            platepool::NAME,
            args,
            |config: &platepool::config::Config| &config.chassis,
            platepool::start,
        ),
        Service::Vehicle(args) => serve(
            vehicle::NAME,
            args,
            |config: &vehicle::config::Config| &config.chassis,
            vehicle::start,
        ),
        Service::Selection(args) => serve(
            selection::NAME,
            args,
            |config: &selection::config::Config| &config.chassis,
            selection::start,
        ),
        Service::Edge(args) => serve(
            edge::NAME,
            args,
            |config: &edge::config::Config| &config.chassis,
            edge::start,
        ),
    }
}

fn serve<C, R>(
    name: &'static str,
    args: &Args,
    chassis: impl FnOnce(&C) -> &config::Config,
    start: impl FnOnce(Boot, C) -> R,
) -> ExitCode
where
    C: DeserializeOwned + Serialize,
    R: Future<Output = Result<(), BoxError>>,
{
    let config: C = match config::for_program(args) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let chassis = chassis(&config).clone();
    lifecycle::run(name, VERSION, &chassis, |boot| start(boot, config))
}
