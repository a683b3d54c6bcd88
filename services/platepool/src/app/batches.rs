//! Preparing batches, and showing them.

use jiff::Timestamp;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{Key, Scope};
use xuanhao_chassis::ids::{BatchId, RequestId, SegmentId};
use xuanhao_chassis::principal::Principal;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{IssuingCode, Office, OfficeId, PlateClass, PlateMask};

use super::{Act, App, Warning, require_office};
use crate::domain::pool_rules::PoolRules;
use crate::error::Error;
use crate::store::batch::{self, Batch, Page};
use crate::store::opening::{self, Opening};
use crate::store::segment::{self, Segment};
use crate::store::{audit, chunk};

/// A batch to be prepared.
#[derive(Debug, Clone)]
pub struct AddBatch {
    /// The caller's id.
    pub request_id: RequestId,
    /// Shown to everybody.
    pub name: String,
    /// Its segments.
    pub segments: Vec<(IssuingCode, PlateClass, PlateMask)>,
}

/// A batch, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// Its office.
    pub office: OfficeId,
    /// Shown to everybody.
    pub name: String,
    /// Its segments, by id.
    pub segments: Vec<SegmentView>,
    /// When it was prepared.
    pub added_at: Timestamp,
    /// When its import was closed.
    pub import_closed_at: Option<Timestamp>,
    /// From when its numbers could be selected; none while they cannot.
    pub released_at: Option<Timestamp>,
    /// When it was announced and for when, if that stands.
    pub announced: Option<(Timestamp, Timestamp)>,
    /// Why the latest announcement was taken back.
    pub withdrawn_reason: Option<String>,
    /// Used numbers taken so far.
    pub imported: u64,
}

/// A segment, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentView {
    /// Its id.
    pub id: SegmentId,
    /// What stands before its serials.
    pub code: IssuingCode,
    /// Its class.
    pub class: PlateClass,
    /// Its serials.
    pub mask: PlateMask,
    /// Where it is in its life.
    pub life: SegmentLife,
    /// Since when its numbers may be composed; none while they may not.
    pub open_since: Option<Timestamp>,
}

/// The life of a segment (R-POOL-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentLife {
    /// Its numbers cannot be selected.
    Unreleased,
    /// They are drawn only.
    RandomOnly,
    /// They are drawn and composed.
    Open,
}

impl App {
    /// Prepares a batch for an office: its codes must be the office's, and its segments disjoint
    /// from all others of the office (E1; the engine checks again at the release).
    ///
    /// # Errors
    /// `ISSUING_CODE_TAKEN`, `MASK_MALFORMED`, `SEGMENT_OVERLAPS`, `BATCH_TOO_SMALL`,
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn add_batch(
        &self,
        office: &'static Office,
        act: &Act,
        command: AddBatch,
        request: &pb::AddBatchRequest,
        answer: impl Fn(BatchView, Vec<Warning>) -> pb::AddBatchResponse + Send + Sync,
    ) -> Result<pb::AddBatchResponse, Error> {
        require_office(&act.actor, office.id)?;
        let now = self.clock().now();
        let scope = Scope::Staff(act.staff()?);
        let key = Key::new(&scope, "platepool.add_batch", command.request_id, now);
        let id: BatchId = self.ids.next();
        let segments = self.new_segments(office, id, &command)?;
        let new = Batch {
            id,
            office: office.id,
            name: command.name,
            added_at: now,
            import_closed_at: None,
            release_request: None,
            released_at: None,
        };
        let numbers: u64 = segments.iter().map(|segment| segment.mask.count()).sum();
        let entry = audit::Entry {
            subject: id.to_string(),
            detail: format!("{} segments, {numbers} numbers", segments.len()),
            ..self.entry(act, "add_batch", office.id)?
        };
        let known = segment::of_office(self.db().pool(), office.id).await?;
        let rules = self.rules_of(office.id).await?;
        require_size(numbers, &rules)?;
        let warnings = self.activation_warnings(&segments, &rules).await?;
        let (segments, known, answer, warnings) = (&segments, &known, &answer, &warnings);
        self.db()
            .run_once("platepool.add_batch", &key, request, async |tx: &mut Tx| {
                require_disjoint(segments, known)?;
                batch::add(tx, &new).await?;
                segment::add(tx, office.id, segments).await?;
                audit::add(tx, &entry).await?;
                let added = view(new.clone(), segments.clone(), 0, None, now);
                Ok::<_, Error>(answer(added, warnings.clone()))
            })
            .await
    }

    fn new_segments(
        &self,
        office: &Office,
        batch: BatchId,
        command: &AddBatch,
    ) -> Result<Vec<Segment>, Refusal> {
        let new = |(index, (code, class, mask)): (usize, &(IssuingCode, PlateClass, PlateMask))| {
            if !office.codes.contains(code) {
                let field = format!("segments[{index}].issuing_code");
                return Err(Refusal::new(Reason::IssuingCodeTaken).on_field(field));
            }
            if mask.check_class(*class).is_err() {
                let refusal = Refusal::new(Reason::MaskMalformed).param("position", 1_u64);
                return Err(refusal.on_field(format!("segments[{index}].mask")));
            }
            Ok(Segment {
                id: self.ids.next(),
                batch,
                code: *code,
                class: *class,
                mask: mask.clone(),
                imported: None,
                random_only_until: None,
                opens_at: None,
                released_at: None,
            })
        };
        command.segments.iter().enumerate().map(new).collect()
    }

    /// Batches of an office, newest first, and whether there are more.
    ///
    /// # Errors
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn list_batches(
        &self,
        office: &'static Office,
        actor: &Principal,
        before: Option<BatchId>,
        limit: u16,
    ) -> Result<(Vec<BatchView>, bool), Error> {
        require_office(actor, office.id)?;
        let page = Page {
            office: office.id,
            open_by: None,
            before,
            limit: i64::from(limit) + 1,
        };
        let mut found = batch::list(self.db().pool(), page).await?;
        let more = found.len() > usize::from(limit);
        found.truncate(usize::from(limit));
        Ok((self.views(found).await?, more))
    }

    /// Batches with their segments.
    pub(super) async fn views(&self, batches: Vec<Batch>) -> Result<Vec<BatchView>, db::Error> {
        let ids: Vec<BatchId> = batches.iter().map(|batch| batch.id).collect();
        let pool = self.db().pool();
        let segments = segment::of_batches(pool, &ids).await?;
        let taken = chunk::taken(pool, &ids).await?;
        let openings = opening::of_batches(pool, &ids).await?;
        let now = self.clock().now();
        Ok(batches
            .into_iter()
            .map(|batch| {
                let own = segments.iter().filter(|segment| segment.batch == batch.id);
                let own = own.cloned().collect();
                let taken = taken.iter().find(|(id, _)| *id == batch.id);
                let opening = openings.iter().find(|one| one.batch == batch.id);
                let taken = taken.map_or(0, |(_, taken)| *taken);
                view(batch, own, taken, opening, now)
            })
            .collect())
    }

    /// A batch with its segments.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(super) async fn batch_view(&self, id: BatchId) -> Result<BatchView, Error> {
        let found = self.batch(id).await?;
        let views = self.views(vec![found]).await?;
        views
            .into_iter()
            .next()
            .ok_or_else(|| Refusal::not_found("batch").into())
    }

    /// A batch.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(super) async fn batch(&self, id: BatchId) -> Result<Batch, Error> {
        let mut connection = self.db().pool().acquire().await?;
        let found = batch::lookup(&mut connection, id).await?;
        found.ok_or_else(|| Refusal::not_found("batch").into())
    }
}

/// Once the import is closed the count of the close is shown, before that the sum of its pieces.
fn view(
    batch: Batch,
    segments: Vec<Segment>,
    taken: u64,
    opening: Option<&Opening>,
    now: Timestamp,
) -> BatchView {
    let counted: Option<u64> = segments.iter().map(|segment| segment.imported).sum();
    BatchView {
        id: batch.id,
        office: batch.office,
        name: batch.name,
        segments: segments
            .into_iter()
            .map(|segment| segment_view(segment, now))
            .collect(),
        added_at: batch.added_at,
        import_closed_at: batch.import_closed_at,
        released_at: batch.released_at.filter(|at| *at <= now),
        announced: opening
            .filter(|one| one.withdrawn_at.is_none())
            .map(|one| (one.announced_at, one.opens_at)),
        withdrawn_reason: opening
            .filter(|one| one.withdrawn_at.is_some())
            .and_then(|one| one.withdraw_reason.clone()),
        imported: counted.unwrap_or(taken),
    }
}

/// The day on which composing opens is told once it has come: nobody shall wait for it.
pub(super) fn segment_view(segment: Segment, now: Timestamp) -> SegmentView {
    let opened_at = segment.opened_at().filter(|at| *at <= now);
    let composed_from =
        opened_at.map(|at| segment.random_only_until.map_or(at, |until| until.max(at)));
    let open_since = composed_from.filter(|at| *at <= now);
    let life = match (opened_at, open_since) {
        (None, _) => SegmentLife::Unreleased,
        (Some(_), None) => SegmentLife::RandomOnly,
        (Some(_), Some(_)) => SegmentLife::Open,
    };
    SegmentView {
        id: segment.id,
        code: segment.code,
        class: segment.class,
        mask: segment.mask,
        life,
        open_since,
    }
}

/// R-POOL-02: a batch has a size that is worth a release.
pub(super) fn require_size(numbers: u64, rules: &PoolRules) -> Result<(), Refusal> {
    let min = u64::from(rules.batch.min_numbers);
    if numbers < min {
        return Err(Refusal::new(Reason::BatchTooSmall)
            .param("min", min)
            .on_field("segments"));
    }
    Ok(())
}

fn require_disjoint(new: &[Segment], known: &[Segment]) -> Result<(), Refusal> {
    for (index, segment) in new.iter().enumerate() {
        let mut others = known.iter().chain(&new[..index]);
        if let Some(other) = others.find(|other| segment.overlaps(other)) {
            return Err(Refusal::new(Reason::SegmentOverlaps)
                .param("segment", format!("{}{}", other.code, other.mask))
                .on_field(format!("segments[{index}]")));
        }
    }
    Ok(())
}
