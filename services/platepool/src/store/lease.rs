//! Who writes for an office: owners that live, and epochs (E2, E3).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_vocabulary::OfficeId;

/// Says that this process lives at least until then.
pub(crate) async fn live_until(
    tx: &mut Tx,
    owner: &str,
    until: Timestamp,
) -> Result<(), db::Error> {
    sqlx::query!(
        "-- platepool.owner.live_until
        INSERT INTO pool_owners (owner, expires_at) VALUES ($1, $2)
        ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at",
        owner,
        until.to_sqlx() as _,
    )
    .execute(&mut **tx)
    .traced("db.owner.live_until")
    .await?;
    Ok(())
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
