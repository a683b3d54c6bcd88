//! The best `FOR UPDATE SKIP LOCKED` that we know: a row per number, updates that touch no index
//! (HOT), room on each page for them, numbers in random order from a random start, holds that lapse
//! by themselves.

use anyhow::Result;
use futures::StreamExt as _;
use futures::future::try_join_all;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, PgPool};
use tonic::Status;
use xuanhao_chassis::db::{DatabaseConfig, Db};
use xuanhao_chassis::lifecycle::BoxError;
use xuanhao_chassis::random::SecureRandom;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::PlateKey;

use super::HOLD_MS;
use super::service::{Draws, held, internal};

const TABLE: &str = "
    CREATE TABLE plate (
        id         bigint      NOT NULL PRIMARY KEY,
        authority  text        NOT NULL,
        r          float8      NOT NULL,
        taken      boolean     NOT NULL,
        hold_until timestamptz NOT NULL,
        session    uuid
    ) WITH (fillfactor = 45)";
/// Rows lie in the order of their random places, so that a draw touches few pages.
const FILL: &str = "
    INSERT INTO plate
    SELECT id, $1, r, false, '-infinity', NULL
    FROM (SELECT id, random() AS r FROM unnest($2::bigint[]) AS id) AS numbers ORDER BY r";
const INDEX: &str = "CREATE INDEX plate_random_idx ON plate (authority, r)";
/// Always ten: a planner that does not know the limit reads the whole table.
const DRAW: &str = "
    WITH c AS (SELECT id FROM plate
               WHERE authority = $1 AND r >= $2 AND NOT taken AND hold_until < now()
               ORDER BY r LIMIT 10 FOR UPDATE SKIP LOCKED)
    UPDATE plate p SET hold_until = now() + $3, session = $4
    FROM c WHERE p.id = c.id RETURNING p.id";

/// Sixteen connections to a table of numbers.
#[derive(Debug)]
pub(super) struct SkipLocked {
    pool: PgPool,
    random: SecureRandom,
}

impl SkipLocked {
    /// Opens all of them at once, so that no draw waits for that.
    pub(super) async fn connect(config: &DatabaseConfig) -> Result<Self, BoxError> {
        let pool = Db::connect(config).await?.pool().clone();
        let all = (0..config.max_connections).map(|_| pool.acquire());
        try_join_all(all).await?;
        Ok(Self {
            pool,
            random: SecureRandom::system(),
        })
    }
}

impl Draws for SkipLocked {
    async fn draw(&self, request: pb::DrawRequest) -> Result<pb::Outcome, Status> {
        let operation = request.operation.unwrap_or_default();
        let session = uuid::Uuid::parse_str(&operation.application_id).map_err(internal)?;
        // The last hundredth of the range is left out, so that no draw runs past its end.
        let start = self.random.below(990_000) as f64 / 1e6;
        let hold = std::time::Duration::from_millis(HOLD_MS);
        #[expect(
            clippy::disallowed_methods,
            reason = "the table is of this benchmark alone"
        )]
        let drawn = sqlx::query_scalar::<_, i64>(DRAW)
            .bind(operation.office)
            .bind(start)
            .bind(hold)
            .bind(session)
            .fetch_all(&self.pool)
            .await
            .map_err(internal)?;
        held(drawn.into_iter())
    }
}

/// Makes the table of an office with these numbers.
///
/// # Errors
/// When the server refuses.
pub async fn fill(url: &str, office: &str, numbers: impl Iterator<Item = PlateKey>) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let keys: Vec<i64> = numbers.map(PlateKey::get).collect();
    sqlx::raw_sql(TABLE).execute(&mut connection).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the table is of this benchmark alone"
    )]
    let filling = sqlx::query(FILL).bind(office).bind(&keys);
    filling.execute(&mut connection).await?;
    for last in [INDEX, "VACUUM (ANALYZE, FREEZE) plate", "CHECKPOINT"] {
        let mut done = sqlx::raw_sql(AssertSqlSafe(last)).execute_many(&mut connection);
        while let Some(one) = done.next().await {
            one?;
        }
    }
    connection.close().await?;
    Ok(())
}
