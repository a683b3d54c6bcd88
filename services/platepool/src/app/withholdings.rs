//! Withholding numbers from selecting for a public reason, and ending that: an order that is durable
//! first, then one row of the engine.

use uuid::Uuid;
use xuanhao_chassis::db::{self, Tx};
use xuanhao_chassis::error::Refusal;
use xuanhao_chassis::idempotency::{self, Key, Replay, Scope};
use xuanhao_chassis::ids::RequestId;
use xuanhao_chassis::reason::Reason;
use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{Office, PlateClass, PlateKey};

use super::returning::plus;
use super::{Act, App, require_office};
use crate::domain::command::{Command, EndWithholding, Request, Return, Withhold};
use crate::domain::error::Error as Refused;
use crate::domain::ids::WithholdingId;
use crate::error::Error;
use crate::store::audit;
use crate::store::withholding::{self, Withholding};

/// An operator's wish.
#[derive(Debug, Clone)]
pub struct WithholdNumbers {
    /// The caller's id.
    pub request_id: RequestId,
    /// The class of the numbers.
    pub class: PlateClass,
    /// The numbers, each once.
    pub plates: Vec<PlateKey>,
}

impl App {
    /// Withholds free numbers: all, or none. The act's reason is public. Gives the withholding's id.
    ///
    /// # Errors
    /// `PLATE_NOT_RELEASED`, `PLATE_TAKEN`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn withhold(
        &self,
        office: &'static Office,
        act: &Act,
        wish: WithholdNumbers,
        request: &pb::WithholdNumbersRequest,
    ) -> Result<Uuid, Error> {
        require_office(&act.actor, office.id)?;
        let order = self.order_withholding(office, act, wish, request).await?;
        self.carry_out_withholding(office, &order).await?;
        Ok(order.id)
    }

    async fn order_withholding(
        &self,
        office: &'static Office,
        act: &Act,
        wish: WithholdNumbers,
        request: &pb::WithholdNumbersRequest,
    ) -> Result<Withholding, Error> {
        let now = self.clock().now();
        let scope = Scope::Staff(act.staff()?);
        let key = Key::new(&scope, "platepool.withhold_numbers", wish.request_id, now);
        let hash = idempotency::hash_of(request);
        let mut entry = self.entry(act, "withhold_numbers", office.id)?;
        let order = Withholding {
            id: entry.id,
            office: office.id,
            class: wish.class,
            plates: wish.plates,
            reason: act.reason.clone(),
            withheld_at: None,
            end_ordered_at: None,
            ended_at: None,
        };
        entry.subject = order.id.to_string();
        entry.detail = format!("{} numbers", order.plates.len());
        self.db()
            .run_tx("platepool.withholding.order", async |tx: &mut Tx| {
                match idempotency::begin(tx, &key, hash).await? {
                    Replay::Response(bytes) => {
                        let id = first_id(&bytes)?;
                        if let Some(known) = withholding::lookup(tx, id).await? {
                            return Ok(known);
                        }
                        // The engine refused it; perhaps it does not now.
                        let again = Withholding {
                            id,
                            ..order.clone()
                        };
                        withholding::add(tx, &again, now).await?;
                        return Ok(again);
                    }
                    Replay::Refused(refusal) => return Err(Error::from(refusal)),
                    Replay::New => {}
                }
                withholding::add(tx, &order, now).await?;
                audit::add(tx, &entry).await?;
                let withholding_id = order.id.to_string();
                let response = pb::WithholdNumbersResponse { withholding_id };
                idempotency::record(tx, &key, hash, &response).await?;
                Ok(order.clone())
            })
            .await
    }

    /// Has the engine take the numbers. An order that it refuses for good is taken back.
    pub(super) async fn carry_out_withholding(
        &self,
        office: &'static Office,
        order: &Withholding,
    ) -> Result<(), Error> {
        if order.withheld_at.is_some() {
            return Ok(());
        }
        let withhold = Withhold {
            id: WithholdingId(order.id),
            reason: order.reason.clone(),
            plates: order.plates.clone(),
        };
        let Err(refused) = self
            .offices
            .ask(office, Request::Command(Command::Withhold(withhold)))
            .await
        else {
            return Ok(());
        };
        // Taken by the same order, sent twice at once.
        let known = self.withholding(order.id).await?;
        if known.is_some_and(|known| known.withheld_at.is_some()) {
            return Ok(());
        }
        if refused.is_final() {
            self.db()
                .run_tx("platepool.withholding.void", async |tx: &mut Tx| {
                    Ok::<_, Error>(withholding::void(tx, order.id).await?)
                })
                .await?;
        }
        Err(refused.into())
    }

    /// Ends a withholding. Its numbers come back as ended ones do: each after a random delay, first
    /// by random only.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ALLOCATION_ENDED`, `OUTSIDE_YOUR_OFFICE`.
    pub async fn end_withholding(
        &self,
        act: &Act,
        id: Uuid,
        request_id: RequestId,
        request: &pb::EndWithholdingRequest,
    ) -> Result<(), Error> {
        let missing = || Refusal::not_found("withholding");
        let known = self.withholding(id).await?.ok_or_else(missing)?;
        let office = self.office(known.office)?;
        require_office(&act.actor, office.id)?;
        let now = self.clock().now();
        let scope = Scope::Staff(act.staff()?);
        let key = Key::new(&scope, "platepool.end_withholding", request_id, now);
        let entry = audit::Entry {
            subject: id.to_string(),
            detail: format!("{} numbers", known.plates.len()),
            ..self.entry(act, "end_withholding", office.id)?
        };
        self.db()
            .run_once(
                "platepool.withholding.end",
                &key,
                request,
                async |tx: &mut Tx| {
                    let known = withholding::lookup(tx, id).await?;
                    let known = known
                        .filter(|known| known.withheld_at.is_some())
                        .ok_or_else(missing)?;
                    if known.end_ordered_at.is_some() {
                        return Err(Error::from(Reason::AllocationEnded));
                    }
                    withholding::order_end(tx, id, now).await?;
                    audit::add(tx, &entry).await?;
                    Ok(pb::EndWithholdingResponse {})
                },
            )
            .await?;
        self.carry_out_end(office, id).await
    }

    pub(super) async fn carry_out_end(
        &self,
        office: &'static Office,
        id: Uuid,
    ) -> Result<(), Error> {
        let Some(known) = self.withholding(id).await? else {
            return Ok(());
        };
        if known.ended_at.is_some() || known.end_ordered_at.is_none() {
            return Ok(());
        }
        let random_only = self.rules_of(office.id).await?.random_only();
        let now = self.clock().now();
        let way_back = |plate: &PlateKey| {
            let available_at = plus(now, self.random_delay(None));
            Return {
                plate: *plate,
                available_at,
                random_only_until: plus(available_at, random_only),
            }
        };
        let end = EndWithholding {
            id: WithholdingId(id),
            returns: known.plates.iter().map(way_back).collect(),
        };
        match self
            .offices
            .ask(office, Request::Command(Command::EndWithholding(end)))
            .await
        {
            Ok(_) => Ok(()),
            // Ended by the same order, sent twice at once.
            Err(Refused::NotAllocated)
                if self
                    .withholding(id)
                    .await?
                    .is_some_and(|known| known.ended_at.is_some()) =>
            {
                Ok(())
            }
            Err(refused) => Err(refused.into()),
        }
    }

    async fn withholding(&self, id: Uuid) -> Result<Option<Withholding>, Error> {
        let mut connection = self.db().pool().acquire().await?;
        Ok(withholding::lookup(&mut connection, id).await?)
    }
}

/// The id that was given when the order was made.
fn first_id(response: &[u8]) -> Result<Uuid, db::Error> {
    let response: pb::WithholdNumbersResponse = prost::Message::decode(response)
        .map_err(|source: prost::DecodeError| db::Error::corrupt("response", source))?;
    response
        .withholding_id
        .parse()
        .map_err(|source: uuid::Error| db::Error::corrupt("withholding", source))
}
