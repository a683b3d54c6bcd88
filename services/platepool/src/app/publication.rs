//! What everybody may see of a pool (号池公示): nothing here tells whether one number is free now.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use xuanhao_chassis::error::Refusal;
use xuanhao_vocabulary::mask::CharSet;
use xuanhao_vocabulary::{IssuingCode, Office, PlateClass, PlateKey};

use super::batches::BatchView;
use super::{App, ClassFigures};
use crate::error::Error;
use crate::store::batch::{self, Page};
use crate::store::day_key;
use crate::store::{figures, opening, segment, withholding};

/// Batches shown on the public page; older ones have had their day.
const SHOWN: i64 = 1_000;

/// The public page of an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolView {
    /// Released batches, newest first.
    pub batches: Vec<BatchView>,
    /// By class; `free` is a multiple of `step`, what else it has is not told.
    pub free_at_least: Vec<(ClassFigures, u64)>,
    /// When the counts were taken.
    pub counted_at: Option<Timestamp>,
    /// Announced openings, the next first, and those taken back lately.
    pub openings: Vec<OpeningView>,
    /// Numbers withheld now.
    pub withholdings: Vec<WithholdingView>,
    /// The service's time.
    pub now: Timestamp,
}

/// An announced opening (R-POOL-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningView {
    /// The batch.
    pub batch: BatchView,
    /// When.
    pub opens_at: Timestamp,
    /// Since when everybody can read it.
    pub announced_at: Timestamp,
    /// Why it was taken back, if it was.
    pub withdrawn_reason: Option<String>,
}

/// Numbers withheld together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithholdingView {
    /// Its id.
    pub id: Uuid,
    /// The class of the numbers.
    pub class: PlateClass,
    /// The numbers.
    pub plates: Vec<PlateKey>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub withheld_at: Timestamp,
}

/// A day's drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawDayView {
    /// SHA-256 of the key.
    pub key_hash: Vec<u8>,
    /// Since when everybody can read the hash.
    pub hash_published_at: Timestamp,
    /// The public value, where to check it, and when it was fixed.
    pub value: Option<(String, String, Timestamp)>,
    /// The key, once the day is over.
    pub key: Option<Vec<u8>>,
}

impl App {
    /// R-POOL-01: released batches, coarse counts, announced openings and withheld numbers of an
    /// office.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn pool_view(&self, office: &'static Office) -> Result<PoolView, Error> {
        let (pool, now) = (self.db().pool(), self.clock().now());
        let page = Page {
            office: office.id,
            open_by: Some(now),
            before: None,
            limit: SHOWN,
        };
        let batches = self.views(batch::list(pool, page).await?).await?;
        let coarse = figures::list(pool, office.id).await?;
        let counted_at = coarse.iter().map(|one| one.counted_at).min();
        let free_at_least = coarse.into_iter().map(|one| {
            let (class, released, free) = (one.class, one.released, one.free_at_least);
            (
                ClassFigures {
                    class,
                    released,
                    free,
                    held: 0,
                    allocated: 0,
                    returning: 0,
                },
                one.step,
            )
        });
        Ok(PoolView {
            batches,
            free_at_least: free_at_least.collect(),
            counted_at,
            openings: self.openings(office, now).await?,
            withholdings: self.standing_withholdings(office).await?,
            now,
        })
    }

    async fn openings(
        &self,
        office: &'static Office,
        now: Timestamp,
    ) -> Result<Vec<OpeningView>, Error> {
        let recent = SignedDuration::from_hours(24 * i64::from(self.publication().withdrawn_days));
        let since = now.saturating_sub(recent).unwrap_or(Timestamp::MIN);
        let openings = opening::public(self.db().pool(), office.id, now, since).await?;
        let mut views = Vec::with_capacity(openings.len());
        for one in openings {
            views.push(OpeningView {
                batch: self.batch_view(one.batch).await?,
                opens_at: one.opens_at,
                announced_at: one.announced_at,
                withdrawn_reason: one.withdraw_reason.filter(|_| one.withdrawn_at.is_some()),
            });
        }
        Ok(views)
    }

    async fn standing_withholdings(
        &self,
        office: &'static Office,
    ) -> Result<Vec<WithholdingView>, Error> {
        let standing = withholding::standing(self.db().pool(), office.id).await?;
        let view = |one: withholding::Withholding| {
            Some(WithholdingView {
                id: one.id,
                class: one.class,
                plates: one.plates,
                reason: one.reason,
                withheld_at: one.withheld_at?,
            })
        };
        Ok(standing.into_iter().filter_map(view).collect())
    }

    /// R-POOL-05: the characters that can stand at each place, from the published segments. Live
    /// masks would tell bots which numbers are free.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn keyboard(
        &self,
        office: &'static Office,
        class: PlateClass,
        code: IssuingCode,
        typed: &[Option<u8>],
    ) -> Result<Vec<CharSet>, Error> {
        let now = self.clock().now();
        let segments = segment::released(self.db().pool(), office.id).await?;
        let mut possible = vec![CharSet::EMPTY; usize::from(class.serial_length())];
        for segment in segments
            .iter()
            .filter(|one| one.class == class && one.code == code)
            .filter(|one| one.opens_at.is_none_or(|at| at <= now))
        {
            for (place, set) in possible.iter_mut().zip(segment.mask.possible_next(typed)) {
                *place = *place | set;
            }
        }
        Ok(possible)
    }

    /// A day's drawing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a day without a key.
    pub async fn draw_day(&self, office: &'static Office, day: Date) -> Result<DrawDayView, Error> {
        let mut connection = self.db().pool().acquire().await?;
        let stored = day_key::lookup(&mut connection, office.id, day).await?;
        let stored = stored.ok_or_else(|| Refusal::not_found("draw_day"))?;
        Ok(DrawDayView {
            key_hash: stored.key_hash,
            hash_published_at: stored.hash_published_at,
            value: stored
                .value
                .map(|value| (value.value, value.source, value.fixed_at)),
            key: stored.revealed_key,
        })
    }
}
