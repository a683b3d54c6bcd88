//! Forward-only migrations: the chassis's own first, then the service's.
//!
//! `xuanhao migrate <service>` applies them; a service only looks whether they are there, refuses
//! an older schema and tolerates a newer one, because during a roll-out the schema is always ahead.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sqlx::migrate::Migrator;
use sqlx::postgres::PgDatabaseError;
use sqlx::{Connection, PgConnection, PgPool};

use super::{DatabaseConfig, Error};

/// Versions below belong to the chassis, from here on to the service.
pub const SERVICE_VERSIONS_FROM: i64 = 100;

static BASE: Migrator = sqlx::migrate!("./migrations");

/// "xuanhao" in ASCII; advisory locks are per database, so one number does for every service.
const LOCK: i64 = 0x78_75_61_6e_68_61_6f;
const LOCK_PATIENCE: Duration = Duration::from_secs(120);
const LOCK_POLL: Duration = Duration::from_millis(200);

/// The chassis's migrations followed by the service's.
///
/// # Panics
/// When a version of the service's lies below [`SERVICE_VERSIONS_FROM`].
pub fn migrations(service: &Migrator) -> Migrator {
    assert!(
        service
            .iter()
            .all(|migration| migration.version >= SERVICE_VERSIONS_FROM),
        "a service's migrations start at {SERVICE_VERSIONS_FROM}"
    );
    forward_only(BASE.iter().chain(service.iter()).cloned().collect())
}

pub(crate) fn forward_only(migrations: Vec<sqlx::migrate::Migration>) -> Migrator {
    let mut all = Migrator::with_migrations(migrations);
    // sqlx would wait for its lock inside a statement; ours is tried, so that the wait ends.
    all.set_locking(false);
    // An image that was rolled back must not stumble over a schema that is ahead of it.
    all.set_ignore_missing(true);
    all
}

/// Applies what is missing, one process at a time. Speaks to the server directly: session locks do
/// not survive a transaction pooler.
///
/// # Errors
/// When the database cannot be reached, another process migrates for longer than two minutes, or a
/// migration fails.
pub async fn migrate(config: &DatabaseConfig, migrator: &Migrator) -> Result<(), Error> {
    let mut connection = PgConnection::connect_with(&config.bare_options()?).await?;
    lock(&mut connection).await?;
    // Closing the session gives the lock back whatever happened.
    let applied = migrator
        .run(&mut connection)
        .await
        .map_err(Error::Migration);
    connection.close().await?;
    applied
}

async fn lock(connection: &mut PgConnection) -> Result<(), Error> {
    let patience_ends = Instant::now() + LOCK_PATIENCE;
    loop {
        let locked = sqlx::query_scalar!(
            r#"-- chassis.migrations.try_lock
            SELECT pg_try_advisory_lock($1) AS "locked!""#,
            LOCK
        )
        .fetch_one(&mut *connection)
        .await?;
        if locked {
            return Ok(());
        }
        if Instant::now() >= patience_ends {
            return Err(Error::MigrationLocked);
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the migrator makes this table itself, so no schema to check against holds it"
)]
async fn list_applied(pool: &PgPool) -> Result<HashMap<i64, Vec<u8>>, sqlx::Error> {
    let applied: Result<Vec<(i64, Vec<u8>)>, _> = sqlx::query_as(
        "-- chassis.migrations.list_applied
        SELECT version, checksum FROM _sqlx_migrations WHERE success",
    )
    .fetch_all(pool)
    .await;
    match applied {
        Err(error) if is_undefined_table(&error) => Ok(HashMap::new()),
        applied => Ok(applied?.into_iter().collect()),
    }
}

/// Checks that every migration the program knows was applied as the program knows it. Migrations
/// the program does not know are those of a newer one, and are fine.
///
/// # Errors
/// [`Error::SchemaOlder`] or [`Error::SchemaDiffers`]; and when the database cannot be asked.
pub async fn check_schema(pool: &PgPool, migrator: &Migrator) -> Result<(), Error> {
    let applied = list_applied(pool).await?;
    for migration in migrator.iter() {
        let version = migration.version;
        match applied.get(&version) {
            None => return Err(Error::SchemaOlder { missing: version }),
            Some(checksum) if *checksum != *migration.checksum => {
                return Err(Error::SchemaDiffers { version });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn is_undefined_table(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        .is_some_and(|error| error.code() == "42P01")
}
