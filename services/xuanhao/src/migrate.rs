//! Databases brought to the schema of this release.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::migrate::Migrator;
use xuanhao_chassis::config::{self, Args};
use xuanhao_chassis::db::{self, DatabaseConfig};
use xuanhao_chassis::sealed;
use {
    xuanhao_identity as identity, xuanhao_notification as notification,
    xuanhao_platepool as platepool, xuanhao_selection as selection, xuanhao_vehicle as vehicle,
};

use crate::arguments::Store;
use crate::{Stop, block_on, tell};

/// Applies what is missing.
pub(crate) fn run(store: Store, args: &Args) -> Result<(), Stop> {
    match store {
        Store::Identity => of_service(
            args,
            &identity::MIGRATOR,
            |config: identity::config::Config| config.chassis,
        ),
        Store::Notification => of_service(
            args,
            &notification::MIGRATOR,
            |config: notification::config::Config| config.chassis,
        ),
        Store::Platepool => of_service(
            args,
            &platepool::MIGRATOR,
            |config: platepool::config::Config| config.chassis,
        ),
        Store::Vehicle => of_service(
            args,
            &vehicle::MIGRATOR,
            |config: vehicle::config::Config| config.chassis,
        ),
        Store::Selection => of_service(
            args,
            &selection::MIGRATOR,
            |config: selection::config::Config| config.chassis,
        ),
        Store::Keys => keys(args),
    }
}

fn of_service<C>(
    args: &Args,
    migrator: &Migrator,
    chassis: impl FnOnce(C) -> config::Config,
) -> Result<(), Stop>
where
    C: DeserializeOwned + Serialize,
{
    let database = chassis(config::for_program(args).map_err(Stop::Told)?)
        .database
        .ok_or("`chassis.database` is missing")?;
    apply(&database, &db::migrations(migrator))
}

fn keys(args: &Args) -> Result<(), Stop> {
    let config: identity::config::Config = config::for_program(args).map_err(Stop::Told)?;
    let keys = config.chassis.keys.ok_or("`chassis.keys` is missing")?;
    apply(&keys.database, &sealed::migrations())
}

fn apply(database: &DatabaseConfig, migrator: &Migrator) -> Result<(), Stop> {
    block_on(async { Ok(db::migrate(database, migrator).await?) })?;
    let latest = migrator.iter().map(|migration| migration.version).max();
    tell(
        std::io::stdout(),
        &format!("schema is at {:04}", latest.unwrap_or_default()),
    );
    Ok(())
}
