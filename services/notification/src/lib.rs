//! Notification: where people's messages go, what they say, and whether they arrived.
//!
//! Others only enqueue; a message is durable before they are answered, and is sent at least once
//! until it is of no use any more. Numbers are sealed per person, secret values (codes) are sealed
//! and wiped as soon as a provider took them. Of several SMS providers a message goes to the first that is
//! well, and only with a text that it has approved. It calls nobody but them.

pub mod app;
pub mod authz;
pub mod config;
pub mod domain;
mod error;
mod events;
pub mod grpc;
pub mod provider;
mod store;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use xuanhao_chassis::db;
use xuanhao_chassis::grpc::Server;
use xuanhao_chassis::jobs::{Progress, Reconciler, Retention, RetentionConfig};
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_proto::notification::v1::notification_service_server::NotificationServiceServer;

use app::{App, Parts};
use config::{Config, ProviderConfig};
use provider::{Aliyun, Console, Provider, Switch, Tencent};

pub use error::Error;

/// The service's name in certificates, subjects and metrics.
pub const NAME: &str = "notification";

/// The service's own migrations; [`db::migrations`] puts the chassis's before them.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Due messages are looked for at least that often; a new one wakes the sender at once.
const SEND_EVERY: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Builds the service: database, keys, provider, RPCs, jobs.
///
/// # Errors
/// When the configuration is wrong or something it stands on cannot be reached.
pub async fn start(boot: Boot, config: Config) -> Result<(), BoxError> {
    let db = boot.database(&db::migrations(&MIGRATOR)).await?;
    let clock = boot.clock(&db).await?;

    let sender = Reconciler::new("notification.send", SEND_EVERY);
    let parts = Parts {
        db: db.clone(),
        clock: clock.clone(),
        random: SecureRandom::system(),
        sealer: boot.sealer(&clock).await?,
        switch: switch(&boot, &config)?,
    };
    let app = Arc::new(App::new(parts, config.limits(), sender.signal()));
    boot.relay(&db, &clock, &boot.bus().await?);
    start_jobs(
        &boot,
        &app,
        sender,
        Retention::new(db, clock.clone(), RetentionConfig::default()),
    );

    boot.serve(with_services(boot.server(authz::table(), &clock)?, app))
        .await?;
    Ok(())
}

/// Adds notification's service to a server.
pub fn with_services(server: Server, app: Arc<App>) -> Server {
    server.add_service(NotificationServiceServer::new(grpc::Messages(app)))
}

/// What is wrong with the list of providers.
#[derive(Debug, thiserror::Error)]
enum ProvidersError {
    #[error("`providers` names none")]
    None,
    #[error("`providers` names {0} twice")]
    Twice(&'static str),
    #[error("the `timeout_ms` of {0} is not below `sending.claim_s`")]
    Slow(&'static str),
}

fn switch(boot: &Boot, config: &Config) -> Result<Switch, BoxError> {
    let mut providers: Vec<Provider> = Vec::new();
    let claim_s = config.sending.claim_s;
    for config in &config.providers {
        let provider = provider(boot, config)?;
        let name = provider.name();
        if providers.iter().any(|known| known.name() == name) {
            return Err(ProvidersError::Twice(name).into());
        }
        // Another sender would take the message up while this one still waits.
        if config.timeout_ms() >= 1_000 * u64::from(claim_s) {
            return Err(ProvidersError::Slow(name).into());
        }
        providers.push(provider);
    }
    if providers.is_empty() {
        return Err(ProvidersError::None.into());
    }
    Ok(Switch::new(providers, config.switching.rules()))
}

fn provider(boot: &Boot, config: &ProviderConfig) -> Result<Provider, BoxError> {
    Ok(match config {
        ProviderConfig::Aliyun(config) => {
            Provider::Aliyun(Aliyun::new(config, SecureRandom::system())?)
        }
        ProviderConfig::Tencent(config) => Provider::Tencent(Tencent::new(config)?),
        ProviderConfig::Console { console_file } => {
            boot.simulated("sms: console");
            Provider::Console(Console::new(console_file.clone()))
        }
    })
}

fn start_jobs(boot: &Boot, app: &Arc<App>, sender: Reconciler, retention: Retention) {
    let tasks = boot.tasks(Phase::Jobs);
    let stop = tasks.stopping();
    let sending = Arc::clone(app);
    tasks.spawn_endless(
        "sender",
        sender.run(stop.clone(), move || {
            let app = Arc::clone(&sending);
            async move { app.send_due().await }
        }),
    );
    let sweeping = Arc::clone(app);
    let sweeper = Reconciler::new("notification.retention", SWEEP_EVERY);
    tasks.spawn_endless(
        "retention",
        sweeper.run(stop, move || {
            let (app, retention) = (Arc::clone(&sweeping), retention.clone());
            async move {
                let swept = [app.sweep().await?, retention.sweep().await?];
                let more = swept.contains(&Progress::More);
                Ok::<_, Error>(if more { Progress::More } else { Progress::Idle })
            }
        }),
    );
}
