//! Ids of what only identity gives an identity to.

use xuanhao_chassis::ids::{Id, Kind};

/// A paper or a picture of a person.
#[derive(Debug)]
pub enum Document {}

/// One enrolment face to face.
#[derive(Debug)]
pub enum Enrolment {}

/// A window or a brigade where people are enrolled.
#[derive(Debug)]
pub enum ServicePoint {}

impl Kind for Document {
    const NAME: &'static str = "Document";
}

impl Kind for Enrolment {
    const NAME: &'static str = "Enrolment";
}

impl Kind for ServicePoint {
    const NAME: &'static str = "ServicePoint";
}

/// See [`Document`].
pub type DocumentId = Id<Document>;
/// See [`Enrolment`].
pub type EnrolmentId = Id<Enrolment>;
/// See [`ServicePoint`].
pub type ServicePointId = Id<ServicePoint>;
