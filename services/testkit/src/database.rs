//! A database per test, cloned from one that was migrated once.
//!
//! Tests run in many processes at once against one server. What they must agree on, they agree on
//! in the server: the template of a set of migrations is named by their checksums and made under
//! an advisory lock, and appears under its name by one rename.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row};
use xuanhao_servers::{Postgres, Scratch, shared};

use crate::{home, must, postgres, toolbox};

/// Enough for a test that races two transactions against a third connection that looks.
const POOL_SIZE: u32 = 5;
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// Databases whose test process is gone are dropped when this many tests' databases are there.
/// With about 9 MB each this bounds the disk that a long run takes.
const CROWD: i64 = 32;
/// "sweep" in ASCII.
const SWEEP_LOCK: i64 = 0x73_77_65_65_70;

/// A database that one test has for itself, with the migrations applied.
///
/// Dropped with this value as far as that does not hold up the test: another thread asks for it,
/// and what remains is swept by later tests or goes with the server.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
    pool: PgPool,
}

impl TestDatabase {
    /// A database on the shared Postgres.
    ///
    /// # Panics
    /// When no Postgres can be started or a migration fails.
    pub async fn new(migrator: &Migrator) -> Self {
        let server = tokio::task::spawn_blocking(postgres).await;
        Self::on(
            server.expect("starting the server does not panic"),
            migrator,
        )
        .await
    }

    /// A database on the Postgres of this superuser URL.
    ///
    /// # Panics
    /// When the server cannot be reached or a migration fails.
    pub async fn on(server: &str, migrator: &Migrator) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{}_{number}", std::process::id());
        let mut maintenance = connect(server).await;
        sweep(&mut maintenance).await;
        let template = template(&mut maintenance, server, migrator).await;
        // A process id that comes again may find what its namesake left.
        execute(
            &mut maintenance,
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
        .await;
        execute(
            &mut maintenance,
            format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        must(maintenance.close().await, "closing");
        let pool = pool_options(POOL_SIZE).connect_lazy(&url_of(server, &name));
        Self {
            server: server.to_owned(),
            pool: must(pool, "opening a pool"),
            name,
        }
    }

    /// A pool of a few connections, opened at need.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Another pool of up to `size` connections.
    ///
    /// # Panics
    /// When the database cannot be reached.
    pub async fn pool_with(&self, size: u32) -> PgPool {
        must(
            pool_options(size).connect(&self.url()).await,
            "opening a pool",
        )
    }

    /// Superuser URL of this database.
    #[must_use]
    pub fn url(&self) -> String {
        url_of(&self.server, &self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (
            std::mem::take(&mut self.server),
            std::mem::take(&mut self.name),
        );
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let work = async {
                    // The server may be down by the test's own doing.
                    let mut maintenance = PgConnection::connect(&server).await?;
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    sqlx::raw_sql(AssertSqlSafe(sql))
                        .execute(&mut maintenance)
                        .await?;
                    maintenance.close().await
                };
                let _ = tokio::time::timeout(ACQUIRE_LIMIT, work).await;
            });
            std::io::Result::Ok(())
        });
    }
}

/// The shared Postgres: the one the environment names, or one for this process.
pub(crate) fn shared_url() -> String {
    if let Some(url) = std::env::var_os(shared::PG_URL).and_then(|url| url.into_string().ok()) {
        return url;
    }
    // Lives as long as the process: the kernel stops the server then, and a later run sweeps.
    static OWN: OnceLock<(Postgres, Scratch)> = OnceLock::new();
    let (server, _) = OWN.get_or_init(|| {
        let scratch = must(Scratch::new(&home(), "postgres"), "making a folder");
        let server = must(
            shared::start_postgres(&toolbox(), &scratch),
            "starting Postgres",
        );
        (server, scratch)
    });
    server.url()
}

/// The name of the template for these migrations, made when it is not there.
async fn template(maintenance: &mut PgConnection, server: &str, migrator: &Migrator) -> String {
    let hash = hash_of(migrator);
    let name = format!("template_{hash:016x}");
    let there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    if query(maintenance, there.clone()).await.is_some() {
        return name;
    }
    let lock = hash.cast_signed();
    execute(maintenance, format!("SELECT pg_advisory_lock({lock})")).await;
    if query(maintenance, there).await.is_none() {
        let part = format!("part_{hash:016x}");
        execute(
            maintenance,
            format!("DROP DATABASE IF EXISTS {part} WITH (FORCE)"),
        )
        .await;
        execute(maintenance, format!("CREATE DATABASE {part}")).await;
        let mut inside = connect(&url_of(server, &part)).await;
        must(migrator.run(&mut inside).await, "migrating the template");
        must(inside.close().await, "closing the template");
        // Closed to everybody, so that cloning never finds it in use.
        let close = format!("ALTER DATABASE {part} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false");
        execute(maintenance, close).await;
        execute(
            maintenance,
            format!("ALTER DATABASE {part} RENAME TO {name}"),
        )
        .await;
    }
    execute(maintenance, format!("SELECT pg_advisory_unlock({lock})")).await;
    name
}

/// Two sets of migrations share a template when versions and texts are the same. All processes of
/// a run are built by one compiler, so the standard hasher agrees with itself.
fn hash_of(migrator: &Migrator) -> u64 {
    let mut hasher = DefaultHasher::new();
    for migration in migrator.iter() {
        (migration.version, &migration.checksum, migration.no_tx).hash(&mut hasher);
    }
    hasher.finish()
}

/// Drops databases whose process is gone, when there are many.
async fn sweep(maintenance: &mut PgConnection) {
    let all = "FROM pg_database WHERE datname LIKE 't\\_%'";
    let crowded = format!(
        "SELECT 1 WHERE (SELECT count(*) {all}) >= {CROWD} AND pg_try_advisory_lock({SWEEP_LOCK})"
    );
    if query(maintenance, crowded).await.is_none() {
        return;
    }
    let names = sqlx::raw_sql(AssertSqlSafe(format!("SELECT datname {all}")));
    let rows = must(
        names.fetch_all(&mut *maintenance).await,
        "listing databases",
    );
    for name in rows.iter().map(|row| row.get::<String, _>(0)) {
        let process = name.split('_').nth(1).and_then(|pid| pid.parse().ok());
        if process.is_some_and(|pid| !xuanhao_servers::process::is_alive(pid)) {
            execute(
                maintenance,
                format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            )
            .await;
        }
    }
    execute(
        maintenance,
        format!("SELECT pg_advisory_unlock({SWEEP_LOCK})"),
    )
    .await;
}

fn pool_options(size: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE_LIMIT)
}

fn url_of(server: &str, database: &str) -> String {
    let (front, _) = server.rsplit_once('/').expect("a URL has a path");
    format!("{front}/{database}")
}

async fn connect(url: &str) -> PgConnection {
    must(PgConnection::connect(url).await, "connecting to Postgres")
}

/// Only for text built from our own names: nothing here comes from outside.
async fn execute(connection: &mut PgConnection, sql: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(connection)
        .await;
    must(done, sql);
}

async fn query(connection: &mut PgConnection, sql: String) -> Option<PgRow> {
    let row = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .fetch_optional(connection)
        .await;
    must(row, sql)
}
