//! Facts of the pool: each is a hint that an application has a number, and no more (P11).

use std::sync::Arc;

use prost::Message;
use tokio_util::sync::CancellationToken;
use xuanhao_chassis::bus::{Bus, Consumer, Envelope, Handled, Handler};
use xuanhao_chassis::db::Tx;
use xuanhao_chassis::ids::ApplicationId;
use xuanhao_proto::platepool::v1::{Channel, PlateAllocated};

use crate::app::App;
use crate::error::Error;

/// Takes in the pool's allocations until `stop`.
pub async fn consume(bus: Bus, app: Arc<App>, stop: CancellationToken) {
    let consumer = Consumer::new("selection-allocations", "platepool", &["plate.allocated"]);
    let (db, clock) = (app.db().clone(), app.clock().clone());
    consumer.run(bus, db, clock, Allocations(app), stop).await;
}

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
