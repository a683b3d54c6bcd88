//! Transactions: REPEATABLE READ, run again where the database says another one was in the way.

use std::error::Error as StdError;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};
use sqlx::{Executor as _, PgConnection};
use tracing::Instrument;

use super::error::Conflict;
use super::{Connection, Db, Error};

/// A contended transaction gives up after that many attempts; the caller may ask again.
const MAX_ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// It is open as long as somebody holds it.
const UNENDED: &str = "a transaction that has ended is held by nobody";

/// An open transaction. It commits when the closure it was given to returns `Ok`.
#[derive(Debug)]
pub struct Tx {
    // None once it has ended.
    connection: Option<Connection>,
    appended: bool,
}

impl Tx {
    async fn begin(connection: Connection) -> Result<Self, Error> {
        // First, so that whoever is cancelled while it begins ends it.
        let mut tx = Self {
            connection: Some(connection),
            appended: false,
        };
        (*tx)
            .execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            .await?;
        Ok(tx)
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        (*self).execute("COMMIT").await?;
        self.end();
        Ok(())
    }

    async fn rollback(mut self) -> Result<(), sqlx::Error> {
        (*self).execute("ROLLBACK").await?;
        self.end();
        Ok(())
    }

    fn end(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.done();
        }
    }

    /// Notes that this transaction appended to the outbox, so that its commit wakes the relay.
    pub(crate) fn mark_appended(&mut self) {
        self.appended = true;
    }

    pub(crate) async fn savepoint(&mut self) -> Result<(), Error> {
        sqlx::query!("SAVEPOINT before_work")
            .execute(&mut **self)
            .await?;
        Ok(())
    }

    pub(crate) async fn rollback_to_savepoint(&mut self) -> Result<(), Error> {
        sqlx::query!("ROLLBACK TO SAVEPOINT before_work")
            .execute(&mut **self)
            .await?;
        self.appended = false;
        Ok(())
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect(UNENDED)
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect(UNENDED)
    }
}

impl Drop for Tx {
    /// Whoever was cancelled, or could not end it, keeps nobody waiting for its locks.
    #[expect(
        clippy::disallowed_methods,
        reason = "shutdown may forget it: a closed connection is rolled back by the server"
    )]
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            tokio::spawn(async move {
                if connection.execute("ROLLBACK").await.is_err() {
                    connection.discard();
                }
            });
        }
    }
}

/// What is done within a transaction: an async closure `async |tx: &mut Tx| { … }`, the parameter's
/// type written out. It borrows what it needs, may run more than once, and does SQL only.
pub trait Work<'c, T, E>: Fn(&'c mut Tx) -> <Self as Work<'c, T, E>>::Running {
    /// The closure's future; that it is `Send` lets transactions run inside RPC handlers.
    type Running: Future<Output = Result<T, E>> + Send;
}

impl<'c, T, E, F, R> Work<'c, T, E> for F
where
    F: Fn(&'c mut Tx) -> R,
    R: Future<Output = Result<T, E>> + Send,
{
    type Running = R;
}

impl Db {
    /// Runs `work` in one transaction and commits it when `work` succeeds.
    ///
    /// R2: the transaction is run again from its beginning on a serialisation failure (40001), on
    /// a deadlock (40P01), and when the same request id was written by another transaction (23505
    /// of that key); a capped number of times, with growing, jittered pauses.
    ///
    /// `name` is `<service>.<act>`; it names the span and the metrics.
    ///
    /// # Errors
    /// Those of `work`; and [`Error`] when the transaction cannot be begun or committed.
    pub async fn run_tx<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        F: for<'c> Work<'c, T, E> + Sync,
        T: Send,
        E: From<Error> + StdError + Send + 'static,
    {
        let span = tracing::info_span!(
            "tx",
            otel.name = name,
            db.tx.name = name,
            db.tx.attempts = tracing::field::Empty
        );
        let started = Instant::now();
        let result = self.attempts(name, work).instrument(span).await;
        let outcome = if result.is_ok() {
            "committed"
        } else {
            "rolled_back"
        };
        METRICS.duration.record(
            started.elapsed().as_secs_f64(),
            &[
                KeyValue::new("name", name),
                KeyValue::new("outcome", outcome),
            ],
        );
        result
    }

    async fn attempts<T, E, F>(&self, name: &'static str, work: F) -> Result<T, E>
    where
        F: for<'c> Work<'c, T, E> + Sync,
        T: Send,
        E: From<Error> + StdError + Send + 'static,
    {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(&work).await {
                Ok(value) => {
                    tracing::Span::current().record("db.tx.attempts", attempt);
                    return Ok(value);
                }
                Err(error) => error,
            };
            let Some(conflict) = Conflict::find(&error).filter(|_| attempt < MAX_ATTEMPTS) else {
                tracing::Span::current().record("db.tx.attempts", attempt);
                return Err(error);
            };
            METRICS.retries.add(
                1,
                &[
                    KeyValue::new("name", name),
                    KeyValue::new("conflict", conflict.as_str()),
                ],
            );
            tracing::debug!(
                attempt,
                conflict = conflict.as_str(),
                "transaction runs again"
            );
            tokio::time::sleep(self.pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn attempt<T, E, F>(&self, work: &F) -> Result<T, E>
    where
        F: for<'c> Work<'c, T, E> + Sync,
        T: Send,
        E: From<Error> + StdError + Send + 'static,
    {
        let mut tx = Tx::begin(self.connection().await?).await?;
        match work(&mut tx).await {
            Ok(value) => {
                let appended = tx.appended;
                tx.commit().await.map_err(commit_error)?;
                if appended {
                    self.outbox.raise();
                }
                Ok(value)
            }
            Err(error) => {
                // Dropping would roll back too, but only when the connection is next used, and
                // until then the transaction would keep its locks.
                if let Err(rollback) = tx.rollback().await {
                    tracing::debug!(error = %rollback, "rolling back failed");
                }
                Err(error)
            }
        }
    }

    /// Between half and the whole of a step that doubles each time.
    fn pause(&self, attempt: u32) -> Duration {
        let step = FIRST_PAUSE
            .saturating_mul(1 << (attempt - 1))
            .min(LONGEST_PAUSE);
        let half = u64::try_from(step.as_micros() / 2).expect("a pause is short");
        Duration::from_micros(half + self.random.below(half + 1))
    }
}

/// A refused commit is a failed statement; anything else leaves its outcome open.
fn commit_error(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(_) => Error::Statement(error),
        _ => Error::CommitUnknown(error),
    }
}

struct Metrics {
    duration: Histogram<f64>,
    retries: Counter<u64>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("xuanhao");
    Metrics {
        duration: meter
            .f64_histogram("db.tx.duration")
            .with_unit("s")
            .with_description("Time of a transaction by name and outcome, retries included.")
            .build(),
        retries: meter
            .u64_counter("db.tx.retries")
            .with_description("Transactions run again, by name and conflict.")
            .build(),
    }
});
