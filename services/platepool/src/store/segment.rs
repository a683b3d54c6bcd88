//! Segments.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;
use xuanhao_chassis::db::{self, Traced, Tx};
use xuanhao_chassis::ids::{BatchId, SegmentId};
use xuanhao_vocabulary::{IssuingCode, OfficeId, PlateClass, PlateMask};

use super::{class, code, mask, signed, unsigned};
use crate::domain::command::{NewSegment, UsedNumbers};
use crate::domain::ids;

/// A segment as it is prepared or released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) id: SegmentId,
    pub(crate) batch: BatchId,
    pub(crate) code: IssuingCode,
    pub(crate) class: PlateClass,
    pub(crate) mask: PlateMask,
    /// How many of its numbers were in use when the import was closed.
    pub(crate) imported: Option<u64>,
    pub(crate) random_only_until: Option<Timestamp>,
    /// From when its numbers can be selected, if that was announced.
    pub(crate) opens_at: Option<Timestamp>,
    /// Instant of the row that released it.
    pub(crate) released_at: Option<Timestamp>,
}

struct Row {
    segment_id: Uuid,
    batch_id: Uuid,
    issuing_code: String,
    plate_class: String,
    mask: String,
    imported: Option<i64>,
    random_only_until: Option<jiff_sqlx::Timestamp>,
    opens_at: Option<jiff_sqlx::Timestamp>,
    released_at: Option<jiff_sqlx::Timestamp>,
}

impl Row {
    fn read(self) -> Result<Segment, db::Error> {
        Ok(Segment {
            id: SegmentId::from_uuid(self.segment_id),
            batch: BatchId::from_uuid(self.batch_id),
            code: code(&self.issuing_code)?,
            class: class(&self.plate_class)?,
            mask: mask(&self.mask)?,
            imported: self.imported.map(unsigned),
            random_only_until: super::instant(self.random_only_until),
            opens_at: super::instant(self.opens_at),
            released_at: super::instant(self.released_at),
        })
    }
}

impl Segment {
    /// As the engine takes it.
    pub(crate) fn to_release(&self) -> NewSegment {
        NewSegment {
            id: ids::SegmentId(self.id.as_uuid()),
            code: self.code,
            class: self.class,
            mask: self.mask.clone(),
            used: self
                .imported
                .map_or(UsedNumbers::Open, |count| UsedNumbers::Closed { count }),
            random_only_until: self.random_only_until,
            opens_at: self.opens_at,
        }
    }

    /// From when its numbers can be selected; none while it is not released.
    pub(crate) fn opened_at(&self) -> Option<Timestamp> {
        let released_at = self.released_at?;
        Some(self.opens_at.map_or(released_at, |at| at.max(released_at)))
    }

    /// Whether they share a number.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        (self.class, self.code) == (other.class, other.code) && self.mask.overlaps(&other.mask)
    }
}

/// The office's segments, released or not, by id.
pub(crate) async fn of_office(pool: &PgPool, office: OfficeId) -> Result<Vec<Segment>, db::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.segment.list_of_office
        SELECT segment_id, batch_id, issuing_code, plate_class, mask, imported,
               random_only_until AS "random_only_until: _",
               opens_at AS "opens_at: _", released_at AS "released_at: _"
        FROM segments WHERE office = $1 ORDER BY segment_id"#,
        office.as_str(),
    )
    .fetch_all(pool)
    .traced("db.segment.list_of_office")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The segments of batches, by batch and id.
pub(crate) async fn of_batches(
    pool: &PgPool,
    batches: &[BatchId],
) -> Result<Vec<Segment>, db::Error> {
    let batches: Vec<Uuid> = batches.iter().map(|batch| batch.as_uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"-- platepool.segment.list_of_batches
        SELECT segment_id, batch_id, issuing_code, plate_class, mask, imported,
               random_only_until AS "random_only_until: _",
               opens_at AS "opens_at: _", released_at AS "released_at: _"
        FROM segments WHERE batch_id = ANY ($1) ORDER BY batch_id, segment_id"#,
        &batches,
    )
    .fetch_all(pool)
    .traced("db.segment.list_of_batches")
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The office's released segments, announced ones too, as the engine takes them.
pub(crate) async fn released(
    pool: &PgPool,
    office: OfficeId,
) -> Result<Vec<NewSegment>, db::Error> {
    let segments = of_office(pool, office).await?;
    Ok(segments
        .iter()
        .filter(|one| one.released_at.is_some())
        .map(Segment::to_release)
        .collect())
}

/// The offices that have released segments.
pub(crate) async fn offices_with_released(pool: &PgPool) -> Result<Vec<OfficeId>, db::Error> {
    let offices = sqlx::query_scalar!(
        "-- platepool.segment.list_offices
        SELECT DISTINCT office FROM segments WHERE released_at IS NOT NULL ORDER BY office"
    )
    .fetch_all(pool)
    .traced("db.segment.list_offices")
    .await?;
    let read = |office: String| {
        OfficeId::parse(&office).map_err(|source| db::Error::corrupt("office", source))
    };
    offices.into_iter().map(read).collect()
}

/// Adds prepared segments.
pub(crate) async fn add(
    tx: &mut Tx,
    office: OfficeId,
    segments: &[Segment],
) -> Result<(), db::Error> {
    for segment in segments {
        sqlx::query!(
            "-- platepool.segment.add
            INSERT INTO segments (segment_id, batch_id, province, office, issuing_code, plate_class,
                                  mask, numbers)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            segment.id.as_uuid(),
            segment.batch.as_uuid(),
            office.province().as_str(),
            office.as_str(),
            segment.code.to_string(),
            segment.class.code(),
            segment.mask.to_string(),
            signed(segment.mask.count()),
        )
        .execute(&mut **tx)
        .traced("db.segment.add")
        .await?;
    }
    Ok(())
}

/// Fixes with the order when a segment opens, and until when it is then drawn only.
pub(crate) async fn order_release(
    tx: &mut Tx,
    segment: SegmentId,
    opens_at: Option<Timestamp>,
    random_only_until: Option<Timestamp>,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.segment.order_release
        UPDATE segments SET opens_at = $2, random_only_until = $3
        WHERE segment_id = $1 AND released_at IS NULL",
        segment.as_uuid(),
        opens_at.map(ToSqlx::to_sqlx) as _,
        random_only_until.map(ToSqlx::to_sqlx) as _,
    )
    .execute(&mut **tx)
    .traced("db.segment.order_release")
    .await?;
    db::affected(1, &updated)
}

/// Writes down how many numbers of a segment were in use.
pub(crate) async fn count_imported(
    tx: &mut Tx,
    segment: SegmentId,
    imported: u64,
) -> Result<(), db::Error> {
    let updated = sqlx::query!(
        "-- platepool.segment.count_imported
        UPDATE segments SET imported = $2 WHERE segment_id = $1 AND released_at IS NULL",
        segment.as_uuid(),
        signed(imported),
    )
    .execute(&mut **tx)
    .traced("db.segment.count_imported")
    .await?;
    db::affected(1, &updated)
}
