//! The `simulator`: plays registry and tax bureau on one machine, by the last four digits. Never for
//! people: it vouches for vehicles nobody has seen.
//!
//! | VIN ends in | the registry says |
//! |---|---|
//! | `9991` | registered already, with some number |
//! | `9992` | unknown |
//! | `9993` | nothing: unavailable |
//! | `9994` | registered before, deregistered since |
//! | `9995` | a motorcycle, which takes no plate of ours |
//! | `9996` | new; asked about a registration, registered with just that number |
//! | `9997` | new; asked about a registration, nothing: unavailable |
//! | another number ending in `8` | new, small, new energy |
//! | anything else | new, small |
//!
//! | invoice number ends in | the tax bureau says |
//! |---|---|
//! | `9991` | unknown: forged |
//! | `9992` | another buyer |
//! | `9993` | nothing: unavailable |
//! | `9994` | another vehicle |
//! | `9995` | sale of a used vehicle |
//! | `9996` | reversed |
//! | anything else | valid, this buyer, this vehicle, issued today |
//!
//! An import certificate is the vehicle's own unless its number ends in `9994`.

use xuanhao_chassis::clock::Clock;
use xuanhao_vocabulary::invoice::{InvoiceKind, InvoiceNumber};
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

use super::{Purchase, Unavailable};
use crate::domain::assessment::{Invoice, Registration, Sale, Standing, Vehicle};
use crate::domain::import::Certificate;

/// Both systems on this machine.
#[derive(Debug, Clone)]
pub struct Simulator {
    clock: Clock,
}

impl Simulator {
    /// Its days are the clock's.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    pub(super) fn vehicle(
        &self,
        vin: &Vin,
        certificate: Option<&Certificate>,
    ) -> Result<Option<Vehicle>, Unavailable> {
        let tail = tail(vin.as_str());
        let standing = match tail {
            "9992" => return Ok(None),
            "9993" => return Err(Unavailable),
            "9991" => self.registered(None, None),
            "9994" => Standing::Deregistered,
            _ => Standing::New,
        };
        let (class, description) = match tail {
            "9995" => (None, "模拟 两轮摩托车"),
            _ if tail.ends_with('8') => (Some(PlateClass::NevSmall), "模拟 纯电动轿车"),
            _ => (Some(PlateClass::Small), "模拟 小型轿车"),
        };
        Ok(Some(Vehicle {
            standing,
            class,
            description: description.into(),
            certificate_matches: certificate.map(|number| !number.as_str().ends_with("9994")),
        }))
    }

    pub(super) fn standing(
        &self,
        vin: &Vin,
        class: PlateClass,
        plate: PlateNumber,
    ) -> Result<Option<Standing>, Unavailable> {
        match tail(vin.as_str()) {
            "9996" => Ok(Some(self.registered(Some(class), Some(plate)))),
            "9997" => Err(Unavailable),
            _ => Ok(self.vehicle(vin, None)?.map(|vehicle| vehicle.standing)),
        }
    }

    pub(super) fn invoice(&self, purchase: Purchase<'_>) -> Result<Option<Invoice>, Unavailable> {
        let number: &InvoiceNumber = purchase.invoice;
        let tail = tail(number.as_str());
        match tail {
            "9991" => return Ok(None),
            "9993" => return Err(Unavailable),
            _ => {}
        }
        let used = tail == "9995" || number.kind() == InvoiceKind::UsedVehicle;
        Ok(Some(Invoice {
            valid: tail != "9996",
            sale: if used {
                Sale::UsedVehicle
            } else {
                Sale::NewVehicle
            },
            buyer_matches: tail != "9992",
            vin_matches: tail != "9994",
            issued_on: self.clock.today(),
        }))
    }

    fn registered(&self, class: Option<PlateClass>, plate: Option<PlateNumber>) -> Standing {
        Standing::Registered(Registration {
            class,
            plate,
            registered_on: self.clock.today(),
        })
    }
}

fn tail(text: &str) -> &str {
    &text[text.len() - 4..]
}
