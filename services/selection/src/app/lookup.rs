//! Looking a selection up, for offices.

use xuanhao_vocabulary::{PlateClass, PlateNumber, Vin, VoucherNumber};

use super::{App, Reader};
use crate::error::Error;
use crate::store::selections::{self, View};

/// By what.
#[derive(Debug, Clone)]
pub(crate) enum By {
    Vin(Vin),
    Plate(PlateClass, PlateNumber),
    Voucher(VoucherNumber),
}

impl App {
    /// The latest selection of a vehicle, a number or a voucher, within the reader's reach.
    ///
    /// # Errors
    /// `NOT_FOUND`, also outside the reader's reach.
    pub(crate) async fn lookup_selection(&self, reader: &Reader, by: &By) -> Result<View, Error> {
        let pool = self.db.pool();
        let found = match by {
            By::Vin(vin) => selections::find_by_vin(pool, vin).await?,
            By::Plate(class, plate) => selections::find_by_plate(pool, *class, *plate).await?,
            By::Voucher(number) => selections::find_by_voucher(pool, &number.compact()).await?,
        };
        let within = found.filter(|view| reader.sees(view.office));
        within.ok_or_else(|| Error::not_found("voucher"))
    }
}
