//! Postgres: the pool, transactions that retry what may be retried, and migrations.
//!
//! Every write goes through [`Db::run_tx`] (or [`Db::run_once`] when a caller's request id is to
//! be honoured); reads that need no transaction use [`Db::pool`], single statements that write
//! [`Db::connection`].

mod at_hand;
mod config;
mod error;
mod migrate;
mod traced;
mod tx;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgPool};

pub use at_hand::Connection;
pub use config::DatabaseConfig;
pub(crate) use error::is_transient;
pub use error::{Error, affected};
pub(crate) use migrate::forward_only;
pub use migrate::{SERVICE_VERSIONS_FROM, check_schema, migrate, migrations};
pub use traced::Traced;
pub use tx::{Tx, Work};

use self::at_hand::AtHand;
use crate::jobs::Signal;
use crate::random::SecureRandom;

/// After so much rest a connection is asked whether it still lives before it is used.
const ASKED_AFTER: Duration = Duration::from_secs(1);

/// A service's database; clones share one pool.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    at_hand: Arc<AtHand>,
    random: SecureRandom,
    outbox: Arc<Signal>,
}

impl Db {
    /// Connects; at least one connection is made, so that a wrong address shows at start.
    ///
    /// # Errors
    /// When the configuration is wrong or the database cannot be reached.
    pub async fn connect(config: &DatabaseConfig) -> Result<Self, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(config.acquire_timeout())
            // Asking a connection whether it still lives costs a way to the database and back, so
            // only one that rested for a while is asked.
            .test_before_acquire(false)
            .before_acquire(|connection, rest| {
                Box::pin(async move {
                    if rest.idle_for >= ASKED_AFTER {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(config.options()?)
            .await?;
        Ok(Self::over(pool))
    }

    /// A database over a pool that is already there.
    pub fn over(pool: PgPool) -> Self {
        Self {
            at_hand: Arc::new(AtHand::over(pool.clone())),
            pool,
            random: SecureRandom::system(),
            outbox: Arc::default(),
        }
    }

    /// The pool, for reads.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection for one piece of work, most likely one that worked a moment ago.
    ///
    /// # Errors
    /// When none becomes free in time, or the database cannot be reached.
    pub async fn connection(&self) -> Result<Connection, Error> {
        self.at_hand.take().await
    }

    /// Raised when a committed transaction appended to the outbox; wakes the relay. Whoever
    /// writes outbox rows by a statement of its own raises it after that statement.
    pub fn outbox_signal(&self) -> &Signal {
        &self.outbox
    }

    /// Waits for the connections in use and closes them all.
    pub async fn close(&self) {
        let closing = self.pool.close();
        self.at_hand.let_go();
        closing.await;
    }
}
