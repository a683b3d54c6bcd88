//! Facts of others. Each is a hint and no more: the pool's, that an application has a number (P11); the
//! vehicle service's, that something became of an application's claim.

use std::sync::Arc;

use prost::Message;
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::bus::{Bus, Consumer, Envelope, Handled, Handler};
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_proto::platepool::v1::{Channel, PlateAllocated};
use xuanhao_proto::vehicle::v1::{ClaimEnded, ClaimVerified, ReviewOpened};

use crate::app::App;
use crate::error::Error;

/// Takes in the pool's allocations until `stop`.
pub async fn consume(bus: Bus, app: Arc<App>, stop: CancellationToken) {
    let consumer = Consumer::new("selection-allocations", "platepool", &["plate.allocated"]);
    let (db, clock) = (app.db().clone(), app.clock().clone());
    consumer.run(bus, db, clock, Allocations(app), stop).await;
}

/// Takes in what became of claims until `stop`.
pub async fn consume_claims(bus: Bus, app: Arc<App>, stop: CancellationToken) {
    let facts = [VERIFIED, ENDED, REVIEWED];
    let consumer = Consumer::new("selection-claims", "vehicle", &facts);
    let (db, clock) = (app.db().clone(), app.clock().clone());
    consumer.run(bus, db, clock, Claims(app), stop).await;
}

const VERIFIED: &str = "claim.verified";
const ENDED: &str = "claim.ended";
const REVIEWED: &str = "review.opened";

/// Turns allocations into hints.
#[derive(Debug)]
struct Allocations(Arc<App>);

impl Handler for Allocations {
    type Error = Error;

    async fn handle(&self, tx: &mut Tx, envelope: &Envelope) -> Result<Handled, Error> {
        let Ok(fact) = PlateAllocated::decode(envelope.data.as_slice()) else {
            return Ok(Handled::Reject("the fact cannot be read".to_owned()));
        };
        if !matches!(fact.channel(), Channel::Internet | Channel::Window) {
            // Imports and reserves belong to no application.
            return Ok(Handled::Done);
        }
        let Ok(application) = fact.application_id.parse::<ApplicationId>() else {
            return Ok(Handled::Reject("the fact names no application".to_owned()));
        };
        self.0.note_allocation(tx, application).await?;
        Ok(Handled::Done)
    }
}

/// Has claims asked about that facts name.
#[derive(Debug)]
struct Claims(Arc<App>);

impl Handler for Claims {
    type Error = Error;

    async fn handle(&self, tx: &mut Tx, envelope: &Envelope) -> Result<Handled, Error> {
        let data = envelope.data.as_slice();
        let is = |fact: &str| envelope.r#type.ends_with(fact);
        let named = if is(VERIFIED) {
            ClaimVerified::decode(data).map(|fact| fact.application_id)
        } else if is(REVIEWED) {
            ReviewOpened::decode(data).map(|fact| fact.application_id)
        } else {
            ClaimEnded::decode(data).map(|fact| fact.application_id)
        };
        let Ok(named) = named else {
            return Ok(Handled::Reject("the fact cannot be read".to_owned()));
        };
        let Ok(application) = named.parse::<ApplicationId>() else {
            return Ok(Handled::Reject("the fact names no application".to_owned()));
        };
        self.0.note_claim(tx, application).await?;
        Ok(Handled::Done)
    }
}
