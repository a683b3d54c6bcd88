//! Vehicle: new vehicles by VIN, the proof that they were bought, and whether they may be given a
//! number.
//!
//! A decision rests on the national vehicle registry and the tax bureau; when one does not answer
//! nothing is decided, or the decision waits. VIN and purchase proof are held by one verified claim
//! at a time; what is suspicious waits for an officer. Holders bind registered vehicles and licences
//! to their accounts. VINs and numbers are sealed per person, and known elsewhere by a keyed hash.

pub mod app;
pub mod authz;
pub mod config;
pub mod domain;
mod error;
mod events;
pub mod grpc;
pub mod outside;
pub mod peers;
mod store;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::Server;
use xuanhao_chassis::jobs::{Progress, Reconciler, Retention, RetentionConfig};
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_proto::vehicle::v1::binding_service_server::BindingServiceServer;
use xuanhao_proto::vehicle::v1::review_service_server::ReviewServiceServer;
use xuanhao_proto::vehicle::v1::vehicle_service_server::VehicleServiceServer;

use app::{App, Parts};
use config::{Config, OutsideConfig};
use outside::{Gateway, Registry, Simulator, TaxBureau};
use peers::Identity;

pub use error::Error;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "vehicle";

/// The service's own migrations; [`db::migrations`] puts the chassis's before them.
pub static MIGRATOR: Migrator = sqlx::migrate!();

const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How often questions that are due are looked for; their own pauses are longer.
const ASK_EVERY: Duration = Duration::from_secs(5);
const LAPSE_EVERY: Duration = Duration::from_secs(30);

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
        identity: Identity::new(boot.connect(&config.identity, Caller::Identity)?),
    };
    let app = Arc::new(App::new(parts, config.limits()));
    boot.relay(&db, &clock, &boot.bus().await?);
    start_waiting(&boot, &app);
    start_retention(
        &boot,
        &app,
        Retention::new(db, clock.clone(), RetentionConfig::default()),
    );

    boot.serve(with_services(boot.server(authz::table(), &clock)?, app))
        .await?;
    Ok(())
}

/// Adds vehicle's services to a server.
pub fn with_services(server: Server, app: Arc<App>) -> Server {
    server
        .add_service(VehicleServiceServer::new(grpc::Vehicles(Arc::clone(&app))))
        .add_service(ReviewServiceServer::new(grpc::Reviews(Arc::clone(&app))))
        .add_service(BindingServiceServer::new(grpc::Bindings(app)))
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

fn start_waiting(boot: &Boot, app: &Arc<App>) {
    let tasks = boot.tasks(Phase::Jobs);
    let asking = Arc::clone(app);
    tasks.spawn_endless(
        "questions",
        Reconciler::new("vehicle.questions", ASK_EVERY).run(tasks.stopping(), move || {
            let app = Arc::clone(&asking);
            async move { app.ask_again().await }
        }),
    );
    let lapsing = Arc::clone(app);
    tasks.spawn_endless(
        "lapse",
        Reconciler::new("vehicle.lapse", LAPSE_EVERY).run(tasks.stopping(), move || {
            let app = Arc::clone(&lapsing);
            async move { app.lapse().await }
        }),
    );
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
