//! What stands on a voucher 预选号凭证 for machines and telephones: its number, and the signed claims
//! in its code (R-DONE-02).
//!
//! Whoever issues vouchers and whoever verifies them read the same words here. Drawing the page is the
//! issuer's; signing and the keys are nobody's in this crate.

mod claims;
mod number;

pub use claims::VoucherClaims;
pub use number::{VoucherNumber, VoucherNumberError};

/// The `typ` header of the signed claims (JWS compact, `EdDSA`).
pub const TYP: &str = "xuanhao-voucher+jws";
