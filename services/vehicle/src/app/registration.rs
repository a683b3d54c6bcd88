//! Asking the registry about a vehicle with a number (P10).

use jiff::civil::Date;
use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin};

use super::App;
use crate::domain::findings::Standing;
use crate::error::Error;
use crate::outside::Unavailable;

impl App {
    /// The day the vehicle was registered with the number; `None` if it is not registered, or with
    /// another one.
    ///
    /// # Errors
    /// `CHECK_UNAVAILABLE` when nothing may be concluded: the registry does not answer, or knows no
    /// such vehicle, though it knew it before the number was given.
    pub async fn registration(
        &self,
        vin: &Vin,
        class: PlateClass,
        plate: PlateNumber,
    ) -> Result<Option<Date>, Error> {
        match self.registry.standing(vin, class, plate).await? {
            None => {
                tracing::warn!(vin = %vin.masked(), "the registry does not know a vehicle any more");
                Err(Unavailable.into())
            }
            Some(Standing::New | Standing::Deregistered) => Ok(None),
            Some(Standing::Registered(found)) => {
                let same = found.class == Some(class) && found.plate == Some(plate);
                Ok(same.then_some(found.registered_on))
            }
        }
    }
}
