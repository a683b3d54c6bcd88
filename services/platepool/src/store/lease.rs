//! Who writes for an office: owners that live, and epochs (E2, E3).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::OfficeId;

/// A process that may write for offices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnerRow {
    pub(crate) owner: String,
    /// Where its peers reach it, `host:port`; empty if they do not.
    pub(crate) address: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) leaving: bool,
    pub(crate) started_at: Timestamp,
}

/// Who writes for an office, or did last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeaseRow {
    pub(crate) office: OfficeId,
    pub(crate) owner: String,
    pub(crate) epoch: u64,
    pub(crate) taken_at: Timestamp,
    /// Whether numbers of the office are released.
    pub(crate) is_released: bool,
}

/// Says that this process lives at least until then. Its address and its start are those of its first
/// sign.
pub(crate) async fn live_until(tx: &mut Tx, own: &OwnerRow) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.owner.live_until
        INSERT INTO pool_owners (owner, address, expires_at, leaving, started_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (owner) DO UPDATE
        SET expires_at = excluded.expires_at, leaving = excluded.leaving",
        own.owner,
        own.address,
        own.expires_at.to_sqlx() as _,
        own.leaving,
        own.started_at.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.owner.live_until")
    .await?;
    Ok(())
}

/// All processes, and who writes for these offices: one statement, so that both are of one moment.
pub(crate) async fn look(
    pool: &PgPool,
    offices: &[String],
) -> Result<(Vec<OwnerRow>, Vec<LeaseRow>), db::Error> {
    let rows = sqlx::query!(
        r#"-- platepool.lease.look
        SELECT o.owner AS "owner?", o.address AS "address?",
               o.expires_at AS "expires_at?: jiff_sqlx::Timestamp", o.leaving AS "leaving?",
               o.started_at AS "started_at?: jiff_sqlx::Timestamp",
               l.office AS "office?", l.owner AS "writer?", l.epoch AS "epoch?",
               l.taken_at AS "taken_at?: jiff_sqlx::Timestamp",
               EXISTS (SELECT FROM segments
                       WHERE segments.office = l.office AND released_at IS NOT NULL)
                   AS "is_released!"
        FROM pool_owners AS o
        FULL JOIN (SELECT * FROM office_leases WHERE office = ANY($1)) AS l USING (owner)"#,
        offices,
    )
    .fetch_all(pool)
    .traced("db.lease.look")
    .await?;
    let (mut owners, mut leases) = (Vec::new(), Vec::new());
    for row in rows {
        if let (Some(office), Some(owner), Some(epoch), Some(taken_at)) =
            (row.office, row.writer, row.epoch, row.taken_at)
        {
            leases.push(LeaseRow {
                office: OfficeId::parse(&office)
                    .map_err(|source| db::Error::corrupt("office", source))?,
                owner,
                epoch: super::unsigned(epoch),
                taken_at: taken_at.to_jiff(),
                is_released: row.is_released,
            });
        }
        if let (Some(owner), Some(address), Some(expires_at), Some(leaving), Some(started_at)) = (
            row.owner,
            row.address,
            row.expires_at,
            row.leaving,
            row.started_at,
        ) {
            owners.push(OwnerRow {
                owner,
                address,
                expires_at: expires_at.to_jiff(),
                leaving,
                started_at: started_at.to_jiff(),
            });
        }
    }
    // One that writes for several offices is told with each.
    owners.sort_by(|one, other| one.owner.cmp(&other.owner));
    owners.dedup_by(|one, other| one.owner == other.owner);
    Ok((owners, leases))
}

/// Hands an office over: the successor is its owner from now on, in an epoch in which nobody writes
/// until it has raised it again. Nothing happens, and there is no epoch, if another one writes by now.
pub(crate) async fn hand_over(
    tx: &mut Tx,
    office: OfficeId,
    (owner, epoch): (&str, u64),
    successor: &str,
    now: Timestamp,
) -> Result<Option<u64>, db::Error> {
    let raised = sqlx::query_scalar!(
        "-- platepool.lease.hand_over
        UPDATE office_leases SET epoch = epoch + 1, owner = $4, taken_at = $5
        WHERE office = $1 AND owner = $2 AND epoch = $3
        RETURNING epoch",
        office.as_str(),
        owner,
        super::signed(epoch),
        successor,
        now.to_sqlx() as _,
    )
    .fetch_optional(&mut **tx)
    .traced("db.lease.hand_over")
    .await?;
    Ok(raised.map(super::unsigned))
}

/// Forgets this process, so that others need not wait for its end; and those that are long gone.
pub(crate) async fn forget(
    tx: &mut Tx,
    owner: &str,
    gone_before: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.owner.forget
        DELETE FROM pool_owners WHERE owner = $1 OR expires_at < $2",
        owner,
        gone_before.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.owner.forget")
    .await?;
    Ok(())
}

/// E3: raises the epoch, unless another process that lives is the owner. The update waits for fenced
/// writers in flight, and every later one finds another epoch.
pub(crate) async fn take_over(
    tx: &mut Tx,
    office: OfficeId,
    owner: &str,
    now: Timestamp,
) -> Result<Option<u64>, db::Error> {
    let epoch = sqlx::query_scalar!(
        "-- platepool.lease.take_over
        INSERT INTO office_leases AS held (office, province, epoch, owner, taken_at)
        VALUES ($1, $2, 1, $3, $4)
        ON CONFLICT (office) DO UPDATE
        SET epoch = held.epoch + 1, owner = excluded.owner, taken_at = excluded.taken_at
        WHERE held.owner = excluded.owner OR NOT EXISTS (
            SELECT FROM pool_owners WHERE pool_owners.owner = held.owner AND expires_at > $4)
        RETURNING epoch",
        office.as_str(),
        office.province().as_str(),
        owner,
        now.to_sqlx() as _,
    )
    .fetch_optional(&mut **tx)
    .traced("db.lease.take_over")
    .await?;
    Ok(epoch.map(super::unsigned))
}
