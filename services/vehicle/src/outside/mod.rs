//! The ports to outside systems: the national vehicle registry and the tax bureau.
//!
//! Each has a real adapter, which speaks to a gateway over HTTP, and a local [`Simulator`] for people
//! who try the platform on one machine. A system that does not answer usably is [`Unavailable`],
//! which is never a word about the vehicle.

mod gateway;
mod registry;
mod simulator;
mod tax_bureau;

use xuanhao_vocabulary::invoice::InvoiceNumber;
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

pub use gateway::{Error, Gateway, GatewayConfig};
pub use simulator::Simulator;

use crate::domain::assessment::{Invoice, Standing, Vehicle};
use crate::domain::buyer::Buyer;
use crate::domain::import::Certificate;

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
    /// The vehicle of a VIN; `None` if the registry knows none.
    ///
    /// # Errors
    /// When there is no usable answer.
    pub async fn vehicle(
        &self,
        vin: &Vin,
        certificate: Option<&Certificate>,
    ) -> Result<Option<Vehicle>, Unavailable> {
        match self {
            Self::Gateway(gateway) => registry::vehicle(gateway, vin, certificate).await,
            Self::Simulator(simulator) => simulator.vehicle(vin, certificate),
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
            Self::Gateway(gateway) => Ok(registry::vehicle(gateway, vin, None)
                .await?
                .map(|vehicle| vehicle.standing)),
            Self::Simulator(simulator) => simulator.standing(vin, class, plate),
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
    pub async fn invoice(&self, purchase: Purchase<'_>) -> Result<Option<Invoice>, Unavailable> {
        match self {
            Self::Gateway(gateway) => tax_bureau::invoice(gateway, purchase).await,
            Self::Simulator(simulator) => simulator.invoice(purchase),
        }
    }
}
