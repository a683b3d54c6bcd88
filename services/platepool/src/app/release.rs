//! Opening a batch (放号): an order that is durable first, then one row of the engine (E1).

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::{BatchId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;

use super::batches::BatchView;
use super::{Act, App, require_office};
use crate::domain::command::{Command, Release, Request};
use crate::domain::error::Error as Refused;
use crate::domain::ids;
use crate::error::Error;
use crate::store::segment::{self, Segment};
use crate::store::{audit, batch};

impl App {
    /// Opens a batch: all its segments, or none.
    ///
    /// # Errors
    /// `NOT_FOUND`, `IMPORT_NOT_CLOSED`, `ALREADY_RELEASED`, `SEGMENT_OVERLAPS`,
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn release(
        &self,
        act: &Act,
        id: BatchId,
        request_id: RequestId,
        request: &pb::ReleaseBatchRequest,
    ) -> Result<BatchView, Error> {
        let office = self.office(self.batch(id).await?.office)?;
        require_office(&act.actor, office.id)?;
        if !self.order_release(act, id, request_id, request).await? {
            let segments = segment::of_batches(self.db().pool(), &[id]).await?;
            let segments = segments.iter().map(Segment::to_release).collect();
            let release = Release {
                batch: ids::BatchId(id.as_uuid()),
                segments,
            };
            match self
                .offices
                .ask(office, Request::Command(Command::Release(release)))
                .await
            {
                // Opened by the same order, sent twice at once.
                Ok(_) | Err(Refused::SegmentKnown { .. }) => {}
                Err(Refused::SegmentOverlaps { other, .. }) => {
                    return Err(self.overlap(office.id, other).await?.into());
                }
                Err(refused) => return Err(refused.into()),
            }
        }
        self.batch_view(id).await
    }

    /// Writes the order and its audit entry. Whether the batch was opened by it already.
    async fn order_release(
        &self,
        act: &Act,
        id: BatchId,
        request_id: RequestId,
        request: &pb::ReleaseBatchRequest,
    ) -> Result<bool, Error> {
        let now = self.clock().now();
        let key = Key::new(
            &Scope::Staff(act.staff()?),
            "platepool.release_batch",
            request_id,
            now,
        );
        let hash = idempotency::hash_of(request);
        let office = self.batch(id).await?.office;
        let entry = audit::Entry {
            subject: id.to_string(),
            ..self.entry(act, "release_batch", office)?
        };
        self.db()
            .run_tx("platepool.release.order", async |tx: &mut Tx| {
                let known = batch::lookup(tx, id)
                    .await?
                    .ok_or_else(|| Refusal::not_found("batch"))?;
                match idempotency::begin(tx, &key, hash).await? {
                    // The order stands; whether it was carried out, the batch tells.
                    Replay::Response(_) => return Ok(known.released_at.is_some()),
                    Replay::Refused(refusal) => return Err(refusal.into()),
                    Replay::New => {}
                }
                if known.released_at.is_some() {
                    return Err(Error::from(Reason::AlreadyReleased));
                }
                if known.import_closed_at.is_none() {
                    return Err(Error::from(Reason::ImportNotClosed));
                }
                batch::order_release(tx, id, request_id).await?;
                audit::add(tx, &entry).await?;
                idempotency::record(tx, &key, hash, &pb::ReleaseBatchResponse::default()).await?;
                Ok(false)
            })
            .await
    }

    async fn overlap(
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
