//! What most services open at start: database, clock, bus, sealed data, relay. Each is watched while
//! it is open and closed in its turn.

use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPool;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Boot, Phase};
use crate::admin::Check;
use crate::bus::{self, Bus};
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::outbox::Relay;
use crate::sealed::{self, Sealer};

const CHECK_EVERY: Duration = Duration::from_secs(2);
const CHECK_WITHIN: Duration = Duration::from_secs(2);

impl Boot {
    /// Connects to the service's database, refuses a schema older than `migrations`, and makes
    /// readiness follow the connection.
    ///
    /// # Errors
    /// When it is not configured, cannot be reached, or its schema is too old.
    pub async fn database(&self, migrations: &Migrator) -> Result<Db, db::Error> {
        let config = self.config().database.as_ref();
        let config = config.ok_or(db::Error::Config("this service needs `database`"))?;
        let db = Db::connect(config).await?;
        db::check_schema(db.pool(), migrations).await?;

        let check = self.readiness().check("database");
        check.pass();
        let tasks = self.tasks(Phase::Last);
        let watch = watch_database(db.pool().clone(), check, tasks.stopping());
        tasks.spawn_endless("database check", watch);
        let closing = db.clone();
        self.at_end(move || async move { closing.close().await });
        Ok(db)
    }

    /// The clock of the database, measured again every minute, with the simulation's offset if one is
    /// configured.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn clock(&self, db: &Db) -> Result<Clock, db::Error> {
        let clock = Clock::synchronised(db.pool(), self.config().clock.offset()).await?;
        let tasks = self.tasks(Phase::Last);
        let keeping = clock
            .clone()
            .keep_synchronised(db.pool().clone(), tasks.stopping());
        tasks.spawn_endless("clock", keeping);
        Ok(clock)
    }

    /// Connects to NATS. Readiness does not follow it: Postgres is the truth, and facts wait in the
    /// outbox until NATS is back.
    ///
    /// # Errors
    /// When it is not configured or the configuration is wrong.
    pub async fn bus(&self) -> Result<Bus, bus::Error> {
        let config = self.config().bus.as_ref();
        let config = config.ok_or(bus::Error::Config("this service needs `bus`"))?;
        let bus = Bus::connect(self.name(), config).await?;
        let closing = bus.clone();
        self.at_end(move || async move {
            if let Err(error) = closing.close().await {
                tracing::warn!(
                    error = crate::error::chain(&error),
                    "NATS was not left in order"
                );
            }
        });
        Ok(bus)
    }

    /// Opens the store of the keys that seal personal data.
    ///
    /// # Errors
    /// When it is not configured or cannot be opened.
    pub async fn sealer(&self, clock: &Clock) -> Result<Sealer, sealed::Error> {
        let config = self.config().keys.as_ref();
        let config = config.ok_or(db::Error::Config("this service needs `keys`"))?;
        Sealer::connect(config, clock.clone()).await
    }

    /// Runs the outbox relay after everything that writes events.
    pub fn relay(&self, db: &Db, clock: &Clock, bus: &Bus) {
        let relay = Relay::new(self.name(), db.clone(), clock.clone(), bus.clone());
        let tasks = self.tasks(Phase::Relay);
        tasks.spawn_endless("relay", relay.run(tasks.stopping()));
    }
}

async fn watch_database(pool: PgPool, check: Check, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(CHECK_EVERY)).await.is_some() {
        let ping = async { pool.acquire().await?.ping().await };
        match timeout(CHECK_WITHIN, ping).await {
            Ok(Ok(())) => check.pass(),
            Ok(Err(_)) | Err(_) => check.fail(),
        }
    }
}
