//! The ports to outside systems: the national vehicle registry and the tax bureau.
//!
//! Each has a real adapter, which speaks to a gateway over HTTP, and a local [`Simulator`] for people
//! who try the platform on one machine. A system that does not answer usably is [`Unavailable`],
//! which is never a word about the vehicle.

mod gateway;
mod holder;
mod registry;
mod simulator;
mod tax_bureau;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use xuanhao_vocabulary::invoice::InvoiceNumber;
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

pub use gateway::{Error, Gateway, GatewayConfig};
pub use holder::Ownership;
pub use registry::VehicleQuestion;
pub use simulator::Simulator;
pub use tax_bureau::InvoiceQuestion;

use crate::domain::binding::FileNumber;
use crate::domain::buyer::Buyer;
use crate::domain::findings::{Invoice, Standing, Vehicle};

/// A system gave no usable answer: nothing may be concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no usable answer from outside")]
pub struct Unavailable;

/// The national vehicle registry, as configured.
#[derive(Debug)]
pub enum Registry {
    /// Behind a gateway.
    Gateway(Gateway),
    /// On this machine.
    Simulator(Simulator),
}

impl Registry {
    /// The vehicle; `None` if the registry knows none.
    ///
    /// # Errors
    /// When there is no usable answer.
    pub async fn vehicle(
        &self,
        question: &VehicleQuestion,
    ) -> Result<Option<Vehicle>, Unavailable> {
        match self {
            Self::Gateway(gateway) => registry::vehicle(gateway, question).await,
            Self::Simulator(simulator) => simulator.vehicle(question),
        }
    }

    /// How a vehicle stands that may since have been registered with a number.
    ///
    /// # Errors
    /// When there is no usable answer.
    pub async fn standing(
        &self,
        vin: &Vin,
        class: PlateClass,
        plate: PlateNumber,
    ) -> Result<Option<Standing>, Unavailable> {
        match self {
            Self::Gateway(gateway) => {
                let question = VehicleQuestion::new(vin, None);
                let found = registry::vehicle(gateway, &question).await?;
                Ok(found.map(|vehicle| vehicle.standing))
            }
            Self::Simulator(simulator) => simulator.standing(vin, class, plate),
        }
    }

    /// Make and model of a registered vehicle, if it is the owner's (R-ACC-07).
    ///
    /// # Errors
    /// When there is no usable answer.
    pub async fn owned(&self, asked: Ownership<'_>) -> Result<Option<String>, Unavailable> {
        match self {
            Self::Gateway(gateway) => holder::owned(gateway, asked).await,
            Self::Simulator(simulator) => simulator.owned(asked),
        }
    }

    /// The classes a driving licence entitles to, if it is the holder's (R-ACC-07).
    ///
    /// # Errors
    /// When there is no usable answer.
    pub async fn licence(
        &self,
        number: &FileNumber,
        holder: &Buyer,
    ) -> Result<Option<String>, Unavailable> {
        match self {
            Self::Gateway(gateway) => holder::licence(gateway, number, holder).await,
            Self::Simulator(simulator) => simulator.licence(number),
        }
    }
}

/// What the tax bureau is asked to confirm. Prints masked.
#[derive(Debug, Clone, Copy)]
pub struct Purchase<'a> {
    /// The invoice.
    pub invoice: &'a InvoiceNumber,
    /// Who is said to have bought.
    pub buyer: &'a Buyer,
    /// What is said to have been bought.
    pub vin: &'a Vin,
}

/// The tax bureau, as configured.
#[derive(Debug)]
pub enum TaxBureau {
    /// Behind a gateway.
    Gateway(Gateway),
    /// On this machine.
    Simulator(Simulator),
}

impl TaxBureau {
    /// The invoice; `None` if the bureau knows none.
    ///
    /// # Errors
    /// When there is no usable answer.
    pub async fn invoice(
        &self,
        question: &InvoiceQuestion,
    ) -> Result<Option<Invoice>, Unavailable> {
        match self {
            Self::Gateway(gateway) => tax_bureau::invoice(gateway, question).await,
            Self::Simulator(simulator) => simulator.invoice(question),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotKnown {
    code: String,
}

/// Reads an answer that came by file: as the gateway gives it, its word for unknown included.
fn from_file<T: DeserializeOwned>(answer: &str, unknown: &str) -> Result<Option<T>, Unavailable> {
    if serde_json::from_str::<NotKnown>(answer).is_ok_and(|told| told.code == unknown) {
        return Ok(None);
    }
    serde_json::from_str(answer)
        .map(Some)
        .map_err(|_| Unavailable)
}
