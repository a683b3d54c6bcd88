//! The words every service shares: plates, vehicles, people, offices, invoices, vouchers and working days.
//!
//! Each word is a small value that can only hold what its standard allows, so a service that has
//! one need not check it again. Everything here is pure: no clock, no files, no async. What depends
//! on the day takes the day as a parameter.
//!
//! A refused text tells why through its error's sentence, and to machines and in Chinese through
//! [`Finding`]. Types that hold personal data print masked and are read with `expose()`.

mod finding;
mod text;

pub mod activation;
pub mod credit_code;
pub mod invoice;
pub mod issuing;
pub mod mask;
pub mod mobile;
pub mod office;
pub mod plate;
pub mod province;
pub mod resident_id;
pub mod vin;
pub mod voucher;
pub mod workday;

pub use credit_code::CreditCode;
pub use finding::Finding;
pub use invoice::InvoiceNumber;
pub use issuing::IssuingCode;
pub use mask::PlateMask;
pub use mobile::Mobile;
pub use office::{Office, OfficeId};
pub use plate::{PlateClass, PlateKey, PlateNumber, Serial};
pub use province::{Province, ProvinceId};
pub use resident_id::ResidentId;
pub use text::Masked;
pub use vin::Vin;
pub use voucher::{VoucherClaims, VoucherNumber};
pub use workday::{Calendar, WorkingDays};
