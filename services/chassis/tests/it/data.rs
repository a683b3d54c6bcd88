//! What the tests of the data side share: a database, a table of their own, an error type.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, PgPool, Row};
use xuanhao_chassis::clock::Clock;
use xuanhao_chassis::db::{self, Db, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::Refusable;
use xuanhao_chassis::ids::Ids;
use xuanhao_chassis::outbox::{self, Event};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_testkit::TestDatabase;

/// A database with the chassis's tables, and one table `things (name, amount)`.
pub(crate) struct Data {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    /// Lives as long as its user.
    _database: TestDatabase,
}

pub(crate) async fn data() -> Data {
    let base = db::migrations(&Migrator::with_migrations(Vec::new()));
    on(TestDatabase::new(&base).await).await
}

pub(crate) async fn on(database: TestDatabase) -> Data {
    let pool = database.pool_with(12).await;
    let table = "CREATE TABLE things (name text CONSTRAINT things_pkey PRIMARY KEY, amount bigint)";
    sqlx::raw_sql(table).execute(&pool).await.unwrap();
    let clock = Clock::manual(start());
    let ids = Ids::new(clock.clone(), SecureRandom::system());
    Data {
        db: Db::over(pool),
        clock,
        ids,
        _database: database,
    }
}

pub(crate) fn start() -> Timestamp {
    "2026-11-22T00:00:00Z".parse().unwrap()
}

impl Data {
    pub(crate) async fn add_thing(&self, name: &str, amount: i64) {
        run(
            self.db.pool(),
            &format!("INSERT INTO things VALUES ('{name}', {amount})"),
        )
        .await;
    }

    pub(crate) async fn things(&self) -> i64 {
        number(self.db.pool(), "SELECT count(*) FROM things").await
    }

    pub(crate) fn event(&self, kind: &'static str) -> Event {
        Event {
            id: self.ids.next(),
            kind: Cow::Borrowed(kind),
            province: "gd".to_owned(),
            office: Some("gd-zhanjiang".to_owned()),
            aggregate_kind: Cow::Borrowed("application"),
            aggregate_id: "1".to_owned(),
            version: 1,
            occurred_at: self.clock.now(),
            payload: vec![1, 2, 3],
        }
    }

    pub(crate) async fn append(&self, event: &Event) {
        let appended: Result<(), db::Error> = self
            .db
            .run_tx("test.append", async |tx: &mut Tx| {
                outbox::append(tx, event).await
            })
            .await;
        appended.unwrap();
    }
}

/// Runs statements without parameters.
pub(crate) async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(pool)
        .await
        .unwrap();
}

/// The one number a statement gives.
pub(crate) async fn number(pool: &PgPool, sql: &str) -> i64 {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_one(pool)
        .await
        .unwrap()
        .get(0)
}

/// Runs statements without parameters within a transaction.
pub(crate) async fn run_in(tx: &mut Tx, sql: &str) -> Result<(), db::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The one number a statement gives within a transaction.
pub(crate) async fn number_in(tx: &mut Tx, sql: &str) -> Result<i64, db::Error> {
    let row = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.get(0))
}

/// Counts how often a closure ran.
#[derive(Default)]
pub(crate) struct Count(AtomicU32);

impl Count {
    /// Counts one more and tells how many it has counted.
    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a service's error looks like: a fault of the database, or a refusal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the database failed")]
    Db(#[from] db::Error),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Refusable for Error {
    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Db(_) => None,
            Self::Refused(refusal) => Some(refusal.clone()),
        }
    }
}

/// Long enough for anything that happens at all.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
