//! Selection: policies, notices and calendars of offices; applications, the chances of vehicles,
//! operations on the plate pool, confirmed numbers with their deadlines and vouchers, the blacklist.
//!
//! It asks the pool, the vehicle service and identity, and hands messages to notification. A number
//! is given by the pool alone: selection reserves what an operation may cost, asks, and settles what
//! the pool says (protocols P1–P11).

pub mod app;
pub mod authz;
pub mod config;
mod domain;
mod error;
pub mod events;
pub mod grpc;
mod jobs;
mod peers;
mod store;
pub mod voucher;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xuanhao_chassis::authz::Caller;
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::Server;
use xuanhao_chassis::jobs::Retention;
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::signed::{PublicKeys, SigningKey};
use xuanhao_proto::selection::v1::appeal_service_server::AppealServiceServer;
use xuanhao_proto::selection::v1::counter_service_server::CounterServiceServer;
use xuanhao_proto::selection::v1::outcome_service_server::OutcomeServiceServer;
use xuanhao_proto::selection::v1::policy_service_server::PolicyServiceServer;
use xuanhao_proto::selection::v1::selection_service_server::SelectionServiceServer;

use app::{App, Parts};
use config::Config;

pub use error::Error;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "selection";

/// The service's own migrations; [`db::migrations`] puts the chassis's before them.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Builds the service: database, keys, peers, RPCs, consumer, jobs.
///
/// # Errors
/// When the configuration is wrong or something it stands on cannot be reached.
pub async fn start(boot: Boot, config: Config) -> Result<(), BoxError> {
    config.check()?;
    let db = boot.database(&db::migrations(&MIGRATOR)).await?;
    let clock = boot.clock(&db).await?;

    let parts = Parts {
        db: db.clone(),
        clock: clock.clone(),
        random: SecureRandom::system(),
        platepool: boot.connect(&config.platepool, Caller::Platepool)?,
        vehicle: boot.connect(&config.vehicle, Caller::Vehicle)?,
        identity: boot.connect(&config.identity, Caller::Identity)?,
        notification: boot.connect(&config.notification, Caller::Notification)?,
        proof_keys: PublicKeys::from_jwks_file(&config.proof_keys_file)?,
        voucher_key: SigningKey::from_pkcs8_file(&config.voucher.signing_key_file)?,
        sealer: boot.sealer(&clock).await?,
    };
    let woken = jobs::Woken::new(&config.jobs);
    let app = Arc::new(App::new(&config, parts, woken.signals()));

    let bus = boot.bus().await?;
    boot.relay(&db, &clock, &bus);
    let consuming = boot.tasks(Phase::Consumers);
    let allocations = events::consume(bus.clone(), Arc::clone(&app), consuming.stopping());
    let claims = events::consume_claims(bus, Arc::clone(&app), consuming.stopping());
    consuming.spawn_endless("allocations", allocations);
    consuming.spawn_endless("claims", claims);
    let retention = Retention::new(db, clock.clone(), config.retention.clone());
    jobs::start(&boot, &app, woken, &config.jobs, retention);

    boot.serve(with_services(boot.server(authz::table(), &clock)?, app))
        .await?;
    Ok(())
}

/// Adds selection's services to a server.
pub fn with_services(server: Server, app: Arc<App>) -> Server {
    server
        .add_service(SelectionServiceServer::new(grpc::Selections(Arc::clone(
            &app,
        ))))
        .add_service(PolicyServiceServer::new(grpc::Policies(Arc::clone(&app))))
        .add_service(CounterServiceServer::new(grpc::Counters(Arc::clone(&app))))
        .add_service(OutcomeServiceServer::new(grpc::Outcomes(Arc::clone(&app))))
        .add_service(AppealServiceServer::new(grpc::Appeals(app)))
}
