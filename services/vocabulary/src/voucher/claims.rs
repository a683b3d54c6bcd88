//! What the code on a voucher says, for whoever verifies it without a network.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::VoucherNumber;
use crate::{OfficeId, PlateClass, PlateNumber};

/// The signed content of the code on a voucher.
///
/// It says that an office's platform gave this plate to this vehicle, and until when. It does not
/// say to whom: anyone may photograph a code, so name and identity number stay out, and of the VIN
/// only the part that an officer compares with the car. Everything else is found by `jti`.
///
/// There is no `exp`: a voucher shown late is still genuine, and `deadline` says that it is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherClaims {
    /// The platform that signed, such as `https://xuanhao.gd.example`, as configured.
    pub iss: String,
    /// The voucher's number.
    pub jti: VoucherNumber,
    /// The plate's number, such as 粤GD12345.
    pub plate: PlateNumber,
    /// Its class, which the number alone does not tell.
    pub class: PlateClass,
    /// The vehicle office to register at.
    pub office: OfficeId,
    /// The last six characters of the VIN.
    pub vin_tail: String,
    /// When the pool gave the plate.
    pub decided_at: Timestamp,
    /// The last day to register on, a civil date of the office (R-DONE-01).
    pub deadline: Date,
}
