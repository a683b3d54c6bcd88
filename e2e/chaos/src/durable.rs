//! What is in the rows and in the stream.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::ConnectOptions;
use async_nats::jetstream::{self, consumer};
use futures::StreamExt as _;
use jiff_sqlx::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::time::{Instant, sleep};
use uuid::Uuid;
use xuanhao_vocabulary::PlateKey;

use crate::evidence::{Allocation, Evidence, Fact, Return, Row, Sample};
use crate::history::{Held, Micros, RowId};
use crate::load::LOOK;
use crate::site::Site;

/// The longest the relay may need to empty the outbox.
const RELAYED: Duration = Duration::from_secs(60);
const STREAM: &str = "xuanhao-platepool";

/// Fills in what the database and the stream hold.
///
/// # Errors
/// When they cannot be read.
pub async fn collect(site: &Site, evidence: &mut Evidence) -> Result<()> {
    let mut connection = PgConnection::connect(&site.database_url()).await?;
    relayed(&mut connection).await?;
    evidence.rows = rows(&mut connection).await?;
    let allocations = read(
        &mut connection,
        "SELECT allocation_id, office, plate, application, encode(vehicle_key, 'hex') AS vehicle,
                epoch::bigint AS epoch, seq::bigint AS seq, decided_at, ended_at FROM allocations",
    );
    evidence.allocations = allocations
        .await?
        .iter()
        .map(allocation)
        .collect::<Result<_>>()?;
    let returns = "SELECT office, plate, decided_at, available_at FROM returns";
    let returns = read(&mut connection, returns).await?;
    evidence.returns = returns.iter().map(back).collect::<Result<_>>()?;
    let outbox =
        "SELECT event_id, kind, aggregate_id, published_at IS NOT NULL AS is_published FROM outbox";
    let outbox = read(&mut connection, outbox).await?;
    evidence.outbox = outbox.iter().map(fact).collect::<Result<_>>()?;
    evidence.delivered = delivered(site).await?;
    Ok(())
}

/// Waits until everything is published.
async fn relayed(connection: &mut PgConnection) -> Result<()> {
    let begin = Instant::now();
    loop {
        let left = read(
            connection,
            "SELECT count(*) FROM outbox WHERE published_at IS NULL",
        )
        .await?;
        let left: i64 = left.first().context("a count is a row")?.try_get(0)?;
        // The judge names what is left.
        if left == 0 || begin.elapsed() > RELAYED {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}

/// The log with its sets spelled out. The view is there where sets are kept as bytes.
async fn rows(connection: &mut PgConnection) -> Result<Vec<Row>> {
    let view = read(connection, "SELECT to_regclass('pool_log_readable')::text").await?;
    let view: Option<String> = view.first().context("a name is a row")?.try_get(0)?;
    let log = view.unwrap_or_else(|| "pool_log".to_owned());
    let sql = format!(
        "SELECT office, epoch::bigint AS epoch, seq::bigint AS seq, decided_at, kind, application, op_no,
                outcome, column_plates, column_until, basket_plates, basket_until FROM {log}"
    );
    read(connection, &sql).await?.iter().map(row).collect()
}

async fn read(connection: &mut PgConnection, sql: &str) -> Result<Vec<PgRow>> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_all(connection)
        .await;
    rows.with_context(|| format!("reading: {sql}"))
}

fn row(row: &PgRow) -> Result<Row> {
    let op_no: i64 = row.try_get("op_no")?;
    Ok(Row {
        office: row.try_get("office")?,
        id: id(row)?,
        kind: row.try_get("kind")?,
        application: row.try_get("application")?,
        op_no: u64::try_from(op_no)?,
        outcome: row.try_get("outcome")?,
        held: Held {
            column: plates(row, "column_plates")?,
            column_until: micros(row, "column_until")?.unwrap_or(0),
            basket: plates(row, "basket_plates")?,
            basket_until: micros(row, "basket_until")?.unwrap_or(0),
        },
    })
}

fn id(row: &PgRow) -> Result<RowId> {
    Ok(RowId {
        epoch: row.try_get("epoch")?,
        seq: row.try_get("seq")?,
        decided_at: micros(row, "decided_at")?.context("every row has an instant")?,
    })
}

fn allocation(row: &PgRow) -> Result<Allocation> {
    Ok(Allocation {
        id: row.try_get("allocation_id")?,
        office: row.try_get("office")?,
        plate: number(row.try_get("plate")?)?,
        application: row.try_get("application")?,
        vehicle: row.try_get("vehicle")?,
        row: id(row)?,
        ended_at: micros(row, "ended_at")?,
    })
}

fn back(row: &PgRow) -> Result<Return> {
    Ok(Return {
        office: row.try_get("office")?,
        plate: number(row.try_get("plate")?)?,
        decided_at: micros(row, "decided_at")?.context("every row has an instant")?,
        available_at: micros(row, "available_at")?.context("every return has an end")?,
    })
}

fn fact(row: &PgRow) -> Result<Fact> {
    Ok(Fact {
        event: row.try_get("event_id")?,
        kind: row.try_get("kind")?,
        about: row.try_get("aggregate_id")?,
        is_published: row.try_get("is_published")?,
    })
}

fn micros(row: &PgRow, column: &str) -> Result<Option<Micros>> {
    let at: Option<Timestamp> = row.try_get(column)?;
    Ok(at.map(|at| at.to_jiff().as_microsecond()))
}

fn plates(row: &PgRow, column: &str) -> Result<Vec<String>> {
    let keys: Option<Vec<i64>> = row.try_get(column)?;
    keys.unwrap_or_default().into_iter().map(number).collect()
}

fn number(key: i64) -> Result<String> {
    let key = PlateKey::try_from(key).map_err(|_| anyhow::anyhow!("{key} is no number"))?;
    Ok(key.unpack().1.to_string())
}

/// Looks at every office once.
///
/// # Errors
/// When the database cannot be read.
pub async fn sample(url: &str) -> Result<Vec<Sample>> {
    let mut connection = PgConnection::connect(url).await?;
    // One statement, one snapshot: the epoch and the rows are of the same instant.
    let sql = "SELECT office, epoch::bigint AS epoch,
                      (SELECT count(*) FROM pool_log AS log
                       WHERE log.office = lease.office AND log.epoch < lease.epoch) AS earlier
               FROM office_leases AS lease";
    let rows = read(&mut connection, sql).await?;
    let samples = rows.iter().map(|row| {
        Ok(Sample {
            office: row.try_get("office")?,
            epoch: row.try_get("epoch")?,
            earlier_rows: row.try_get("earlier")?,
        })
    });
    samples.collect()
}

/// Every message of the stream, by its event's id.
async fn delivered(site: &Site) -> Result<BTreeMap<Uuid, u32>> {
    let (url, user, password) = site.nats_access();
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
    let jetstream = jetstream::new(options.connect(url).await?);
    let mut stream = jetstream.get_stream(STREAM).await?;
    let mut left = stream.info().await?.state.messages;
    let mut delivered = BTreeMap::new();
    if left == 0 {
        return Ok(delivered);
    }
    let config = consumer::pull::OrderedConfig::default();
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    while left > 0 {
        let message = messages.next().await.context("the stream has more")?;
        let message = message?;
        let headers = message
            .headers
            .as_ref()
            .context("every message has an id")?;
        let event = headers
            .get("Nats-Msg-Id")
            .context("every message has an id")?;
        *delivered.entry(event.as_str().parse()?).or_default() += 1;
        left -= 1;
    }
    Ok(delivered)
}
