//! Every vector and property of the vocabulary, through its public face.

mod calendar;
mod codes;
mod credit_code;
mod invoice;
mod mask;
mod mask_walk;
mod mobile;
mod office;
mod plate;
mod resident_id;
mod serde;
mod vin;
