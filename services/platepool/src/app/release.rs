//! Opening a batch (放号), at once or at an announced instant (R-POOL-02, R-POOL-03, R-POOL-04): an
//! order that is durable first, then one row of the engine (E1). When the time has come the engine
//! opens it by itself, to the microsecond, whoever writes for the office then.

use jiff::Timestamp;
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::{BatchId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::Office;

use super::batches::{BatchView, require_size};
use super::{Act, App, Warning, require_office};
use crate::domain::command::{Command, Release, Request};
use crate::domain::error::Error as Refused;
use crate::domain::ids;
use crate::domain::pool_rules::PoolRules;
use crate::error::Error;
use crate::store::opening::{self, Opening};
use crate::store::segment::{self, Segment};
use crate::store::{audit, batch};

/// An operator's wish.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseBatch {
    /// The caller's id.
    pub request_id: RequestId,
    /// The batch.
    pub batch: BatchId,
    /// When; none for at once.
    pub opens_at: Option<Timestamp>,
}

/// What a release is decided by.
struct Terms<'a> {
    segments: &'a [Segment],
    rules: &'a PoolRules,
    now: Timestamp,
}

impl App {
    /// Opens a batch, or announces when it will: all its segments, or none.
    ///
    /// # Errors
    /// `NOT_FOUND`, `IMPORT_NOT_CLOSED`, `ALREADY_RELEASED`, `SEGMENT_OVERLAPS`, `BATCH_TOO_SMALL`,
    /// `NOTICE_TOO_SHORT`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn release(
        &self,
        act: &Act,
        wish: ReleaseBatch,
        request: &pb::ReleaseBatchRequest,
    ) -> Result<(BatchView, Vec<Warning>), Error> {
        let office = self.office(self.batch(wish.batch).await?.office)?;
        require_office(&act.actor, office.id)?;
        let rules = self.rules_of(office.id).await?;
        let segments = segment::of_batches(self.db().pool(), &[wish.batch]).await?;
        let terms = Terms {
            segments: &segments,
            rules: &rules,
            now: self.clock().now(),
        };
        if !self
            .order_release(office, act, wish, request, &terms)
            .await?
        {
            self.carry_out_release(office, wish.batch).await?;
        }
        let warnings = self.activation_warnings(&segments, &rules).await?;
        Ok((self.batch_view(wish.batch).await?, warnings))
    }

    /// Has the engine open or announce the batch as ordered, under the office's composing rules. An
    /// order that it refuses for good is taken back.
    pub(super) async fn carry_out_release(
        &self,
        office: &'static Office,
        id: BatchId,
    ) -> Result<(), Error> {
        self.follow_rules(office).await?;
        let segments = segment::of_batches(self.db().pool(), &[id]).await?;
        let release = Release {
            batch: ids::BatchId(id.as_uuid()),
            segments: segments.iter().map(Segment::to_release).collect(),
        };
        let refused = match self
            .offices
            .ask(office, Request::Command(Command::Release(release)))
            .await
        {
            // Opened by the same order, sent twice at once.
            Ok(_) | Err(Refused::SegmentKnown { .. }) => return Ok(()),
            Err(refused) => refused,
        };
        if refused.is_final() {
            self.db()
                .run_tx("platepool.release.void", async |tx: &mut Tx| {
                    Ok::<_, Error>(batch::void_release(tx, id).await?)
                })
                .await?;
        }
        if let Refused::SegmentOverlaps { other, .. } = refused {
            return Err(self.overlap(office.id, other).await?.into());
        }
        Err(refused.into())
    }

    /// Writes the order and its audit entry. Whether nothing is left to be carried out.
    async fn order_release(
        &self,
        office: &'static Office,
        act: &Act,
        wish: ReleaseBatch,
        request: &pb::ReleaseBatchRequest,
        terms: &Terms<'_>,
    ) -> Result<bool, Error> {
        let (id, now) = (wish.batch, terms.now);
        let key = Key::new(
            &Scope::Staff(act.staff()?),
            "platepool.release_batch",
            wish.request_id,
            now,
        );
        let hash = idempotency::hash_of(request);
        let entry = audit::Entry {
            subject: id.to_string(),
            detail: match wish.opens_at {
                Some(at) => format!("opens at {at}"),
                None => String::new(),
            },
            ..self.entry(act, "release_batch", office.id)?
        };
        let lots: Vec<u64> = terms
            .segments
            .iter()
            .map(|_| self.random.below(terms.rules.lots()))
            .collect();
        let opening = wish.opens_at.map(|opens_at| Opening {
            id: entry.id,
            batch: id,
            office: office.id,
            request: wish.request_id,
            announced_at: now,
            opens_at,
            withdraw_reason: None,
            withdrawn_at: None,
        });
        self.db()
            .run_tx("platepool.release.order", async |tx: &mut Tx| {
                let known = batch::lookup(tx, id)
                    .await?
                    .ok_or_else(|| Refusal::not_found("batch"))?;
                let before = opening::latest(tx, id).await?;
                let is_new = match idempotency::begin(tx, &key, hash).await? {
                    Replay::Response(_) => {
                        let taken_back = before.as_ref().is_some_and(|one| {
                            one.request == wish.request_id && one.withdrawn_at.is_some()
                        });
                        if known.released_at.is_some() || taken_back {
                            return Ok(true);
                        }
                        if known.release_request == Some(wish.request_id) {
                            return Ok(false);
                        }
                        // The engine refused it; perhaps it does not now.
                        false
                    }
                    Replay::Refused(refusal) => return Err(refusal.into()),
                    Replay::New => true,
                };
                let stands = before.is_some_and(|one| one.withdrawn_at.is_none());
                if known.released_at.is_some() || stands {
                    return Err(Error::from(Reason::AlreadyReleased));
                }
                if known.import_closed_at.is_none() {
                    return Err(Error::from(Reason::ImportNotClosed));
                }
                terms.check(wish.opens_at)?;
                batch::order_release(tx, id, wish.request_id).await?;
                for (segment, lot) in terms.segments.iter().zip(&lots) {
                    let opens_at = wish.opens_at.unwrap_or(now);
                    let until = terms.rules.random_only_until(opens_at, *lot);
                    segment::order_release(tx, segment.id, wish.opens_at, until).await?;
                }
                if let Some(opening) = &opening {
                    opening::add(tx, opening).await?;
                }
                if is_new {
                    audit::add(tx, &entry).await?;
                    let response = pb::ReleaseBatchResponse::default();
                    idempotency::record(tx, &key, hash, &response).await?;
                }
                Ok(false)
            })
            .await
    }

    pub(super) async fn overlap(
        &self,
        office: xuanhao_vocabulary::OfficeId,
        other: ids::SegmentId,
    ) -> Result<Refusal, Error> {
        let known = segment::of_office(self.db().pool(), office).await?;
        let other = known.iter().find(|segment| segment.id.as_uuid() == other.0);
        let name = other
            .map(|other| format!("{}{}", other.code, other.mask))
            .unwrap_or_default();
        Ok(Refusal::new(Reason::SegmentOverlaps).param("segment", name))
    }
}

impl Terms<'_> {
    /// R-POOL-02, R-POOL-04: the batch is big enough, and everybody is told early enough.
    fn check(&self, opens_at: Option<Timestamp>) -> Result<(), Refusal> {
        let numbers = self.segments.iter().map(|segment| segment.mask.count());
        require_size(numbers.sum(), self.rules)?;
        let notice = self.rules.notice();
        let earliest = self.now.saturating_add(notice).unwrap_or(Timestamp::MAX);
        let in_time = match opens_at {
            Some(at) => at >= earliest,
            None => notice.is_zero(),
        };
        if in_time {
            return Ok(());
        }
        Err(Refusal::new(Reason::NoticeTooShort)
            .param("earliest", earliest)
            .on_field("opens_at"))
    }
}
