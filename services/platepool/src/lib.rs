//! The plate pool: segments, holds, allocations and fair draws.
//!
//! One writer per office decides in memory and commits in groups; the rows are the truth, and the
//! memory is a function of them. `domain` is the engine without I/O; this crate's other rooms drive
//! it, store what it decides, and publish what everybody may see. It calls no other service.

pub mod app;
pub mod authz;
pub mod config;
pub mod domain;
mod error;
mod events;
pub mod grpc;
mod jobs;
mod store;
mod wire;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use xuanhao_chassis::db;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::grpc::Server;
use xuanhao_chassis::jobs::{Retention, RetentionConfig};
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::sealed::KeyRing;
use xuanhao_proto::platepool::v1::pool_admin_service_server::PoolAdminServiceServer;
use xuanhao_proto::platepool::v1::pool_peer_service_server::PoolPeerServiceServer;
use xuanhao_proto::platepool::v1::pool_publication_service_server::PoolPublicationServiceServer;
use xuanhao_proto::platepool::v1::pool_service_server::PoolServiceServer;

use app::{App, Parts, Peers};
use config::Config;

pub use error::Error;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "platepool";

/// The service's own migrations; [`db::migrations`] puts the chassis's before them.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Builds the service: database, keys, writers, jobs, RPCs.
///
/// # Errors
/// When the configuration is wrong or something it stands on cannot be reached.
pub async fn start(boot: Boot, config: Config) -> Result<(), BoxError> {
    let db = boot.database(&db::migrations(&MIGRATOR)).await?;
    let clock = boot.clock(&db).await?;
    let bus = boot.bus().await?;
    boot.relay(&db, &clock, &bus);

    let kek = KeyRing::from_file(&config.day_keys.kek_file)?;
    let random = SecureRandom::system();
    let parts = Parts {
        db: db.clone(),
        clock: clock.clone(),
        random,
        kek,
        peers: Peers::new(boot.identity().clone()),
    };
    let app = Arc::new(App::new(&config, parts)?);
    app.prepare().await?;

    // Whoever writes for an office must be reached by the others, so answering comes first. Requests
    // wait until this process has joined them.
    let server = with_services(boot.server(authz::table(), &clock)?, Arc::clone(&app));
    let listening = boot.serve(server).await?;
    app.join(&config.peers.address(listening).await?).await?;
    let leaving = Arc::clone(&app);
    boot.on_leaving(move || async move { leaving.leave().await });

    let jobs = boot.tasks(Phase::Jobs);
    jobs::start(
        jobs,
        &app,
        Retention::new(db, clock, RetentionConfig::default()),
    );
    let stopping = jobs.stopping();
    jobs.spawn_endless("writers", async move {
        stopping.cancelled().await;
        if let Err(error) = app.stop().await {
            tracing::warn!(error = chain(&error), "the offices could not be given back");
        }
    });
    Ok(())
}

/// Adds the pool's services to a server.
pub fn with_services(server: Server, app: Arc<App>) -> Server {
    server
        .add_service(PoolServiceServer::new(grpc::Operations(Arc::clone(&app))))
        .add_service(PoolAdminServiceServer::new(grpc::Administration(
            Arc::clone(&app),
        )))
        .add_service(PoolPublicationServiceServer::new(grpc::Publication(
            Arc::clone(&app),
        )))
        .add_service(PoolPeerServiceServer::new(grpc::Peer(app)))
}
