//! Many reads of one moment.

use std::sync::Arc;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor, PgPool};
use xuanhao_chassis::db;

/// A pool of a single connection that stays in one read-only transaction: whatever is read through it
/// is of the moment of its first read, while others write on. It ends with the value's last clone.
pub(crate) async fn of(pool: &PgPool) -> Result<PgPool, db::Error> {
    let options = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    .await?;
                Ok(())
            })
        });
    let connect = Arc::unwrap_or_clone(pool.connect_options());
    Ok(options.connect_with(connect).await?)
}
