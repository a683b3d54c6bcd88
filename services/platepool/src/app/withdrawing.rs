//! Taking an announced opening back before its time: an order with a public reason first, then one
//! row of the engine.

use xuanhao_chassis::db::Tx;
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::{BatchId, RequestId};
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::Office;

use super::batches::BatchView;
use super::{Act, App, require_office};
use crate::domain::command::{Command, Request, Withdraw};
use crate::domain::error::Error as Refused;
use crate::domain::ids;
use crate::error::Error;
use crate::store::opening::{self, Opening};
use crate::store::{audit, batch, segment};

impl App {
    /// Takes an announcement back, as long as its time has not come.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ALREADY_RELEASED`, `FIELD_INVALID` when it is not announced,
    /// `OUTSIDE_YOUR_OFFICE`.
    pub async fn withdraw_release(
        &self,
        act: &Act,
        id: BatchId,
        request_id: RequestId,
        request: &pb::WithdrawReleaseRequest,
    ) -> Result<BatchView, Error> {
        let office = self.office(self.batch(id).await?.office)?;
        require_office(&act.actor, office.id)?;
        if let Some(opening) = self
            .order_withdrawal(office, act, id, request_id, request)
            .await?
        {
            self.carry_out_withdrawal(office, &opening).await?;
        }
        self.batch_view(id).await
    }

    /// Writes the order and its audit entry; none once it was carried out.
    async fn order_withdrawal(
        &self,
        office: &'static Office,
        act: &Act,
        id: BatchId,
        request_id: RequestId,
        request: &pb::WithdrawReleaseRequest,
    ) -> Result<Option<Opening>, Error> {
        let now = self.clock().now();
        let scope = Scope::Staff(act.staff()?);
        let key = Key::new(&scope, "platepool.withdraw_release", request_id, now);
        let hash = idempotency::hash_of(request);
        let entry = audit::Entry {
            subject: id.to_string(),
            ..self.entry(act, "withdraw_release", office.id)?
        };
        self.db()
            .run_tx("platepool.withdraw.order", async |tx: &mut Tx| {
                let known = batch::lookup(tx, id)
                    .await?
                    .ok_or_else(|| Refusal::not_found("batch"))?;
                let latest = opening::latest(tx, id).await?;
                let standing = latest.filter(|one| one.withdrawn_at.is_none());
                match idempotency::begin(tx, &key, hash).await? {
                    Replay::Response(_) => return Ok(standing.filter(|one| one.opens_at > now)),
                    Replay::Refused(refusal) => return Err(refusal.into()),
                    Replay::New => {}
                }
                let Some(standing) = standing else {
                    if known.released_at.is_some() {
                        return Err(Error::from(Reason::AlreadyReleased));
                    }
                    return Err(Refusal::invalid("batch_id", "not_announced").into());
                };
                if standing.opens_at <= now {
                    return Err(Error::from(Reason::AlreadyReleased));
                }
                opening::order_withdrawal(tx, standing.id, &act.reason, now).await?;
                audit::add(tx, &entry).await?;
                let response = pb::WithdrawReleaseResponse::default();
                idempotency::record(tx, &key, hash, &response).await?;
                Ok(Some(standing))
            })
            .await
    }

    pub(super) async fn carry_out_withdrawal(
        &self,
        office: &'static Office,
        opening: &Opening,
    ) -> Result<(), Error> {
        // The announcement may not have reached the engine yet; then that comes first.
        if self.batch(opening.batch).await?.released_at.is_none() {
            self.carry_out_release(office, opening.batch).await?;
        }
        let segments = segment::of_batches(self.db().pool(), &[opening.batch]).await?;
        let withdraw = Withdraw {
            batch: ids::BatchId(opening.batch.as_uuid()),
            segments: segments
                .iter()
                .map(|segment| ids::SegmentId(segment.id.as_uuid()))
                .collect(),
        };
        match self
            .offices
            .ask(office, Request::Command(Command::Withdraw(withdraw)))
            .await
        {
            Ok(_) => Ok(()),
            Err(Refused::NotAnnounced) => self.came_too_late(opening).await,
            Err(refused) => Err(refused.into()),
        }
    }

    /// Either the same order was carried out twice at once, or the batch opened before.
    async fn came_too_late(&self, opening: &Opening) -> Result<(), Error> {
        let opened = self
            .db()
            .run_tx("platepool.withdraw.void", async |tx: &mut Tx| {
                let latest = opening::latest(tx, opening.batch).await?;
                let stands =
                    latest.is_some_and(|one| one.id == opening.id && one.withdrawn_at.is_none());
                if stands {
                    opening::void_withdrawal(tx, opening.id).await?;
                }
                Ok::<_, Error>(stands)
            })
            .await?;
        if opened {
            Err(Reason::AlreadyReleased.into())
        } else {
            Ok(())
        }
    }
}
