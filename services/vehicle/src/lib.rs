//! Vehicle: new vehicles by VIN, the proof that they were bought, and whether they may be given a
//! number.
//!
//! A decision rests on the national vehicle registry and the tax bureau; when one does not answer
//! nothing is decided. VIN and purchase proof are held by one application at a time. VINs are sealed
//! per person, and known elsewhere by a keyed hash; of a purchase proof only a keyed hash is kept, of
//! the buyer's number nothing.

pub mod app;
pub mod authz;
pub mod config;
pub mod domain;
mod error;
mod events;
pub mod grpc;
pub mod outside;
mod store;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::Server;
use xuanhao_chassis::jobs::{Progress, Reconciler, Retention, RetentionConfig};
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_proto::vehicle::v1::vehicle_service_server::VehicleServiceServer;

use app::{App, Parts};
use config::{Config, OutsideConfig};
use outside::{Gateway, Registry, Simulator, TaxBureau};

pub use error::Error;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "vehicle";

/// The service's own migrations; [`db::migrations`] puts the chassis's before them.
pub static MIGRATOR: Migrator = sqlx::migrate!();

const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Builds the service: database, keys, outside systems, RPCs, jobs.
///
/// # Errors
/// When the configuration is wrong or something it stands on cannot be reached.
pub async fn start(boot: Boot, config: Config) -> Result<(), BoxError> {
    let db = boot.database(&db::migrations(&MIGRATOR)).await?;
    let clock = boot.clock(&db).await?;

    let parts = Parts {
        db: db.clone(),
        clock: clock.clone(),
        random: SecureRandom::system(),
        sealer: boot.sealer(&clock).await?,
        registry: registry(&boot, &config.registry, &clock)?,
        tax_bureau: tax_bureau(&boot, &config.tax_bureau, &clock)?,
    };
    let app = Arc::new(App::new(parts, config.limits()));
    boot.relay(&db, &clock, &boot.bus().await?);
    start_retention(
        &boot,
        &app,
        Retention::new(db, clock.clone(), RetentionConfig::default()),
    );

    boot.serve(with_services(boot.server(authz::table(), &clock)?, app))
        .await?;
    Ok(())
}

/// Adds vehicle's service to a server.
pub fn with_services(server: Server, app: Arc<App>) -> Server {
    server.add_service(VehicleServiceServer::new(grpc::Vehicles(app)))
}

fn registry(boot: &Boot, config: &OutsideConfig, clock: &Clock) -> Result<Registry, BoxError> {
    match config {
        OutsideConfig::Gateway(config) => Ok(Registry::Gateway(Gateway::new(config)?)),
        OutsideConfig::Simulator {} => {
            boot.simulated("vehicle registry: simulator");
            Ok(Registry::Simulator(Simulator::new(clock.clone())))
        }
    }
}

fn tax_bureau(boot: &Boot, config: &OutsideConfig, clock: &Clock) -> Result<TaxBureau, BoxError> {
    match config {
        OutsideConfig::Gateway(config) => Ok(TaxBureau::Gateway(Gateway::new(config)?)),
        OutsideConfig::Simulator {} => {
            boot.simulated("tax bureau: simulator");
            Ok(TaxBureau::Simulator(Simulator::new(clock.clone())))
        }
    }
}

fn start_retention(boot: &Boot, app: &Arc<App>, retention: Retention) {
    let tasks = boot.tasks(Phase::Jobs);
    let app = Arc::clone(app);
    let sweeper = Reconciler::new("vehicle.retention", SWEEP_EVERY);
    tasks.spawn_endless(
        "retention",
        sweeper.run(tasks.stopping(), move || {
            let (app, retention) = (Arc::clone(&app), retention.clone());
            async move {
                let swept = [app.sweep().await?, retention.sweep().await?];
                let more = swept.contains(&Progress::More);
                Ok::<_, Error>(if more { Progress::More } else { Progress::Idle })
            }
        }),
    );
}
