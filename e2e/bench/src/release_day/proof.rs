//! What the databases say afterwards: every number at most once, and none lost.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, Row as _};
use uuid::Uuid;
use xuanhao_local::{Platform, Service, Staff};

use super::holds::Shown;
use super::prepare::OFFICE;

/// How long what was left to recovery, and holds nobody gave up, may take.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);

/// What was found; everything but `allocated` and `released` has to be 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Proof {
    /// Live allocations of the office.
    pub(super) allocated: u64,
    /// Numbers of the batch.
    pub(super) released: u64,
    /// Numbers with two live allocations.
    pub(super) plates_twice: u64,
    /// Vehicles with two.
    pub(super) vehicles_twice: u64,
    /// Numbers that two citizens were given.
    pub(super) given_twice: u64,
    /// Numbers that two citizens were shown as theirs at one time.
    pub(super) held_twice: u64,
    /// Allocations that selection does not know, and selections without an allocation.
    pub(super) disagreements: u64,
    /// Numbers a citizen was given that selection does not know as confirmed.
    pub(super) forgotten: u64,
    /// Operations that are still under way.
    pub(super) unsettled: u64,
    /// Numbers that are neither free nor allocated once every hold is over.
    pub(super) leaked: u64,
}

impl Proof {
    /// Whether nothing is wrong.
    #[must_use]
    pub(super) fn holds(&self) -> bool {
        let Self {
            allocated,
            released,
            ..
        } = *self;
        let sound = Self {
            allocated,
            released,
            ..Self::default()
        };
        *self == sound
    }

    /// Numbers that were given to two.
    #[must_use]
    pub(super) fn double_assignments(&self) -> u64 {
        self.plates_twice + self.vehicles_twice + self.given_twice + self.held_twice
    }
}

/// Looks at both databases and at the pool's figures, once everything has settled.
///
/// # Errors
/// When they cannot be asked.
pub(super) async fn prove(platform: &Platform, shown: &Shown, released: u64) -> Result<Proof> {
    let mut pool = PgConnection::connect(&platform.database_url(Service::Platepool)).await?;
    let mut selection = PgConnection::connect(&platform.database_url(Service::Selection)).await?;
    let begin = Instant::now();
    let unsettled = loop {
        let pending = "SELECT count(*) FROM operations WHERE state = 'pending' AND office = $1";
        let unsettled = count(&mut selection, pending).await?;
        if unsettled == 0 || begin.elapsed() > SETTLED_WITHIN {
            break unsettled;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let leaked = loop {
        let leaked = neither_free_nor_allocated(platform, released)?;
        if leaked == 0 || begin.elapsed() > SETTLED_WITHIN {
            break leaked;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    let allocated = ids(
        &mut pool,
        "SELECT allocation_id FROM allocations WHERE office = $1 AND ended_at IS NULL",
    )
    .await?;
    let confirmed = ids(
        &mut selection,
        "SELECT allocation_id FROM selections WHERE office = $1 AND closed_at IS NULL",
    )
    .await?;
    let known = texts(
        &mut selection,
        "SELECT plate FROM selections WHERE office = $1",
    )
    .await?;
    let twice = |column: &str| {
        format!(
            "SELECT count(*) FROM (SELECT 1 FROM allocations WHERE office = $1 AND ended_at IS NULL \
             GROUP BY {column} HAVING count(*) > 1) AS twice"
        )
    };
    Ok(Proof {
        allocated: allocated.len() as u64,
        released,
        plates_twice: count(&mut pool, &twice("plate")).await?,
        vehicles_twice: count(&mut pool, &twice("vehicle_key")).await?,
        given_twice: shown.given_twice(),
        held_twice: shown.held_twice(),
        disagreements: allocated.symmetric_difference(&confirmed).count() as u64,
        forgotten: {
            let given = shown.all_given();
            given.iter().filter(|plate| !known.contains(*plate)).count() as u64
        },
        unsettled,
        leaked,
    })
}

fn neither_free_nor_allocated(platform: &Platform, released: u64) -> Result<u64> {
    let words = ["--output", "json", "pool", "figures", "--office", OFFICE];
    let told: Value = serde_json::from_str(&platform.xuanctl(Staff::Operator, &words)?)?;
    let class = told["classes"]
        .as_array()
        .and_then(|all| all.iter().find(|class| class["plate_class"] == "small"));
    let class = class.context("the figures of small vehicles")?;
    let figure = |name: &str| {
        class[name]
            .as_u64()
            .with_context(|| format!("a figure {name}"))
    };
    let there = figure("free")? + figure("allocated")?;
    Ok(released.abs_diff(there))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a proof looks at rows of services it does not import"
)]
async fn count(connection: &mut PgConnection, sql: &str) -> Result<u64> {
    let query = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql));
    let count = query.bind(OFFICE).fetch_one(connection).await?;
    Ok(count.unsigned_abs())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a proof looks at rows of services it does not import"
)]
async fn ids(connection: &mut PgConnection, sql: &'static str) -> Result<BTreeSet<Uuid>> {
    let rows = sqlx::query(sql).bind(OFFICE).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a proof looks at rows of services it does not import"
)]
async fn texts(connection: &mut PgConnection, sql: &'static str) -> Result<BTreeSet<String>> {
    let rows = sqlx::query(sql).bind(OFFICE).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
